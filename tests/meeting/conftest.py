"""The labelled fortnight with faults, on the morning of Monday 2 November 2026 at 08:30, in a database of its own."""

import datetime as dt
import shutil
from dataclasses import dataclass, field, replace

import pytest
from conftest import FakeChannel, TestDesk

from tasking.model.recipient import Addressee, Attendee, Recipient
from tasking.services import Services

TODAY = dt.date(2026, 11, 2)  # a Monday
BEFORE = dt.date(2026, 10, 30)  # the meeting day before
POLICE = "Kent Police, local policing team"
HALE = Attendee(name="Sgt Hale", partner=POLICE, contact="hale@example.org")
OBI = Attendee(name="Ama Obi", partner="West Kent Homes", contact="obi@example.org")
QUIET = Attendee(name="Jo Quiet", partner="Kent Fire & Rescue Service")
WARDENS = Recipient(name="Town wardens", contact="wardens@example.org")
CHAIR = Addressee(name="Chair of the CSU", contact="chair@example.org")


def at(clock: str, day: dt.date = TODAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), dt.UTC)


@dataclass
class District:
    """The desk, and the channels that open under each route."""

    desk: TestDesk
    routes: dict[str, FakeChannel] = field(default_factory=dict)
    changes: dict[str, object] = field(default_factory=dict)  # of the partnership

    def route(self, name: str) -> FakeChannel:
        return self.routes.setdefault(name, FakeChannel(name, form="mail" if name.startswith("email") else "blocks"))

    def open(self, clock: str = "", day: dt.date = TODAY) -> Services:
        if clock:
            self.desk.now = at(clock, day)
        opened = self.desk.open()
        declared = {"attendees": [HALE, OBI, QUIET], "recipients": [WARDENS], "chair": CHAIR} | self.changes
        return replace(
            opened, partnership=opened.partnership.model_copy(update=declared), open_route=self.route,
            desk_url="https://desk.example/tasking",
        )  # fmt: skip

    def mails(self, address: str) -> list:
        channel = self.routes.get(f"email:{address}")
        return list(channel.sent.values()) if channel else []


@pytest.fixture
def copied(faulty, tmp_path) -> TestDesk:
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    return replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", others={}, now=at("08:30"))


@pytest.fixture
def district(copied) -> District:
    return District(copied)
