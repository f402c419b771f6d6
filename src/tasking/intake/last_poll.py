"""The last poll of a feed for a day, from its stored row."""

from typing import Any

from tasking.model.delivery import Outcome, without_not_whole
from tasking.model.feed_status import LastPoll


def last_poll(row: dict[str, Any] | None) -> LastPoll | None:
    """What the last poll found, from a row of IntakeService.deliveries(); None without a row."""
    if row is None:
        return None
    outcome = Outcome(row["outcome"])
    landed_at, rows = (row["received_at"], row["rows_in"]) if outcome.has_landed else (None, 0)
    reason, is_there = without_not_whole(row["reason"])
    return LastPoll(outcome, reason, row["asked_at"], landed_at, rows, is_there)
