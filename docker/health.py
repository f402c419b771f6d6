"""Is the part of Airflow that runs in this container alive? For HEALTHCHECK; the part is the container's command."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path


def main() -> int:
    words = Path("/proc/1/cmdline").read_bytes().decode().split("\0")
    part = next((word for word in words if word in CHECKS), None)
    return CHECKS[part]() if part else 1


def api_server() -> int:
    with urllib.request.urlopen("http://127.0.0.1:8080/api/v2/monitor/health", timeout=10) as answer:  # nosec B310
        return 0 if answer.status == 200 else 1


def job(kind: str) -> int:
    """Has this container's own job sent a heartbeat of late?"""
    command = ["airflow", "jobs", "check", "--job-type", kind, "--hostname", os.uname().nodename]
    return subprocess.run(command, capture_output=True, timeout=14).returncode  # noqa: S603


def worker() -> int:
    from airflow.providers.celery.executors.celery_executor import app

    return 0 if app.control.inspect([f"celery@{os.uname().nodename}"], timeout=5).ping() else 1


CHECKS = {
    "api-server": api_server,
    "scheduler": lambda: job("SchedulerJob"),
    "dag-processor": lambda: job("DagProcessorJob"),
    "triggerer": lambda: job("TriggererJob"),
    "worker": worker,
}

if __name__ == "__main__":
    sys.exit(main())
