"""Finds the day in a file's name, in any usual format."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Up to three groups of digits, with at most one separator between them.
_RUN = re.compile(r"\d{1,8}(?:[ _.\-]?\d{1,4}){0,2}")
# The positions of year, month and day: year first, day first, and month first as in the United States.
_ORDERS = ((0, 1, 2), (2, 1, 0), (2, 0, 1))
_NO_DIGIT = re.compile(r"\D+", re.ASCII)
_SHORTEST = 4  # digits of a day: 22 Oct 26
_MOST_DIGITS = 40
_WHOLE = {8: ((4, 2, 2), (2, 2, 4)), 6: ((2, 2, 2),)}


NEAR_DAYS = 7  # files of days so close to the wanted day are named as near misses


def may_name_a_day_near(name: str, day: date) -> bool:
    """Whether a name has no digits, or may hold a day within NEAR_DAYS; a fast filter with false positives."""
    digits = _NO_DIGIT.sub("", name)
    if len(digits) < _SHORTEST:
        return not digits
    written = _digits_near(day)
    return any(
        digits[start : start + size] in written
        for size in range(_SHORTEST, 9)
        for start in range(min(len(digits), _MOST_DIGITS) - size + 1)
    )


@lru_cache(maxsize=64)
def _digits_near(day: date) -> frozenset[str]:
    found: set[str] = set()
    for one in (day + timedelta(days=away) for away in range(-NEAR_DAYS, NEAR_DAYS + 1)):
        for year in (f"{one:%Y}", f"{one:%y}"):
            for d, m in ((f"{one:%d}", f"{one:%m}"), (str(one.day), str(one.month)), (f"{one:%d}", "")):
                found |= {year + m + d, d + m + year, m + d + year}
    return frozenset(found)


def day_in(name: str, near: date) -> date | None:
    """The day in a name; of several readings, the nearest to `near`; None if there is none."""
    return min(_days(name.casefold()), key=lambda day: abs(day - near), default=None)


def without_months(name: str) -> str:
    """The name without names of months next to digits."""
    return re.sub(rf"(?<=\d)([ _.\-]?)(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}(?=[ _.\-]?\d)", r"\1", name.casefold())


def _days(name: str) -> Iterator[date]:
    text = re.sub(
        rf"(?<=\d)[ _.\-]?({'|'.join(_MONTHS)})[a-z]{{0,6}}[ _.\-]?(?=\d)",
        lambda found: f"-{_MONTHS.index(found[1]) + 1:02}-",
        name,
    )
    for start in (found.start() for found in re.finditer(r"\d+", text)):
        found = _RUN.match(text, start)
        if not found:
            continue
        groups = re.findall(r"\d+", found[0])
        if len(groups) == 3:
            yield from _of_groups(groups)
        for sizes in _WHOLE.get(len(groups[0]), ()):
            at = [sum(sizes[:number]) for number in range(4)]
            yield from _of_groups([groups[0][begin:end] for begin, end in pairwise(at)])


def _of_groups(groups: list[str]) -> Iterator[date]:
    for year, month, day in _ORDERS:
        written = groups[year]
        if len(written) not in (2, 4) or len(groups[month]) > 2 or len(groups[day]) > 2:
            continue
        try:
            yield date(int(written) + (2000 if len(written) == 2 else 0), int(groups[month]), int(groups[day]))
        except ValueError:
            continue
