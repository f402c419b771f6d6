"""How long one task waits for a channel."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Patience:
    """In seconds. Beyond them the task is run again, or the briefing falls back to another channel."""

    lease_s: float = 60  # how long a holder that died keeps others away; longer than any one call takes
    attempts: int = 3
    pause_s: float = 5
    look_ups_s: tuple[float, ...] = (1, 3, 8)  # what was sent may show in the channel a little later
    most_wait_s: float = 60  # a channel that wants more than this is as good as down
    between_s: float = 1  # Slack takes one message a second
    sleep: Callable[[float], None] = time.sleep

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.lease_s)
