"""Airflow in a home of its own: a database, an API server, a DAG processor and a scheduler, ended by process id."""

import datetime as dt
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import yaml
from conftest import ROOT, end


def stop_the_clock(home: Path) -> None:
    """Moves the times of a home's meeting away from now, so that no schedule starts a run while a test looks.

    A DAG that is new to Airflow makes up for a tick of the last two hours and a half.
    """
    partnership = home / "include" / "partnership.yml"
    declared = yaml.safe_load(partnership.read_text())
    hour = (dt.datetime.now(ZoneInfo(declared["timezone"])).hour + 5) % 24
    hour = 12 if hour > 20 else hour  # the times of a morning follow each other within one day
    declared["meeting"] |= {
        "feeds_asked_from": f"{hour:02d}:00", "deadline_alarm_set_at": f"{hour:02d}:00", "cut_off_at": f"{hour:02d}:30",
        "fallback_at": f"{hour:02d}:50", "word_by": f"{hour:02d}:55", "starts_at": f"{hour + 1:02d}:00",
        "weekly_at": f"{hour + 1:02d}:30",
    }  # fmt: skip
    partnership.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False))


def airflow_environment(folder: Path, port: int, home: Path, drops: Path) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    return os.environ | {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(48),
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        "TASKING_HOME": str(home),
        "TASKING_DATABASE_URL": f"sqlite:///{folder / 'tasking.db'}",
        "TASKING_DROPS": str(drops),
        "GX_ANALYTICS_ENABLED": "false",
    }


@dataclass(frozen=True)
class RunningAirflow:
    url: str
    environment: dict[str, str]
    token: str

    def trigger(self, dag_id: str, conf: dict[str, str]) -> str:
        for pause_s in (2, 5, 0):  # a busy machine locks SQLite, and Airflow answers 500 then
            answer = self._client().post(f"/api/v2/dags/{dag_id}/dagRuns", json={"conf": conf, "logical_date": None})
            if answer.status_code != 500:
                break
            time.sleep(pause_s)
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def get(self, path: str, **params: str) -> dict:
        for pause_s in (2, 5, 10, 0):  # a busy machine locks SQLite, and Airflow answers 500 then
            answer = self._client().get(path, params=params)
            if answer.status_code != 500:
                break
            time.sleep(pause_s)
        answer.raise_for_status()
        return answer.json()

    def patch(self, path: str, body: dict) -> None:
        self._client().patch(path, json=body).raise_for_status()

    def create_backfill(self, dag_id: str, since: str, until: str) -> None:
        """As the form in the UI does; `until` is midnight, so that day is not in it."""
        body = {"dag_id": dag_id, "from_date": f"{since}T00:00:00Z", "to_date": f"{until}T00:00:00Z"}
        self._client().post("/api/v2/backfills", json=body).raise_for_status()

    def runs(self, dag_id: str) -> list[dict]:
        return list(self.get(f"/api/v2/dags/{dag_id}/dagRuns", order_by="run_after")["dag_runs"])

    def states(self, dag_id: str, run_id: str) -> dict[str, str]:
        found = self.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in found}

    def wait_for(self, found, seconds: float, what: str):
        """What `found()` gives once it is true; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if value := found():
                return value
            time.sleep(0.5)
        raise AssertionError(f"not within {seconds} s: {what}")

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30)


@contextmanager
def running_airflow(environment: dict[str, str]) -> Iterator[RunningAirflow]:
    airflow = str(Path(sys.executable).with_name("airflow"))
    subprocess.run([airflow, "db", "migrate"], env=environment, check=True, capture_output=True)
    url, logs = environment["AIRFLOW__API__BASE_URL"], Path(environment["AIRFLOW_HOME"])
    with ExitStack() as stack:
        for part in (
            ["api-server"],
            ["dag-processor"],
            ["scheduler", "--skip-serve-logs"],
            ["triggerer", "--skip-serve-logs"],
        ):
            log = stack.enter_context((logs / f"{part[0]}.log").open("wb"))
            process = subprocess.Popen(
                [airflow, *part], env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
            stack.callback(end, process)
        deadline = time.monotonic() + 90
        while True:
            try:
                token = httpx.get(f"{url}/auth/token", timeout=5)
                if token.status_code in (200, 201):
                    break
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, (logs / "api-server.log").read_text()[-2000:]
            time.sleep(0.5)
        yield RunningAirflow(url, environment, token.json()["access_token"])
