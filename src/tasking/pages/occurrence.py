"""When an incident happened, as far as that is known: the same on pages, in lists and in files."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

NOT_KNOWN: Final = "Not known"


def occurrence(occurred_from: datetime | None, is_time_known: bool, zone: ZoneInfo) -> datetime | date | str:
    """What a file has: the moment, the day here where the hour is not known, or NOT_KNOWN.

    When a report was received is no answer: it can be days later.
    """
    if occurred_from is None:
        return NOT_KNOWN
    return occurred_from if is_time_known else occurred_from.astimezone(zone).date()


def occurrence_words(occurred_from: datetime | None, is_time_known: bool, zone: ZoneInfo) -> str:
    """`26 November 2026, 07:31`, `26 November 2026, time not known` or `Not known`."""
    if occurred_from is None:
        return NOT_KNOWN
    local = occurred_from.astimezone(zone)
    return f"{local.day} {local:%B %Y}, " + (f"{local:%H:%M}" if is_time_known else "time not known")
