"""Values of a report's fields as features take them: text, moments, local hours, keys of postcodes and names."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from tasking.linkage.person_keys import Key
from tasking.linkage.wording import name_keys
from tasking.linkage.written_names import written_name

UNKNOWN_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_S: Final = 3600.0
_END_S: Final = 2.5e11  # in the year 9892


def keyed(pseudonym: Callable[[str, str], str]) -> Key:
    """Pseudonyms as numbers: (domain, value) -> a number above 0."""

    @lru_cache(maxsize=200_000)
    def key(domain: str, value: str) -> int:
        return int(pseudonym(f"link:{domain}", value).rpartition(":")[2][:12], 16) + 1

    return key


def plain_text(value: object) -> str:
    """A field as text; "" where it says nothing."""
    if isinstance(value, str):
        return value
    return "" if value is None or value != value else str(value)  # NaN differs from itself


def moment_of(value: object) -> datetime | None:
    return value if isinstance(value, datetime) and value == value else None  # and so does NaT


def keys_of_name(name: object, key: Key) -> tuple[int, ...]:
    """Keys of a person's name as they are made of names in texts."""
    written = written_name(plain_text(name))
    return tuple(sorted(name_keys(written.first, written.last, key))) if written and written.first else ()


def postcode_keys(postcode: object, key: Key) -> tuple[int, ...]:
    """Keys of a postcode, of its sector and of its district; empty where it is none."""
    packed = "".join(plain_text(postcode).split()).upper()
    return tuple(key("postcode", packed[: len(packed) - cut]) for cut in (0, 2, 3)) if len(packed) > 4 else ()


def occurred(report: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """The interval of the partner's fields; a day where they give no more than that."""
    first, last = moment_of(report["occurred_from"]), moment_of(report["occurred_to"])
    if first is None:
        return {}
    first_h = local_hours(first, zone)
    received_h = local_hours(moment_of(report["received_at"]) or UNKNOWN_MOMENT, zone)
    is_vague = (not report["is_occurred_time_known"] or first_h % 24 == 0) and last is None
    if last is not None:
        last_h = local_hours(last, zone)
    else:
        last_h = min(first_h + 24, max(received_h, first_h)) if is_vague else first_h
    return {"occurred": (first_h, max(first_h, last_h)), "is_vague": is_vague}


def local_hours(moment: datetime, zone: ZoneInfo) -> float:
    """Hours of local time since 1970; 0 for a moment at the end of the calendar."""
    seconds = moment.timestamp()
    return round((seconds + _offset_s(seconds // _HOUR_S, zone)) / _HOUR_S, 4) if abs(seconds) < _END_S else 0.0


@lru_cache(maxsize=100_000)
def _offset_s(hour: float, zone: ZoneInfo) -> float:
    """Local time less UTC in an hour since 1970, in seconds; 0 at the end of the calendar."""
    try:
        offset = datetime.fromtimestamp(hour * _HOUR_S, zone).utcoffset()
    except (OverflowError, ValueError):
        return 0.0
    return offset.total_seconds() if offset else 0.0
