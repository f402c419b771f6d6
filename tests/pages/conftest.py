"""The desk's pages over the labelled fortnight with faults, for somebody who may do what a test says."""

import datetime as dt
import re
import shutil
from dataclasses import dataclass, field, replace

import pytest
from conftest import TestDesk, client_of

from tasking.pages import Host, May, Person, SearchLimit, create_app

FIRST, LAST = dt.date(2026, 10, 19), dt.date(2026, 11, 2)
OFFICER = frozenset({May.READ, May.DETAILS, May.DECIDE, May.LOG})
KEEPER = frozenset(May)


@dataclass
class Pages:
    """The pages as one person sees them. `started`: what the host was asked to start."""

    desk: TestDesk
    may: frozenset = OFFICER
    name: str = "officer"
    limits: SearchLimit = field(default_factory=SearchLimit)
    started: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.opened = self.desk.open()

        async def person_of(_request):
            return Person(self.name, frozenset(self.may)) if self.may is not None else None

        def rerun_briefing(day, by):
            self.started.append(("briefing", day, by))
            return f"The briefing of {day} is being made again."

        def poll_feed(feed, day, by):
            self.started.append((feed, day, by))
            return f"{feed} is asked."

        host = Host(
            lambda: self.opened, person_of, rerun_briefing, poll_feed, b"a secret", limits=self.limits,
            hosts=frozenset({"desk.example", "localhost"}),
        )  # fmt: skip
        self.client = client_of(create_app(host))

    def get(self, path: str, **options):
        return self.client.get(path, headers={"Accept": "text/html"}, **options)

    def post(self, path: str, data: dict | None = None, **options):
        """Sends a form with the token of a page."""
        token = re.search(r'name="sent_from" value="(\w+)"', self.get("/incidents").text)
        return self.client.post(path, data={"sent_from": token[1] if token else ""} | (data or {}), **options)

    def said(self, answer) -> str:
        """The sentence that is shown after a form."""
        assert answer.status_code == 303, answer.text
        shown = self.client.get(answer.headers["location"]).text
        found = re.search(r'<p class="said[^>]*>(.*?)</p>', shown, re.DOTALL)
        return found[1] if found else ""

    def log(self) -> list[dict]:
        return self.desk.rows("log")


@pytest.fixture
def copied(faulty, tmp_path) -> TestDesk:
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    return replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", others={})


@pytest.fixture
def pages(copied):
    """pages(may=..., name=...): the pages of a copy, for somebody."""

    def of(may=OFFICER, name="officer", **options) -> Pages:
        return Pages(copied, may, name, **options)

    return of
