"""What the meeting's decisions are given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasking.config.feed import Feed
from tasking.config.rule import Rule
from tasking.model.partnership import Partnership
from tasking.warehouse import Warehouse


@dataclass(frozen=True)
class MeetingService:
    """Keeps proposals, taskings, groups and feedback, and every step that people take with them."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    labels: Mapping[str, str]  # of categories, by code
    rules: Sequence[Rule]
    public_name: Callable[[str], tuple[str | None, str | None]]  # of a place, and of its town: as it may be told
    warehouse: Warehouse
    clock: Callable[[], datetime]
