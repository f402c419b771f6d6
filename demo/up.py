"""`make up`: Airflow with the Tasking desk on this machine alone, two accounts, and a sample fortnight that ends now.

Everything is under var/up. Ctrl-C ends it; started again it goes on from where it was. The passwords are shown when the
accounts are made, and nowhere else.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import httpx

HOME = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
ACCOUNTS = {"viewer": "Tasking viewer", "officer": "Tasking officer"}
_READY_S = 90


@dataclass
class Up:
    """Airflow in a folder of its own, on a port of this machine."""

    folder: Path
    port: int
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def airflow(self) -> Path:
        return self.folder / "airflow"

    @cached_property
    def environment(self) -> dict[str, str]:
        """Airflow on SQLite with FAB for its accounts, and the product beside it; none of the shell's own settings."""
        self.airflow.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TASKING_"))}
        return kept | {
            "AIRFLOW_HOME": str(self.airflow),
            "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(HOME / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{self.port}/execution/",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.airflow / 'airflow.db'}",
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__SECRET_KEY": self._secret("api"),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": self._secret("jwt"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "TASKING_HOME": str(HOME),
            "TASKING_DATABASE_URL": f"sqlite:///{self.folder / 'tasking.db'}",
            "TASKING_PSEUDONYM_KEY": self._secret("pseudonym"),
            "TASKING_DROPS": str(self.folder / "sample" / "drops"),
            "TASKING_DESK_URL": f"{self.url}/tasking",
            "GX_ANALYTICS_ENABLED": "false",
            "PYTHONWARNINGS": "ignore",
        }

    def _secret(self, name: str) -> str:
        """A secret of this installation, made once, for its owner only."""
        path = self.folder / f"{name}.secret"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        with suppress(FileExistsError), os.fdopen(os.open(path, flags, 0o600), "w") as file:
            file.write(secrets.token_hex(48))
        return path.read_text()

    def load_sample(self) -> None:
        """The labelled fortnight until now, a day after the other as if each had been run on its own morning."""
        done = self.folder / "sample" / ".loaded"
        if not done.exists():
            self.command("python", __file__, "--load", str(self.folder / "sample"))
            done.touch()

    def prepare(self, accounts: Mapping[str, str]) -> dict[str, str]:
        """Airflow's database, the roles and the accounts (name -> role). Returns the passwords of new accounts."""
        self.command("airflow", "db", "migrate")
        self.command("tasking", "access", "apply")
        made = {}
        for name, role in accounts.items():
            said = self.command("tasking", "access", "account", name, "--role", role).splitlines()
            if said and said[-1].startswith(f"{name} "):  # Airflow may have had something to say before
                made[name] = said[-1].removeprefix(f"{name} ")
        return made

    def start(self) -> None:
        port = str(self.port)
        for name, *options in (
            ("api-server", "--host", "127.0.0.1", "--port", port),
            ("dag-processor",),
            ("scheduler", "--skip-serve-logs"),
            ("triggerer", "--skip-serve-logs"),
        ):
            command = [str(BIN / "airflow"), name, *options]
            with (self.airflow / f"{name}.log").open("ab") as log:
                # Each leads a group of its own, so that what it started ends with it.
                self.servers.append(
                    subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, start_new_session=True)
                )

    @property
    def is_running(self) -> bool:
        return all(server.poll() is None for server in self.servers)

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
        """Ends what was started here, by process group."""
        for server in self.servers:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
        for server in self.servers:
            with suppress(subprocess.TimeoutExpired):
                server.wait(15)
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)

    def command(self, name: str, *arguments: str) -> str:
        """Runs a command of the environment, such as airflow, and returns what it printed; exits where it fails."""
        command = [str(BIN / name), *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command[:3])} failed:\n{done.stderr[-2000:]}")
        return done.stdout


def load(folder: Path) -> None:
    """Writes the sample deliveries and runs each day of them, by a clock that stands at that morning."""
    from weeks import write_fortnight

    from tasking import flows
    from tasking.runtime.local import open_desk
    from tasking.runtime.settings import Settings

    first, last = write_fortnight(folder, date.today())  # noqa: DTZ011 - the sample ends where the reader is
    desk = open_desk(Settings())
    asked_from, zone = desk.partnership.meeting.feeds_asked_from, desk.partnership.zone
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        morning = datetime.combine(day, asked_from, zone).astimezone(UTC)
        flows.run_day(replace(desk, clock=lambda morning=morning: morning), day, is_posting=False)


def main() -> None:
    up = Up(HOME / "var" / "up", int(os.environ.get("TASKING_UP_PORT", "8080")))
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.1f} s  {words}", flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    say("making Airflow's database and the sample fortnight")
    up.environment  # noqa: B018 - its folders and secrets are made before two threads need them
    try:
        with ThreadPoolExecutor() as pool:
            sample, prepared = pool.submit(up.load_sample), pool.submit(up.prepare, ACCOUNTS)
            passwords = prepared.result()
            say("roles and accounts are there")
            up.start()
            sample.result()
            say("the sample fortnight is loaded")
        up.wait_until_ready()
        say(f"ready: {up.url} (the desk: {up.url}/tasking/)")
        for name in ACCOUNTS:
            known = "made before; a new password: see docs/desk.md"
            print(f"         {name:8} " + (f"password {passwords[name]}" if name in passwords else known))
        print("         Passwords are shown this once. Ctrl-C ends it.", flush=True)
        while up.is_running:
            time.sleep(1)
        print(f"One of Airflow's servers ended; see {up.airflow}/*.log")
    except KeyboardInterrupt:
        print("\nending")
    finally:
        up.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        load(Path(sys.argv[2]))
    else:
        main()
