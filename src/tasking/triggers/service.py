"""What the trigger rules are given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasking.config.rule import Rule
from tasking.meeting.service import MeetingService
from tasking.model.partnership import Partnership
from tasking.warehouse import Warehouse


@dataclass(frozen=True)
class TriggersService:
    """Runs the rules over the history and puts what they find before the meeting."""

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
