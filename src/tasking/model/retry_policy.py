"""How often, and how long, one task tries a channel."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class RetryPolicy:
    """Times are in seconds. Once they are used up the task is run again, or the briefing uses a fallback channel."""

    lease_s: float = 60  # of a claim in the outbox; longer than any one call takes
    attempts: int = 3
    pause_s: float = 5
    look_up_pauses_s: tuple[float, ...] = (1, 3, 8)  # between look-ups: a new message may not show at once
    max_wait_s: float = 60  # a channel that asks us to wait longer counts as down
    pause_between_replies_s: float = 1  # Slack accepts one message a second
    sleep: Callable[[float], None] = time.sleep

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_s)
