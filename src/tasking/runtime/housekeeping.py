"""Purges Airflow's own tables and logs after the retention period in partnership.yml."""

import os
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from tasking.config.partnership_file import load_partnership
from tasking.model.errors import TaskingError
from tasking.runtime.outside_stores import airflow_database, airflow_logs
from tasking.runtime.settings import Settings

_MOST_S = 3_000


def purge_airflow(today: date) -> list[str]:
    """Removes Airflow's runs and task logs older than `retention.airflow_days`. Returns what was done, in words.

    Raises TaskingError if `airflow db clean` fails.
    """
    settings = Settings()
    days = load_partnership(settings.include).retention.airflow_days
    if days is None:
        return ["Airflow's runs and logs are kept for ever"]
    said = [f"{_purge_logs(days)} old task logs removed"]
    if database := airflow_database(settings):
        _clean_tables(database, today - timedelta(days=days))
        return [*said, f"Airflow's tables cleaned of what was before {today - timedelta(days=days)}"]
    return [*said, "Airflow's tables were not cleaned: TASKING_AIRFLOW_DATABASE_URL is not set"]


def _purge_logs(days: int) -> int:
    folder, before, count = airflow_logs(), time.time() - days * 86_400, 0
    if folder is None:
        return 0
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            count += 1
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    return count


def _clean_tables(database: str, before: date) -> None:
    """Runs `airflow db clean` in a process of its own, because a task has no access to Airflow's database."""
    airflow = Path(sys.executable).with_name("airflow")
    command = [
        str(airflow),
        "db",
        "clean",
        "--clean-before-timestamp",
        f"{before}T00:00:00Z",
        "--skip-archive",
        "--yes",
    ]
    environment = os.environ | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database}
    for name in [name for name in environment if name.startswith("_AIRFLOW") or name == "__AIRFLOW_SUPERVISOR_FD"]:
        del environment[name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_MOST_S)  # noqa: S603
    if done.returncode:
        raise TaskingError(f"airflow db clean failed: {done.stderr.strip().splitlines()[-1:]}")
