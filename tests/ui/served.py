"""The desk's pages in a browser without Airflow: a copy of the fortnight, at the morning of its last day."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from conftest import TestDesk, free_port

from tasking.pages import Host, May, Person, create_app

WHO = "who"  # the cookie that says who is at the browser
RIGHTS = {
    "viewer": frozenset({May.READ}),
    "officer": frozenset({May.READ, May.DETAILS, May.DECIDE, May.LOG}),
    "keeper": frozenset(May),
}
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass
class Served:
    """A running server. `asked`: what the pages asked the host to start."""

    desk: TestDesk
    url: str
    asked: list = field(default_factory=list)


@contextmanager
def served(desk: TestDesk) -> Iterator[Served]:
    """The pages of a desk on a free port of this machine, until the end of the block."""
    opened, port = desk.open(), free_port()
    running = Served(desk, f"http://127.0.0.1:{port}")

    async def person_of(request):
        name = request.cookies.get(WHO, "")
        return Person(name, RIGHTS[name]) if name in RIGHTS else None

    def start(*what) -> str:
        running.asked.append(what)
        return "It has been started."

    host = Host(lambda: opened, person_of, start, start, b"a secret", login_url=lambda _next: "/help")
    server = uvicorn.Server(uvicorn.Config(create_app(host), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < deadline, "the pages are not served"
            time.sleep(0.05)
        yield running
    finally:
        server.should_exit = True
        thread.join(30)


class Somebody:
    """A person at a browser of one size. Every page is checked as it is opened: axe, its width, and no complaint."""

    def __init__(self, browser, running: Served, name: str, size: dict[str, int]) -> None:
        self.running, self.name, self.size = running, name, size
        self.context = browser.new_context(viewport=size, accept_downloads=True, has_touch=size == PHONE)
        self.context.add_cookies([{"name": WHO, "value": name, "url": running.url}])
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _asked(self, request) -> None:
        if not request.url.startswith((self.running.url, "data:", "about:", "blob:")):
            self.elsewhere.append(request.url)

    def open(self, path: str) -> int:
        status = self.page.goto(f"{self.running.url}/{path}").status
        self.check()
        return status

    def check(self) -> None:
        """The page as it stands is accessible and as wide as the screen; nothing failed and nothing was asked of another
        machine."""
        found = Axe().run(self.page).response["violations"]
        assert not found, (self.page.url, [(one["id"], one["nodes"][0]["html"][:200]) for one in found])
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"
        assert (self.complaints, self.elsewhere) == ([], [])

    def find(self, words: str) -> None:
        """Types into the search box, reached by its key."""
        self.page.keyboard.press("/")
        self.page.keyboard.type(words)
        self.page.keyboard.press("Enter")
        self.page.wait_for_load_state()

    def tab_to(self, name: str, *, most: int = 120) -> None:
        """Moves the focus by the tabulator key until it is on the button, link or field of this name."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if name in self.page.evaluate(
                "(document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent || '').trim()"
            ):
                return
        raise AssertionError(f"the keyboard does not reach {name!r} on {self.page.url}")

    def main(self) -> str:
        return self.page.inner_text("main")

    def address(self) -> str:
        return self.page.url.removeprefix(self.running.url)
