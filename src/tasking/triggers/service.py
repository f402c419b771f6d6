"""The service of the trigger rules: what they are given by the rest of the product."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasking.config.rule import Rule
from tasking.meeting.service import MeetingService
from tasking.model.partnership import Partnership
from tasking.warehouse import Warehouse


@dataclass(frozen=True)
class TriggersService:
    """What running the rules needs: declarations, the warehouse, a clock and the meeting's service."""

    partnership: Partnership
    names: Mapping[str, str]  # feed -> what people call it
    partners: Mapping[str, str]  # feed -> partner
    public_categories: Sequence[str]  # codes of those that are not restricted
    labels: Mapping[str, str]  # of categories, by code
    rules: Sequence[Rule]
    warehouse: Warehouse
    clock: Callable[[], datetime]
    meeting: MeetingService
    key: str = ""
