"""Airflow as `make up` starts it, with accounts of every role, and Debian's chromium in front of it."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from conftest import free_port
from made_desks import REPLAYED_AT

from .served import DESKTOP, PHONE, Somebody, served

ACCOUNTS = {
    "viewer": "Tasking viewer", "officer": "Tasking officer", "auditor": "Tasking auditor", "keeper": "Tasking officer",
    "boss": "Admin",
}  # fmt: skip
BY_HAND = ("daily_briefing", "task_and_finish_decisions")
PATIENCE_S = 60  # a machine that does everything at once may take its time


@pytest.fixture(scope="session")
def up(tmp_path_factory):
    """Airflow with the desk and the sample fortnight; `keeper` may see restricted matters too."""
    from up import Up

    class WithoutClock(Up):
        """Nothing starts by itself: at some hours the night of today would, beside what the tests do."""

        def settings(self) -> dict[str, str]:
            return super().settings() | {"AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True"}

    running = WithoutClock(tmp_path_factory.mktemp("up"), free_port())
    try:
        with ThreadPoolExecutor() as pool:
            running.environment  # noqa: B018 - makes its folders
            sample = pool.submit(running.load_sample)
            running.passwords = running.prepare(ACCOUNTS)
            running.command("airflow", "users", "add-role", "-u", "keeper", "-r", "Tasking restricted")
            running.start()
            sample.result()
        running.wait_until_ready()
        for dag_id in BY_HAND:
            let_run(running, dag_id)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "chromium is needed: apt-get install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def running(faulty, tmp_path_factory):
    """The desk's pages over a copy of the fortnight, at the morning of its last day, without Airflow."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), folder / "tasking.db")
    with served(replace(faulty, database_url=f"sqlite:///{folder / 'tasking.db'}", now=REPLAYED_AT)) as one:
        yield one


@pytest.fixture
def at_screen(browser, running):
    """at_screen("officer", PHONE): that person at a screen of this size, on the pages of `running`."""
    people: list[Somebody] = []

    def somebody(name: str, size: dict[str, int]) -> Somebody:
        people.append(Somebody(browser, running, name, size))
        return people[-1]

    yield somebody
    for one in people:
        one.context.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def at(request, at_screen):
    """at("officer"): that person, on a desk's screen and once more on a phone."""
    return lambda name: at_screen(name, request.param)


class Reader:
    """Somebody at a browser. What the pages complain about, or ask of other machines, is kept."""

    def __init__(self, up, browser, name: str) -> None:
        self.up, self.name = up, name
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._failed)
        self.page.on("request", self._asked)
        self.log_in()

    def _heard(self, message) -> None:
        if message.type == "error" and "/tasking/" in (message.location or {}).get("url", ""):
            self.complaints.append(message.text)

    def _failed(self, error) -> None:
        if "/tasking/" in self.page.url:  # Airflow's own log-in page has an error of its own
            self.complaints.append(str(error))

    def _asked(self, request) -> None:
        if not request.url.startswith((self.up.url, "data:", "about:", "blob:")):
            self.elsewhere.append(request.url)

    def log_in(self) -> None:
        self.page.goto(f"{self.up.url}/tasking/today")
        assert "/auth/login" in self.page.url  # nothing without a login
        self.page.fill("input[name=username]", self.name)
        self.page.fill("input[name=password]", self.up.passwords[self.name])
        self.page.click("[type=submit]")
        self.page.wait_for_url("**/tasking/today")

    def go(self, path: str):
        answer = self.page.goto(f"{self.up.url}/tasking/{path}")
        return answer.status

    def text(self) -> str:
        return self.page.inner_text("main")

    def press(self, name: str, within: str = "main") -> None:
        self.page.locator(within).get_by_role("button", name=name).first.click()
        self.page.wait_for_load_state()

    def post(self, path: str, data: dict | None = None, *, with_token: bool = True) -> int:
        """A form of the desk sent without its page: is it refused?"""
        token = self.token() if with_token else {}
        answer = self.context.request.post(
            f"{self.up.url}/tasking/{path}", form=(data or {}) | token, max_redirects=0
        )  # fmt: skip
        return answer.status

    def token(self) -> dict[str, str]:
        found = self.page.locator("input[name=sent_from]").first
        return {"sent_from": found.get_attribute("value")} if found.count() else {}


@pytest.fixture(scope="session")
def as_(up, browser):
    """as_("officer"): that person, logged in once."""
    readers: dict[str, Reader] = {}

    def reader(name: str) -> Reader:
        if name not in readers:
            readers[name] = Reader(up, browser, name)
        return readers[name]

    yield reader
    for one in readers.values():
        one.context.close()


@pytest.fixture(scope="session")
def warehouse(up):
    import sqlalchemy as sa

    return sa.create_engine(up.environment["TASKING_DATABASE_URL"])


def let_run(up, dag_id: str) -> None:
    """Takes a DAG off its pause, once Airflow has read it."""
    boss, deadline = client_of(up, "boss"), time.monotonic() + 120
    while not boss.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}).is_success:
        assert time.monotonic() < deadline, f"Airflow has not read {dag_id}"
        time.sleep(1)


def client_of(up, name: str | None = None) -> httpx.Client:
    """What asks without a browser: that person, or somebody who is not logged in."""
    client = httpx.Client(base_url=up.url, timeout=PATIENCE_S)
    if name:
        login = {"username": name, "password": up.passwords[name]}
        token = client.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
    return client
