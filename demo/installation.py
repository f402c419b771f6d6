"""An installation of Airflow and Tasking on this machine: its settings, its secrets, and the processes that it runs."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import httpx
import psutil

HOME = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
_READY_S = 120


@dataclass
class Installation:
    """Airflow in a folder of its own, on a port of this machine."""

    folder: Path
    port: int
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def airflow(self) -> Path:
        return self.folder / "airflow"

    @cached_property
    def environment(self) -> dict[str, str]:
        """None of the shell's own settings; what docker/airflow.env says; what this installation says."""
        self.airflow.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TASKING_"))}
        return kept | declared_settings() | self.settings()

    def settings(self) -> dict[str, str]:
        """What is so on this machine."""
        return {
            "AIRFLOW_HOME": str(self.airflow),
            "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(HOME / "plugins"),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.port}/execution/",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.airflow / 'airflow.db'}",
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__SECRET_KEY": self.secret("api"),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": self.secret("jwt"),
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",  # two on one machine would want one port
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "TASKING_HOME": str(HOME),
            "TASKING_PSEUDONYM_KEY": self.secret("pseudonym"),
            "TASKING_DESK_URL": f"{self.url}/tasking",
            "PYTHONWARNINGS": "ignore",
        }

    def secret(self, name: str) -> str:
        """A secret of this installation, made once, for its owner only."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.secret"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        with suppress(FileExistsError), os.fdopen(os.open(path, flags, 0o600), "w") as file:
            file.write(secrets.token_hex(48))
        return path.read_text()

    def prepare(self, accounts: Mapping[str, str]) -> dict[str, str]:
        """Airflow's database, the roles and the accounts (name -> role). Returns the passwords of new accounts."""
        self.command("airflow", "db", "migrate")
        wanted = [f"{name}={role}" for name, role in accounts.items()]
        said = self.command("python", str(HOME / "demo" / "accounts.py"), *wanted).splitlines()
        # Airflow may have had something to say before.
        return dict(line.split(" ", 1) for line in said if line.partition(" ")[0] in accounts)

    def commands(self) -> dict[str, list[str]]:
        """The parts and how each is started."""
        port = str(self.port)
        return {
            "api-server": ["api-server", "--host", "127.0.0.1", "--port", port, "--proxy-headers"],
            "dag-processor": ["dag-processor"],
            "scheduler": ["scheduler", "--skip-serve-logs"],
            "triggerer": ["triggerer", "--skip-serve-logs"],
        }

    def start(self) -> None:
        for part in self.commands():
            self.start_part(part)

    def start_part(self, part: str, **environment: str) -> None:
        command = [str(BIN / "airflow"), *self.commands()[part]]
        with (self.airflow / f"{part}.log").open("ab") as log:
            # Each leads a group of its own, so that what it started ends with it.
            self.parts[part] = subprocess.Popen(
                command, env=self.environment | environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, part: str) -> None:
        """SIGKILL for a part and all that it started, as when its machine is gone."""
        tree = processes_of(self.parts[part].pid)
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.parts[part].wait(10)

    @property
    def is_running(self) -> bool:
        return all(part.poll() is None for part in self.parts.values())

    def wait_until_ready(self) -> None:
        """Returns when the API answers. Exits with a word where it does not."""
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline and self.is_running:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/api/v2/version", timeout=5).is_success:
                    return
            time.sleep(0.5)
        sys.exit(f"Airflow did not start. Its logs: {self.airflow}/*.log; is port {self.port} free?")

    def stop(self) -> None:
        """Ends what was started here, each with what it started."""
        trees = {part: processes_of(process.pid) for part, process in self.parts.items()}
        for process in self.parts.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for part, process in self.parts.items():
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            for one in trees[part]:
                with suppress(psutil.NoSuchProcess):
                    one.kill()

    def command(self, name: str, *arguments: str, **environment: str) -> str:
        """Runs a command of the environment, such as airflow, and returns what it printed; exits where it fails."""
        command = [str(BIN / name), *arguments]
        done = subprocess.run(command, env=self.environment | environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command[:3])} failed:\n{done.stderr[-2000:]}")
        return done.stdout


def processes_of(pid: int) -> list[psutil.Process]:
    """A process and all that it started, itself first; none where it is gone."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def declared_settings() -> dict[str, str]:
    """docker/airflow.env: what compose gives every container."""
    lines = (HOME / "docker" / "airflow.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def free_port() -> int:
    """A port that nobody listens on now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
