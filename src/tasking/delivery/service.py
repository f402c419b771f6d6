"""What posting is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tasking.briefing.pictures import Geography
from tasking.briefing.render import Wording
from tasking.briefing.service import BriefingService
from tasking.config.feed import Feed
from tasking.delivery.channels import Channel
from tasking.delivery.store import outbox
from tasking.meeting.service import MeetingService
from tasking.model.partnership import Kind, Partnership
from tasking.model.retry_policy import RetryPolicy
from tasking.warehouse import Warehouse


@dataclass(frozen=True)
class DeliveryService:
    """Brings the briefing and everything else that is told to its channels once, and takes presses from them."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    names: Mapping[str, str]  # feed -> what people call it
    wording: Wording
    geography: Geography
    warehouse: Warehouse
    open_channels: Callable[[Kind], Sequence[Channel]]
    retry_policy: RetryPolicy
    clock: Callable[[], datetime]
    briefings: BriefingService
    meeting: MeetingService
    desk_url: str | None = None
    key: str = ""

    def posts(self, day: date) -> list[dict[str, Any]]:
        """Where a day's briefing went: one row a channel, with how it stands there and since when."""
        return outbox.posts(self.warehouse, day)
