"""`make dev`: the desk's pages without Airflow, on this machine alone, with a sample fortnight that ends today.

A change of a Python file starts the server again; a change of a template, the style sheet, the script or a declaration
needs no start. Either way the page in the browser loads itself again. A bar at the top says who you are: choose another
role of include/access.yml there. Everything is under var/dev; `rm -r var/dev` makes a new sample.

For development only. This is not part of the package; it takes none of the shell's settings, so that no real database
is ever opened; and it answers nobody but this machine.
"""

import argparse
import ipaddress
import os
import sys
import threading
import time
import uuid
import zlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from dev_bar import FIRST_ROLE, NOBODY, WithBar, account, choice, choose_role, role_of
from installation import HOME, Installation
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

FOLDER: Final = HOME / "var" / "dev"
PORT: Final = 8090
ASSETS: Final = Path(__file__).parent / "dev_assets"
PAGES: Final = HOME / "src" / "tasking" / "pages"
_STARTED: Final = uuid.uuid4().hex  # another one in each process
_PASSED_ON: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def settle_environment(folder: Path = FOLDER) -> None:
    """This sample's settings in place of the shell's, before the product is imported."""
    for name in [name for name in os.environ if name.startswith(("TASKING_", "AIRFLOW"))]:
        del os.environ[name]
    os.environ |= {
        "TASKING_HOME": str(HOME),
        "TASKING_DATABASE_URL": f"sqlite:///{folder / 'tasking.db'}",
        "TASKING_DROPS": str(folder / "sample" / "drops"),
        "TASKING_PSEUDONYM_KEY": Installation(folder, PORT).secret("pseudonym"),
        "GX_ANALYTICS_ENABLED": "false",
    }


def app() -> ASGIApp:
    """The desk's pages, the bar with the roles, and what the script in the page asks. Called by uvicorn."""
    settle_environment()
    return application(FOLDER)


def application(folder: Path) -> ASGIApp:
    from tasking.pages import create_app

    roles = declared_roles()
    desk = create_app(host_of(folder, roles))
    routes = [
        Route("/dev/role", choose_role, methods=["POST"]),
        Route("/dev/roles", lambda _request: HTMLResponse(choice(roles))),
        Route("/dev/version", lambda _request: JSONResponse(version())),
        Mount("/dev/assets", StaticFiles(directory=ASSETS)),
        Mount("/", WithBar(desk, roles)),
    ]
    whole = Starlette(routes=routes)
    whole.state.roles = roles
    return ThisMachineOnly(whole)


def declared_roles() -> dict[str, frozenset[Any]]:
    """Role -> what it may do on the desk; a role that counts only beside another is shown beside the officer's."""
    from tasking.pages import May
    from tasking.runtime.access import load_access
    from tasking.runtime.settings import Settings

    declared = {name: frozenset(role.desk) for name, role in load_access(Settings().include).roles.items()}
    alone = {name: may for name, may in declared.items() if May.READ in may}
    beside = {name: may for name, may in declared.items() if May.READ not in may}
    return alone | {f"{FIRST_ROLE} + {name}": alone[FIRST_ROLE] | may for name, may in beside.items()}


def host_of(folder: Path, roles: dict[str, frozenset[Any]]) -> Any:
    """What the pages need of what serves them: the steps run in this process, and nothing is posted."""
    from tasking import flows
    from tasking.pages import Host, Person
    from tasking.runtime.access import load_access
    from tasking.runtime.settings import Settings

    opened = Opened()

    async def person_of(request: Request) -> Person | None:
        role = role_of(request, roles)
        return None if role == NOBODY else Person(account(role), roles[role])

    def rerun_briefing(day: date, _by: str) -> str:
        flows.finish(opened.services(), day, is_posting=False, polls_again=False)
        return f"The briefing of {day:%a} {day.day} {day:%b} has been made again."

    def poll_feed(feed: str, day: date, by: str) -> str:
        outcome = flows.poll(opened.services(), feed, day).receipt.outcome
        return f"The delivery was asked for: {outcome.replace('_', ' ')}. {rerun_briefing(day, by)}"

    secret = Installation(folder, PORT).secret("forms").encode()
    return Host(
        opened.services, person_of, rerun_briefing, poll_feed, secret, login_url=lambda _next: "/dev/roles",
        logout_url=lambda: "/dev/roles", who_gives=load_access(Settings().include).who_gives,
    )  # fmt: skip


@dataclass
class Opened:
    """The services, opened again where something under include/ has changed since."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: Any = None
    stamp: int = 0

    def services(self) -> Any:
        from tasking.runtime.local import open_services
        from tasking.runtime.settings import Settings

        with self.lock:
            if self.stamp != (stamp := newest_declaration()):
                self.kept, self.stamp = open_services(Settings()), stamp
            return self.kept


def newest_declaration() -> int:
    from tasking.runtime.settings import Settings

    return max(path.stat().st_mtime_ns for path in Settings().include.declarations().values())


def version() -> str:
    """Changes with the process, and with every file that the pages are made from."""
    from tasking.runtime.settings import Settings

    declarations = Settings().include.declarations().values()
    files = [path for folder in (PAGES / "templates", PAGES / "static", ASSETS) for path in sorted(folder.iterdir())]
    stamps = repr([(path.name, path.stat().st_mtime_ns) for path in (*declarations, *files)])
    return f"{_STARTED}-{zlib.crc32(stamps.encode()):x}"


class ThisMachineOnly:
    """Refuses whoever asks from elsewhere, and what a proxy passes on: there is no login here."""

    def __init__(self, whole: ASGIApp) -> None:
        self.whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_from_this_machine(scope):
            refused = PlainTextResponse("This is for development: it answers nobody but the machine it runs on.", 403)
            await refused(scope, receive, send)
            return
        await self.whole(scope, receive, send)


def is_from_this_machine(scope: Scope) -> bool:
    try:
        is_near = ipaddress.ip_address((scope["client"] or ("", 0))[0]).is_loopback
    except ValueError:
        is_near = False
    return is_near and not any(name in Headers(scope=scope) for name in _PASSED_ON)


def main() -> None:
    import uvicorn

    parser = argparse.ArgumentParser(description="The desk's pages on this machine, for development.")
    parser.add_argument("--port", type=int, default=PORT)
    port = parser.parse_args().port
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.1f} s  {words}", flush=True)

    settle_environment()
    load_sample(FOLDER, say)
    say(f"ready: http://localhost:{port}/today (Ctrl-C ends it)")
    uvicorn.run(
        "dev:app", factory=True, app_dir=str(Path(__file__).parent), host="127.0.0.1", port=port, reload=True,
        reload_dirs=[str(HOME / "src"), str(HOME / "demo")], log_level="warning", access_log=False,
        proxy_headers=False, timeout_graceful_shutdown=1,
    )  # fmt: skip


def load_sample(folder: Path, say: Any) -> None:
    """The labelled fortnight, once, ending today; the day it was made is kept beside it."""
    from up import load

    done = folder / "sample" / ".loaded"
    if done.exists():
        say(f"the sample was made on {done.read_text()}; `rm -r {folder.relative_to(HOME)}` makes a new one")
        return
    say("making a sample fortnight (once)")
    load(folder / "sample", say)
    done.write_text(f"{date.today()}")  # noqa: DTZ011 - the sample ends where the reader is


if __name__ == "__main__":
    sys.exit(main())
