"""Identifies the report that a row belongs to, and detects a reference that a partner has reused for another event."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pandas as pd
from rapidfuzz import fuzz

from tasking.config.feed import Feed
from tasking.model.text import fold

# Percent, by token_set_ratio. Two texts of one partner about different events reach 60 in about 1% of cases.
_SAME_TEXT: Final = 60.0
_SAME_TIME: Final = timedelta(hours=1)


@dataclass(frozen=True)
class ReportedEvent:
    """What a row says about its event, for comparison with another row under the same reference."""

    received_at: datetime | None
    occurred_from: datetime | None
    caller_key: str | None
    text: str | None


def report_ids(feed: Feed, reports: pd.DataFrame) -> pd.Series:
    """`feed:reference`; or `feed:2026-10-21:reference`, with the local day on which it was received, where the partner
    uses its references again each day."""
    references = reports["source_ref"].astype("str")
    if feed.ref_unique == "day":
        days = reports["received_at"].dt.tz_convert(feed.timezone).dt.strftime("%Y-%m-%d").astype("str")
        references = days.str.cat(references, sep=":")
    return f"{feed.feed}:" + references


def is_another_event(new: ReportedEvent, old: ReportedEvent) -> bool:
    """Whether two rows under one reference report different events: other words, and another time or caller.

    Values that are missing or were erased are not compared.
    """
    if not new.text or not old.text:
        return False
    same_text = fuzz.token_set_ratio(fold(new.text).casefold(), fold(old.text).casefold()) >= _SAME_TEXT
    return not same_text and (
        _apart(new.received_at, old.received_at)
        or _apart(new.occurred_from, old.occurred_from)
        or bool(new.caller_key and old.caller_key and new.caller_key != old.caller_key)
    )


def _apart(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and abs(one - other) > _SAME_TIME
