"""What delivery needs: its channels, its outbox, and the services below it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tasking.briefing.pictures import Geography
from tasking.briefing.render import Templates
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
    """Posts the briefing and all other messages to their channels, and handles presses of their buttons."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    names: Mapping[str, str]  # feed -> what people call it
    templates: Templates
    geography: Geography
    warehouse: Warehouse
    open_channels: Callable[[Kind], Sequence[Channel]]
    retry_policy: RetryPolicy
    clock: Callable[[], datetime]
    briefings: BriefingService
    meeting: MeetingService
    open_route: Callable[[str], Channel]  # by its name with an address: email:wardens@example.org
    desk_url: str | None = None
    key: str = ""

    def posts(self, day: date) -> list[dict[str, Any]]:
        """One row for each channel of a day's briefing: its state in words, and when the channel first had it."""
        return outbox.posts(self.warehouse, day)

    def post_states(self, day: date) -> list[tuple[str, datetime | None]]:
        """(state, when the channel first had it) of each message of a day's briefing, without replies and pictures."""
        return outbox.message_states(self.warehouse, day, "briefing")
