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
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

HOME = Path(__file__).resolve().parents[1]
UP = HOME / "var" / "up"
AIRFLOW = UP / "airflow"
ACCOUNTS = {"viewer": "Tasking viewer", "officer": "Tasking officer"}
PORT = int(os.environ.get("TASKING_UP_PORT", "8080"))
URL = f"http://localhost:{PORT}"
SERVERS = (
    ("api-server", "--host", "127.0.0.1", "--port", str(PORT)), ("dag-processor",), ("scheduler", "--skip-serve-logs"),
    ("triggerer", "--skip-serve-logs"),
)  # fmt: skip


def environment() -> dict[str, str]:
    """Airflow on SQLite with FAB for its accounts, and the product beside it; no variable of the shell comes in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TASKING_"))}
    return kept | {
        "AIRFLOW_HOME": str(AIRFLOW),
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(HOME / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{PORT}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{AIRFLOW / 'airflow.db'}",
        "AIRFLOW__API__BASE_URL": URL,
        "AIRFLOW__API__SECRET_KEY": secret("api"),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secret("jwt"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "TASKING_HOME": str(HOME),
        "TASKING_DATABASE_URL": f"sqlite:///{UP / 'tasking.db'}",
        "TASKING_DROPS": str(UP / "sample" / "drops"),
        "TASKING_DESK_URL": f"{URL}/tasking",
        "GX_ANALYTICS_ENABLED": "false",
        "PYTHONWARNINGS": "ignore",
    }


def secret(name: str) -> str:
    """A secret of this installation, made once, for its owner only."""
    path = UP / f"{name}.secret"
    with suppress(FileExistsError), os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_hex(48))
    return path.read_text()


def load_sample(variables: dict[str, str]) -> None:
    """The labelled fortnight until now, a day after the other as if each had been run on its own morning."""
    done = UP / "sample" / ".loaded"
    if done.exists():
        return
    subprocess.run([sys.executable, __file__, "--load"], env=variables, check=True)
    done.touch()


def _load() -> None:
    from weeks import write_fortnight

    from tasking import flows
    from tasking.runtime.local import open_desk
    from tasking.runtime.settings import Settings

    first, last = write_fortnight(UP / "sample", date.today())  # noqa: DTZ011 - the sample ends where the reader is
    desk = open_desk(Settings())
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        morning = datetime.combine(day, desk.partnership.meeting.feeds_asked_from, desk.partnership.zone).astimezone(
            UTC
        )
        flows.run_day(replace(desk, clock=lambda morning=morning: morning), day, is_posting=False)


def prepare(variables: dict[str, str]) -> dict[str, str]:
    """Airflow's database, the roles and the accounts. Returns the passwords of accounts that are new."""
    airflow, tasking = (str(Path(sys.executable).with_name(name)) for name in ("airflow", "tasking"))
    run([airflow, "db", "migrate"], variables)
    run([tasking, "access", "apply"], variables)
    made = {}
    for name, role in ACCOUNTS.items():
        said = run([tasking, "access", "account", name, "--role", role], variables).splitlines()
        if said and said[-1].startswith(f"{name} "):  # Airflow may have had something to say before
            made[name] = said[-1].removeprefix(f"{name} ")
    return made


def run(command: list[str], variables: dict[str, str]) -> str:
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command[1:3])} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def start(variables: dict[str, str]) -> list[subprocess.Popen[bytes]]:
    airflow = str(Path(sys.executable).with_name("airflow"))
    started = []
    for name, *options in SERVERS:
        with (AIRFLOW / f"{name}.log").open("ab") as log:
            started.append(
                subprocess.Popen(
                    [airflow, name, *options],
                    env=variables,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
    return started


def wait_until_ready(servers: list[subprocess.Popen[bytes]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if any(server.poll() is not None for server in servers):
            break
        with suppress(httpx.HTTPError):
            if httpx.get(f"{URL}/api/v2/version", timeout=5).is_success:
                return
        time.sleep(0.5)
    stop(servers)
    sys.exit(f"Airflow did not start. Its logs: {AIRFLOW.relative_to(HOME)}/*.log; is port {PORT} free?")


def stop(servers: list[subprocess.Popen[bytes]]) -> None:
    for server in servers:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
    for server in servers:
        with suppress(subprocess.TimeoutExpired):
            server.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def main() -> None:
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.1f} s  {words}", flush=True)

    AIRFLOW.mkdir(parents=True, exist_ok=True)
    UP.chmod(0o700)
    variables = environment()
    say("making Airflow's database and the sample fortnight")
    with ThreadPoolExecutor() as pool:
        sample, prepared = pool.submit(load_sample, variables), pool.submit(prepare, variables)
        passwords = prepared.result()
        say("roles and accounts are there")
        servers = start(variables)
        try:
            sample.result()
            say("the sample fortnight is loaded")
            wait_until_ready(servers, 90)
        except BaseException:
            stop(servers)
            raise
    say(f"ready: {URL} (the desk: {URL}/tasking/)")
    for name in ACCOUNTS:
        shown = f"password {passwords[name]}  (shown this once)" if name in passwords else (
            "made before; a new password: see docs/desk.md")  # fmt: skip
        print(f"         {name:8} {shown}")
    print("         Ctrl-C ends it.", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while all(server.poll() is None for server in servers):
            time.sleep(1)
        print(f"One of Airflow's servers ended; see {AIRFLOW.relative_to(HOME)}/*.log")
    except KeyboardInterrupt:
        print("\nending")
    finally:
        stop(servers)


if __name__ == "__main__":
    if sys.argv[1:] == ["--load"]:
        _load()
    else:
        main()
