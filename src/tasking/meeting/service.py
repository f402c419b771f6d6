"""The service of the meeting: what its decisions are given by the rest of the product."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasking.config.feed import Feed
from tasking.config.rule import Rule
from tasking.model.partnership import Partnership
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
