"""How a feed stands on a day, from what is stored of it."""

from typing import Any

from tasking.model.delivery import Outcome, without_not_whole
from tasking.model.feed_status import LastPoll


def last_poll(row: dict[str, Any] | None) -> LastPoll | None:
    """What was found when a feed was last asked, from its row of deliveries(); None where there is no row."""
    if row is None:
        return None
    outcome = Outcome(row["outcome"])
    landed_at, rows = (row["received_at"], row["rows_in"]) if outcome.has_landed else (None, 0)
    reason, is_there = without_not_whole(row["reason"])
    return LastPoll(outcome, reason, row["asked_at"], landed_at, rows, is_there)
