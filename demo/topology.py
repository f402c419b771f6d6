"""The two topologies of docker/compose.yml on this machine without containers, with servers of their own.

*small*: PostgreSQL, API server, scheduler with LocalExecutor, DAG processor, triggerer. *scale*: PostgreSQL, Redis, API
server, two schedulers with CeleryExecutor, DAG processor, triggerer, two workers. Every part can be killed and started.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg
import redis
from installation import HOME, Installation, free_port

OPERATOR = "operator"
SERVERS = ("postgresql", "redis")


@dataclass
class Topology(Installation):
    """`home` has include/ and var/, `drops` the deliveries, `slack_url` a stand-in for Slack."""

    kind: Literal["small", "scale"] = "small"
    home: Path = HOME
    drops: Path = HOME / "demo" / "deliveries"
    slack_url: str = ""
    slots: int = 2  # tasks that a worker does at once
    version: Path = HOME  # whose DAGs and plugins are run
    is_supervised: bool = False
    away: set[str] = field(default_factory=set)  # parts that were killed and are not to be started again yet
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in SERVERS})

    @cached_property
    def data(self) -> Path:
        """Where PostgreSQL keeps its files: it never runs as root, and its owner must be able to get there."""
        folder = Path(tempfile.mkdtemp(prefix="tasking-postgresql-"))
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        return folder

    def settings(self) -> dict[str, str]:
        at = f"127.0.0.1:{self.ports['postgresql']}"
        common = super().settings() | {
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.version / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(self.version / "plugins"),
            "AIRFLOW__CORE__PARALLELISM": str(2 * self.slots),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://airflow@{at}/airflow",
            "TASKING_DATABASE_URL": f"postgresql+psycopg://airflow@{at}/tasking",
            "TASKING_HOME": str(self.home),
            "TASKING_PRELOAD": "true",
            "TASKING_DROPS": str(self.drops),
            "TASKING_AIRFLOW_DATABASE_URL": f"postgresql+psycopg2://airflow@{at}/airflow",
            "TASKING_SLACK_BOT_TOKEN": "xoxb-practice",
            "TASKING_SLACK_BASE_URL": self.slack_url,
        }
        if self.kind == "small":
            return common
        return common | {
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CELERY__BROKER_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql://airflow@{at}/airflow",
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(self.slots),
        }

    def commands(self) -> dict[str, list[str]]:
        airflow = super().commands()
        if self.kind == "small":
            return airflow
        scheduler = airflow.pop("scheduler")
        worker = ["celery", "worker", "--skip-serve-logs", "--celery-hostname"]
        return airflow | {
            "scheduler-1": scheduler, "scheduler-2": scheduler, "worker-1": [*worker, "worker-1"],
            "worker-2": [*worker, "worker-2"],
        }  # fmt: skip

    @property
    def servers(self) -> tuple[str, ...]:
        return SERVERS if self.kind == "scale" else SERVERS[:1]

    def set_up(self) -> None:
        """The servers, the databases, the roles, and an account that may start runs."""
        self.environment  # noqa: B018 - its folders and secrets
        initdb = [_tool("initdb"), "-D", str(self.data), "-U", "airflow", "-A", "trust", "--no-sync"]
        subprocess.run(_as_postgres(initdb), check=True, capture_output=True)
        for server in self.servers:
            self.start_part(server)
        for name in ("airflow", "tasking"):
            with self._connection("postgres") as connection:
                connection.execute(f"CREATE DATABASE {name}")
        self.passwords = self.prepare({OPERATOR: "Tasking operator"})

    def kill(self, part: str) -> None:
        self.away.add(part)
        super().kill(part)

    def supervise(self, restart_s: float) -> None:
        """Starts a part of Airflow again some seconds after it ended by itself, as compose does."""
        self.is_supervised = True
        while True:
            time.sleep(1)
            ended = [part for part, one in self.parts.items() if one.poll() is not None and part not in self.away]
            for part in set(ended) & self.commands().keys():
                time.sleep(restart_s)
                if part not in self.away and part in self.parts:
                    self.start_part(part)

    @property
    def is_running(self) -> bool:
        """What ended is started again, where somebody supervises."""
        return self.is_supervised or super().is_running

    def start_part(self, part: str, **environment: str) -> None:
        self.away.discard(part)
        if part not in SERVERS:
            return super().start_part(part, **environment)
        port, given = str(self.ports[part]), ["env", *(f"{name}={value}" for name, value in environment.items())]
        if part == "postgresql":
            command = _as_postgres([
                *given, _tool("postgres"), "-D", str(self.data), "-p", port, "-k", "",
                "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "restart_after_crash=off",
            ])  # fmt: skip
        else:
            command = [
                *given, _tool("redis-server"), "--port", port, "--bind", "127.0.0.1", "--dir", str(self.airflow),
                "--save", "", "--appendonly", "yes",
            ]  # fmt: skip
        with (self.airflow / f"{part}.log").open("ab") as log:
            self.parts[part] = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        return self._wait_for_server(part)

    def _wait_for_server(self, part: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if part == "postgresql":
                    self._connection("postgres").close()
                else:
                    redis.Redis(port=self.ports[part]).ping()
                return
            except (psycopg.OperationalError, redis.exceptions.RedisError):
                time.sleep(0.3)
        sys.exit(f"{part} did not start: {self.airflow / part}.log")

    def _connection(self, database: str) -> Any:
        return psycopg.connect(
            host="127.0.0.1", port=self.ports["postgresql"], user="airflow", dbname=database, autocommit=True
        )

    def stop(self) -> None:
        """Ends the parts of Airflow, then the servers below them."""
        self.away |= self.parts.keys()
        servers = {name: self.parts.pop(name) for name in self.servers if name in self.parts}
        super().stop()
        self.parts = servers
        super().stop()
        shutil.rmtree(self.data, ignore_errors=True)

    # What is asked of Airflow is asked as somebody with an account asks it.

    @cached_property
    def token(self) -> str:
        login = {"username": OPERATOR, "password": self.passwords[OPERATOR]}
        answer = httpx.post(f"{self.url}/auth/token", json=login, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def ask(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        """An answer of Airflow's API; asked again for a while, as parts of it may just be down."""
        deadline = time.monotonic() + 90
        while True:
            try:
                answer = httpx.request(
                    method, f"{self.url}/api/v2/{path}", headers={"Authorization": f"Bearer {self.token}"}, timeout=15,
                    **given,
                )  # fmt: skip
                if answer.status_code < 500:
                    answer.raise_for_status()
                    return dict(answer.json()) if answer.content else {}
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"Airflow does not answer {method} {path}")
            time.sleep(1)

    def trigger(self, dag_id: str, **conf: Any) -> str:
        """Starts a run and returns its id. Asked again with the same id, so that a lost answer starts none twice."""
        run_id = f"drill_{time.time_ns()}"
        try:
            self.ask("POST", f"dags/{dag_id}/dagRuns", json={"dag_run_id": run_id, "conf": conf, "logical_date": None})
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 409:
                raise
        return run_id

    def state(self, dag_id: str, run_id: str) -> str:
        return str(self.ask("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def wait_for(self, runs: Sequence[tuple[str, str]], seconds: float = 600) -> dict[str, str]:
        """Run id -> state of runs, (dag id, run id), that have all ended. Raises TimeoutError where one has not."""
        deadline, waiting, states = time.monotonic() + seconds, list(runs), {}
        while waiting:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not over after {seconds:.0f} s: {waiting}")
            for dag_id, run_id in list(waiting):
                if (state := self.state(dag_id, run_id)) in ("success", "failed"):
                    states[run_id] = state
                    waiting.remove((dag_id, run_id))
            time.sleep(0.5)
        return states

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        path, found = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances", []
        while page := self.ask("GET", f"{path}?limit=100&offset={len(found)}")["task_instances"]:
            found += page
        return found

    def wait_for_dags(self, *dag_ids: str) -> None:
        """Returns when Airflow has read these DAGs."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            known = {one["dag_id"] for one in self.ask("GET", "dags?limit=100")["dags"]}
            if known >= set(dag_ids):
                return
            time.sleep(1)
        raise TimeoutError(f"Airflow has not read {dag_ids}: see {self.airflow}/dag-processor.log")


def _tool(name: str) -> str:
    """A program of PostgreSQL or Redis; Debian keeps some of them out of the path."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(beside[-1]) if beside else None)
    if found is None:
        sys.exit(f"{name} is needed: apt-get install postgresql redis-server")
    return found


def _as_postgres(command: list[str]) -> list[str]:
    return (
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command] if os.getuid() == 0 else command
    )
