"""The time that a report's text gives, as an interval."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from tasking.linkage.time_pattern import (
    DAYS,
    KINDS,
    MONTHS,
    NUMBERS,
    PATTERN,
    SHORT_DAYS,
    clock_time,
    hour_of_day,
    part_of_day,
)  # fmt: skip

_NOW_SLACK_H: Final = 0.5
_CLOCK_SLACK_H: Final = 0.75
_PART_SLACK_H: Final = 1.0
_DAY_SLACK_H: Final = 3.0
_WEEKDAY_BACK: Final = 3  # a weekday more days ago is taken as the coming one, unless "last" or "since" precedes it
_LAG_H: Final = 1.5  # a call can be logged before the time it gives: the clock change, a slow watch
_MORE_NUMBERS: Final = {"an": 1, "a": 1, "ten": 10, "twenty": 20}
_BEFORE_DAWN: Final = ("overnight", "o/n", "small hours", "early hours")

Hours = tuple[float, float]  # from and to, in hours after the midnight that begins a day


class Interval(NamedTuple):
    """`slack_h` is the standard deviation of the error at either end, in hours."""

    first: datetime
    last: datetime
    slack_h: float


def time_in_text(text: str, received: datetime, day: date | None, zone: ZoneInfo) -> Interval | None:
    """The interval that a folded text gives, from the first day and the first time of day that it names; None where it
    gives none. `received` is local time.

    `day` is the date that the partner gave, if any: words about another day are then about something else, unless
    they are the night before it.
    """
    mentions = _Mentions(received, is_upper_case=text.isupper())
    for match in PATTERN.finditer(text):
        interval = mentions.add(_kind(match), match)
        if interval is not None:
            return interval
    return _resolved(mentions, day, zone)


@dataclass
class _Mentions:
    """The first day, part of the day and clock time that a text mentions.

    `hours` is the part of the day. `clock` is the hour of the day, and whether the text says which half of the day.
    """

    received: datetime
    is_upper_case: bool
    day: date | None = None
    hours: Hours | None = None
    clock: tuple[float, bool] | None = None

    def add(self, kind: str, match: re.Match[str]) -> Interval | None:
        """Adds a phrase. Returns an interval where the phrase gives one by itself ("two hours ago")."""
        match kind:
            case "now":
                return Interval(self.received - timedelta(hours=1), self.received, _NOW_SLACK_H)
            case "ago":
                return _ago(match, self.received)
            case "weekend":
                return _weekend(self.received) if self.day is None else None
            case "between":
                self._add_between(match)
            case "today":
                self._add_today(match["today"].casefold())
            case "yesterday":
                self._add_yesterday(match["yesterday"].casefold(), match["y_part"])
            case "weekday":
                self._add_weekday(match)
            case "dated":
                self.day = self.day or _dated(match, self.received)
            case "part":
                self._add_part(match["part"].casefold())
            case _:
                self.clock = self.clock or clock_time(match, kind)
        return None

    def _add_between(self, match: re.Match[str]) -> None:
        first, last = hour_of_day(match["b1"]), hour_of_day(match["b2"])
        if first is not None and last is not None and self.hours is None:
            self.hours = (first, last if last > first else last + 24)

    def _add_today(self, words: str) -> None:
        self.day = self.day or self.received.date()
        if self.hours is None and words != "today":
            self.hours = (17, 30) if words == "tonight" else part_of_day(words.removeprefix("this "))

    def _add_yesterday(self, words: str, part: str | None) -> None:
        yesterday = self.received.date() - timedelta(days=1)
        self.day = self.day or yesterday
        if self.hours is None and words != "yesterday":
            self.hours = part_of_day(part) if part else (18, 30) if "night" in words else None
        if "night" in words and self.received.hour < 5:
            self.day = yesterday

    def _add_weekday(self, match: re.Match[str]) -> None:
        word = match["weekday"]
        if self.day is not None or not _is_day_word(word, self.is_upper_case):
            return
        name = word.casefold()
        back = (self.received.weekday() - (DAYS.index(name) if name in DAYS else SHORT_DAYS[name])) % 7
        if back > _WEEKDAY_BACK and not match["firmly"]:
            return  # "the contractor comes on Friday"
        self.day = self.received.date() - timedelta(days=back)
        if self.hours is None and match["w_part"]:
            self.hours = part_of_day(match["w_part"])

    def _add_part(self, word: str) -> None:
        if self.hours is None and (self.day is not None or word in _BEFORE_DAWN):
            self.hours = part_of_day(word)


def _kind(match: re.Match[str]) -> str:
    return next(kind for kind in KINDS if match[kind] is not None)


def _is_day_word(word: str, is_upper_case: bool) -> bool:
    """`sat`, `sun` and `wed` in lower case are other words; `is_upper_case` where the whole text is in capitals."""
    if word.casefold() in DAYS or is_upper_case:
        return word.casefold() not in ("sat", "sun", "wed") or not is_upper_case
    return word[0].isupper() and word != "Sat"


def _weekend(received: datetime) -> Interval:
    saturday = received.date() - timedelta(days=(received.weekday() - 5) % 7)
    friday_evening = datetime.combine(saturday - timedelta(days=1), time(18), received.tzinfo)
    monday_morning = datetime.combine(saturday + timedelta(days=2), time(6), received.tzinfo)
    return Interval(friday_evening, min(received, monday_morning), _DAY_SLACK_H)


def _resolved(mentions: _Mentions, day: date | None, zone: ZoneInfo) -> Interval | None:
    """The interval that the mentions give together; `day` as for `time_in_text`."""
    received, hours = mentions.received, mentions.hours
    if mentions.day is None and hours is None and mentions.clock is None:
        return None
    on = mentions.day
    if on is None:
        on = day
    elif day is not None and not (timedelta(days=-1) <= on - day <= timedelta(0)):
        return None
    if on is None and hours is not None and hours[0] < 6 and hours[1] <= 6:
        on = received.date()
    if mentions.clock is not None:
        at = _time_of_clock(mentions.clock, hours, on, received, zone)
        if at is not None:
            return Interval(at, at, _CLOCK_SLACK_H)
    if on is None:
        if hours is None or hours[0] < 18:
            return None
        on = received.date() if received.hour >= 20 else received.date() - timedelta(days=1)  # overnight
    return _on_day(on, hours, received, zone)


def _on_day(day: date, hours: Hours | None, received: datetime, zone: ZoneInfo) -> Interval:
    """A part of a day, or the whole day: before the report, if need be a day or a week earlier."""
    first, last = (after_midnight(day, hour, zone) for hour in hours or (0, 24))
    if first > received + timedelta(hours=_LAG_H):
        first, last = first - timedelta(days=7 if (received.date() - day).days > 1 else 1), last - timedelta(days=1)
    return Interval(first, max(first, min(last, received)), _PART_SLACK_H if hours else _DAY_SLACK_H)


def _time_of_clock(
    clock: tuple[float, bool], hours: Hours | None, day: date | None, received: datetime, zone: ZoneInfo
) -> datetime | None:
    """The time that a clock time means: within the part of the day that is named, and the last before the report."""
    hour, is_certain = clock
    options = [hour] if is_certain or hour > 12 else [hour % 12, hour % 12 + 12]
    if hours is not None:  # ten past two of a Sunday night is Monday's
        options = [at for one in options for at in (one, one + 24) if hours[0] - 1 <= at <= hours[1] + 1]
    days = [day] if day is not None else [received.date(), received.date() - timedelta(days=1)]
    latest = received + timedelta(hours=_LAG_H)
    moments = (after_midnight(one, at, zone) for one in days for at in options)
    return max((moment for moment in moments if moment <= latest), default=None)


def _ago(match: re.Match[str], received: datetime) -> Interval:
    words = match["ago_n"].casefold()
    count = int(words) if words.isdigit() else _MORE_NUMBERS.get(words, NUMBERS.get(words, 1))
    unit = match["ago_unit"].casefold()
    if unit.startswith("min"):
        back = timedelta(minutes=count)
    elif unit.startswith("h"):
        back = timedelta(hours=count)
    else:
        first = datetime.combine(received.date() - timedelta(days=count), time(0), received.tzinfo)
        return Interval(first, first + timedelta(hours=30 if unit == "night" else 24), _DAY_SLACK_H)
    return Interval(received - back, received - back, max(_NOW_SLACK_H, back.total_seconds() / 3600 / 4))


def _dated(match: re.Match[str], received: datetime) -> date | None:
    month = int(match["d_month"]) if match["d_month"] else MONTHS[match["d_name"].casefold()[:3]]
    for year in (received.year, received.year - 1):
        try:
            found = date(year, month, int(match["d_day"]))
        except ValueError:
            return None
        if timedelta(0) <= received.date() - found <= timedelta(days=60):
            return found
    return None


def after_midnight(day: date, hours: float, zone: ZoneInfo) -> datetime:
    """The local time `hours` after the midnight that begins `day`."""
    whole, part = divmod(hours, 24)
    minutes = round(part * 60)
    return datetime.combine(day + timedelta(days=int(whole), minutes=0), time(0), zone) + timedelta(minutes=minutes)
