"""The service of the meeting: what its decisions are given by the rest of the product."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tasking.config.feed import Feed
from tasking.config.rule import Rule
from tasking.meeting.store import proposals as store
from tasking.model.partnership import Partnership
from tasking.model.trigger import Proposal
from tasking.warehouse import Warehouse


@dataclass(frozen=True)
class MeetingService:
    """What proposals, taskings, groups and feedback need: declarations, the warehouse and a clock."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    labels: Mapping[str, str]  # of categories, by code
    rules: Sequence[Rule]
    public_name: Callable[[str], tuple[str | None, str | None]]  # of a place, and of its town
    warehouse: Warehouse
    clock: Callable[[], datetime]

    def raised_on(self, day: date) -> list[Proposal]:
        """The proposals that the rules raised on a day."""
        return [one for one in store.proposals(self.warehouse, day) if one.raised_on == day]
