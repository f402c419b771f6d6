"""Every time that a text may mean: windows of days and parts of days, and clock times.

`event_time` settles on one interval; here all that a text says is kept, because a weekday may be the wrong one and a
second time may be the one that another report gives. Hours are local, since 1970, as if no clock ever changed.
"""

import re
from typing import Final

from tasking.linkage.time_pattern import NUMBERS

_MOST_WINDOWS: Final = 6
_MOST_CLOCKS: Final = 8
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONDAY: Final = 4  # 1 January 1970 was a Thursday: three days after a Monday
# Parts of the day: from and to, in hours after the midnight that begins it.
_PARTS: Final = (
    ("early hours", 0.0, 6.0), ("small hours", 0.0, 6.0), ("overnight", 20.0, 31.0), ("o/n", 20.0, 31.0),
    ("last night", 17.0, 31.0), ("during the night", 20.0, 31.0), ("in the night", 20.0, 31.0), ("morning", 5.0, 12.5),
    ("breakfast", 6.0, 9.0), ("lunch", 11.5, 14.5), ("dinner time", 11.5, 14.0), ("afternoon", 12.0, 18.0),
    ("teatime", 15.5, 19.0), ("tea time", 15.5, 19.0), ("school run", 8.0, 16.0), ("evening", 17.0, 24.0),
    ("tonight", 17.0, 24.0), ("night", 18.0, 30.0),
)  # fmt: skip
_LAST_NIGHT = re.compile(r"last night|over ?night|o/n\b")
_TODAY = re.compile(
    r"this morning|today|tonight|just now|this afternoon|this evening|right now|ongoing|currently"
    r"|this a\.?m\b|this p\.?m\b"
)
_WEEKDAY = re.compile(r"\b(next )?(mon|tue|wed|thu|fri|sat|sun)(?:s|sday|day|nesday|rsday|urday|r|rs|nes|ur)?\b")
_WORD = r"(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|[1-9])"
_DIGITAL = re.compile(r"\b([01]?\d|2[0-3])[:.]([0-5]\d)(?: ?([ap])\.?m)?")
_MILITARY = re.compile(r"\b([01]\d|2[0-3])([0-5]\d) ?(?:hrs?|h)?\b(?! ?\d)")
_HALF_DAY = re.compile(r"\b(1[0-2]|[1-9]) ?([ap])\.?m\b")
_HALF_PAST = re.compile(rf"\bhalf (?:past )?{_WORD}\b")
_PAST = re.compile(rf"\b(quarter|ten|twenty|five|\d\d?) (past|to) {_WORD}\b")
_BARE = re.compile(
    rf"\b{_WORD} ?o'?clock|\b(?:about|around|at|by|since|gone|just after|just before) {_WORD}"
    r"\b(?! (?:people|men|of|lads|kids|boys|bags|cars|years|days|weeks|minutes|hours|mins))"
)
_PAST_MINUTES: Final = {"quarter": 15, "ten": 10, "twenty": 20, "five": 5}

Window = tuple[float, float]


def clock_times(text: str) -> tuple[float, ...]:
    """Clock times named in a text in lower case, in hours of the day. One that does not say which half of the day it
    means gives both."""
    found: list[float] = []

    def add(hour: int, minutes: int, half: str | None) -> None:
        at = minutes / 60
        if half is None and 0 < hour <= 12:
            found.extend([hour % 12 + at, hour % 12 + 12 + at])
        elif hour < 24:
            found.append((hour % 12 + (12 if half == "p" else 0) if half else hour) + at)

    for match in _DIGITAL.finditer(text):
        is_padded = len(match[1]) == 2 and match[0][2] == ":"
        add(int(match[1]), int(match[2]), match[3] or ("" if is_padded else None))
    for match in _MILITARY.finditer(text):
        found.append(int(match[1]) + int(match[2]) / 60)
    for match in _HALF_DAY.finditer(text):
        add(int(match[1]), 0, match[2])
    for match in _HALF_PAST.finditer(text):
        add(_number(match[1]), 30, None)
    for match in _PAST.finditer(text):
        minutes = _PAST_MINUTES.get(match[1]) or int(match[1])
        hour = _number(match[3])
        at = hour + minutes / 60 if match[2] == "past" else hour - minutes / 60
        found.extend([at % 12, at % 12 + 12])
    for match in _BARE.finditer(text):
        add(_number(match[1] or match[2]), 0, None)
    if "midnight" in text:
        found.append(0.0)
    if "midday" in text or re.search(r"\bnoon\b", text):
        found.append(12.0)
    return tuple(sorted({round(at % 24, 2) for at in found})[:_MOST_CLOCKS])


def _number(word: str) -> int:
    return NUMBERS.get(word) or int(word)


def told_windows(text: str, received_h: float) -> tuple[Window, ...]:
    """Windows in which a text in lower case says that it happened, reckoned from when it was received."""
    midnight = received_h // 24 * 24
    days: list[tuple[float, Window | None]] = []
    if _LAST_NIGHT.search(text):
        days.append((-24.0, (17.0, 31.0)))
    if "yesterday" in text:
        days.append((-24.0, None))
    if _TODAY.search(text):
        days.append((0.0, None))
    weekday = (int(midnight // 24) - _MONDAY) % 7
    for match in _WEEKDAY.finditer(text):
        if not match[1]:
            days.append((-24.0 * ((weekday - _DAYS.index(match[2])) % 7), None))
    if not days:
        return ()
    part = next(((first, last) for words, first, last in _PARTS if words in text), (0.0, 24.0))
    clocks = clock_times(text)
    windows: list[Window] = []
    for day_h, own_part in days[:3]:
        low, high = own_part or part
        at = [hour + more for hour in clocks for more in (0, 24) if low - 0.5 <= hour + more <= high + 0.5]
        for first, last in [(hour - 0.3, hour + 0.3) for hour in at[:2]] or [(low, high)]:
            if midnight + day_h + first <= received_h + 1:
                end = min(midnight + day_h + last, received_h + 0.5)
                windows.append((round(midnight + day_h + first, 3), round(max(end, midnight + day_h + first), 3)))
    return tuple(windows[:_MOST_WINDOWS])
