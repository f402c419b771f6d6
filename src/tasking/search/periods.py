"""Days in a search: `last week`, `yesterday`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

_DAY: Final = timedelta(days=1)


class Period(NamedTuple):
    """Days from `since` to `until`, and the words that named them."""

    words: str
    since: date
    until: date


def _week(day: date, back: int) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday() + 7 * back)
    return monday, min(day, monday + 6 * _DAY)


def _month(day: date, back: int) -> tuple[date, date]:
    first = day.replace(day=1)
    return (first, day) if not back else ((first - _DAY).replace(day=1), first - _DAY)


_NAMED: Final[Mapping[tuple[str, ...], Callable[[date], tuple[date, date]]]] = {
    ("today",): lambda day: (day, day),
    ("yesterday",): lambda day: (day - _DAY, day - _DAY),
    ("this", "week"): lambda day: _week(day, 0),
    ("last", "week"): lambda day: _week(day, 1),
    ("this", "month"): lambda day: _month(day, 0),
    ("last", "month"): lambda day: _month(day, 1),
    ("this", "year"): lambda day: (date(day.year, 1, 1), day),
    ("last", "year"): lambda day: (date(day.year - 1, 1, 1), date(day.year - 1, 12, 31)),
}


def period_in(words: Sequence[str], today: date) -> tuple[Period | None, list[str]]:
    """The first period that the words name, and the other words. Words that name a period alone are words."""
    for at in range(len(words)):
        for named, days in _NAMED.items():
            end = at + len(named)
            found = tuple(one.removesuffix("s") if one != "this" else one for one in words[at:end])
            if found == named and len(words) > len(named):
                return Period(" ".join(named), *days(today)), [*words[:at], *words[end:]]
    return None, list(words)
