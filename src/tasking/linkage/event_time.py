"""When a report's event happened: an interval, from the partner's fields or else from the text.

An event happened before its report was received. Fields are preferred to words. A local time of 00:00 in a field means
that the partner's system left the time out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tasking.linkage.time_phrases import after_midnight, time_in_text
from tasking.model.text import folded

_CLOCK_SLACK_H: Final = 0.5
_LOOKBACK_H: Final = 24.0
# Intervals are computed with by pandas too, whose calendar ends in 1677 and 2262.
_EARLIEST: Final = datetime(1700, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2250, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class EventTime:
    """An interval from `first` to `last`. `slack_h` is the standard deviation of the error at either end, in hours.

    `source`: `field` (a time in the partner's fields), `told` (read from the text), `day` (only the day is known),
    `assumed` (no time given: the hours before it was received).
    """

    first: datetime
    last: datetime
    slack_h: float
    source: str


def event_time(
    received_at: datetime,
    occurred_from: datetime | None,
    occurred_to: datetime | None,
    is_time_known: bool,
    text: str | None,
    zone: ZoneInfo,
    slack_h: float = _CLOCK_SLACK_H,
) -> EventTime:
    """When a report's event happened. All times are aware; no text and no time raises.

    Times outside the years 1700 to 2250 are clipped to them.
    """
    received_at = _clipped(received_at)
    occurred_from = _clipped(occurred_from) if occurred_from else None
    occurred_to = _clipped(occurred_to) if occurred_to else None
    local = occurred_from.astimezone(zone) if occurred_from else None
    if occurred_from is not None and local is not None and is_time_known and (local.hour, local.minute) != (0, 0):
        last = occurred_to if occurred_to is not None and occurred_to > occurred_from else occurred_from
        return EventTime(occurred_from, last, slack_h, "field")
    day = local.date() if local else None
    interval = time_in_text(folded(text), received_at.astimezone(zone), day, zone) if text else None
    if interval is not None:
        return EventTime(*interval, "told")
    if local is not None:
        first = after_midnight(local.date(), 0, zone)
        last = min(first + timedelta(hours=24), max(received_at, first + timedelta(hours=1)))
        return EventTime(first, last, 1.0, "day")
    return EventTime(received_at - timedelta(hours=_LOOKBACK_H), received_at, 3.0, "assumed")


def _clipped(moment: datetime) -> datetime:
    if _EARLIEST.year <= moment.year < _LATEST.year:
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _EARLIEST if moment.year < _EARLIEST.year else _LATEST
