"""A desk with partners that only receive work, on Thursday 19 November 2026 at 07:40, and the channels that reach them."""

import datetime as dt
from dataclasses import dataclass, field, replace

import pytest
from conftest import FakeChannel, TestDesk

from tasking import meeting
from tasking.meeting.store import taskings as store
from tasking.model.partnership import Person
from tasking.model.proposal import Verb
from tasking.model.recipient import Addressee, Recipient
from tasking.services import Services

TODAY = dt.date(2026, 11, 19)  # a Thursday
WARDENS = Recipient(name="Town wardens", contact="wardens@example.org")
COUNCIL = Recipient(name="Swanley Town Council", channel="slack:#swanley", areas=["Swanley"])
CHAIR = Addressee(name="Chair of the CSU", contact="chair@example.org")
HALE = Person(name="Sgt Hale", slack="U0HALE")
DESK_URL = "https://desk.example/tasking"


def at(day: dt.date, clock: str = "07:40") -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), dt.UTC)


@dataclass
class District:
    """`routes`: route -> the channel that opens under it."""

    desk: TestDesk
    routes: dict[str, object] = field(default_factory=dict)
    changes: dict[str, object] = field(default_factory=dict)
    desk_url: str | None = DESK_URL

    def route(self, name: str):
        return self.routes.setdefault(name, FakeChannel(name, form="mail" if name.startswith("email") else "blocks"))

    def on(self, day: dt.date, clock: str = "07:40") -> Services:
        self.desk.now = at(day, clock)
        return self.open()

    def open(self) -> Services:
        opened = self.desk.open()
        declared = {"recipients": [WARDENS, COUNCIL], "chair": CHAIR, "people": [HALE]} | self.changes
        partnership = opened.partnership.model_copy(update=declared)
        return replace(opened, partnership=partnership, open_route=self.route, desk_url=self.desk_url)

    def given(self, owner="Town wardens", due_on=TODAY, day=dt.date(2026, 11, 17), **of) -> str:
        """A tasking that the meeting of a day gave to somebody. Returns its id."""
        about = {"what": "check the gates", "place": "The Vine, Sevenoaks"} | of
        opened = self.on(day, "08:20")
        tasking_id = meeting.add_tasking(opened.meeting, "Sgt Hale", about["what"], owner, about["place"], due_on)
        self.on(TODAY)
        return tasking_id

    def proposed(self, day: dt.date, number: int = 1, **of) -> str:
        """A tasking that the briefing of a day proposes. Returns its id."""
        tasking_id = f"T-{day:%Y%m%d}-{number:08x}"
        row = {
            "tasking_id": tasking_id, "proposed_on": day, "what": "clear it and look for evidence",
            "place": "The Vine, Sevenoaks", "owner": "Town wardens", "due_on": day + dt.timedelta(days=1),
            "why": "Fly-tip, 2 reports", "incident_id": None, "proposal_id": None,
        } | of  # fmt: skip
        store.store_taskings(self.open().warehouse, [row])
        return tasking_id

    def taken(self, day: dt.date, number: int = 1, **of) -> str:
        """A proposed tasking that the meeting of the same day took."""
        tasking_id = self.proposed(day, number, **of)
        meeting.decide(self.on(day, "08:20").meeting, tasking_id, Verb.TAKE, "Sgt Hale")
        self.on(TODAY)
        return tasking_id

    def sent(self, route: str) -> list:
        channel = self.routes.get(route)
        return list(channel.sent.values()) if channel else []


@pytest.fixture
def district(desk) -> District:
    made = District(desk)
    made.on(TODAY)
    return made
