"""How a feed stands on a day, from what is stored of it."""

from typing import Any

from tasking.model.delivery import Outcome, without_mark
from tasking.model.night import Asked


def asked_of(row: dict[str, Any] | None) -> Asked | None:
    """What was found when a feed was last asked, from its row of deliveries(); None where there is no row."""
    if row is None:
        return None
    outcome = Outcome(row["outcome"])
    landed_at, rows = (row["received_at"], row["rows_in"]) if outcome.has_landed else (None, 0)
    reason, is_there = without_mark(row["reason"])
    return Asked(outcome, reason, row["asked_at"], landed_at, rows, is_there)
