"""The desk: all that the steps of a day need, in one value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from tasking.briefing import Geography, Wording
from tasking.channels import Channel
from tasking.feeds.archive import Archive
from tasking.feeds.declaration import Feed
from tasking.feeds.normalise import House
from tasking.feeds.transports import Transport
from tasking.linkage import Linker, Reader
from tasking.model.briefing import Briefing
from tasking.model.errors import TaskingError
from tasking.model.partner_names import names_of
from tasking.model.partnership import Kind, Partnership
from tasking.model.patience import Patience
from tasking.places import Gazetteer
from tasking.quality import Suite
from tasking.rules import Rule
from tasking.warehouse import Warehouse, reading


@dataclass(frozen=True)
class Desk:
    """All that the steps need. Made by runtime.local for the command line, by runtime.airflow for the DAGs."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    suites: Mapping[str, Sequence[Suite]]
    house: House
    gazetteer: Gazetteer
    reader: Reader
    linker: Linker
    rules: Sequence[Rule]
    warehouse: Warehouse
    archive: Archive
    wording: Wording
    geography: Geography
    open_transport: Callable[[Feed], Transport]
    declarations_hash: str = ""  # of everything under include/, so that a briefing can say what it was made with
    open_channels: Callable[[Kind], Sequence[Channel]] = lambda _kind: ()  # opened when there is something to post
    patience: Patience = field(default_factory=Patience)
    key: str = ""  # the name of the partnership, where a deployment serves several
    desk_url: str | None = None  # where the Tasking desk's pages are, to link to
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def names(self) -> Mapping[str, str]:
        """Feed -> what people call it: its partner's name, and the feed's too where the partner has several."""
        return names_of({name: feed.partner for name, feed in self.feeds.items()})


def stored_briefing(desk: Desk, day: date) -> tuple[Briefing, int]:
    """The newest briefing of a day. Raises TaskingError where there is none."""
    found = reading.latest_briefing(desk.warehouse, day)
    if found is None:
        raise TaskingError(f"there is no briefing for {day}; make it with: tasking run --day {day}")
    return Briefing.read(found[1]), found[0]
