"""How a date or time is written, as the formats of a declaration; in which order day and month are, is left open."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

DAY_FIRST: Final = "day_first"
MONTH_FIRST: Final = "month_first"
ISO: Final = "iso8601"
EXCEL: Final = "excel"

_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_LONG: Final = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_YEAR: Final = r"(?P<year>\d{4}|\d{2})"
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?Z|[+-]\d{2}:?\d{2})?)?")
_SERIAL: Final = re.compile(r"[34567]\d{4}(?:\.\d{1,20})?")
_NUMERIC: Final = re.compile(r"(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})")
_NAMED: Final = (
    (re.compile(rf"\d{{1,2}}(?P<mark>[ -]?){_MONTH}(?P=mark){_YEAR}", re.I), "%d{mark}%b{mark}{year}"),
    (re.compile(rf"\d{{1,2}}(?P<mark>[ -]){_LONG}(?P=mark){_YEAR}", re.I), "%d{mark}%B{mark}{year}"),
    (re.compile(rf"{_MONTH}(?P<mark> )\d{{1,2}}, (?P<year>\d{{4}})", re.I), "%b %d, {year}"),
    (re.compile(rf"{_LONG}(?P<mark> )\d{{1,2}}, (?P<year>\d{{4}})", re.I), "%B %d, {year}"),
    (re.compile(r"\d{4}(?P<mark>[/.])\d{1,2}(?P=mark)\d{1,2}(?P<year>)"), "%Y{mark}%m{mark}%d"),
    (re.compile(r"(?P<year>(?P<mark>)(?:19|20)\d{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"), "%Y%m%d"),
)  # fmt: skip
_CLOCKS: Final = (
    (re.compile(r"\d{1,2}:\d{2}"), "%H:%M"),
    (re.compile(r"\d{1,2}:\d{2}:\d{2}"), "%H:%M:%S"),
    (re.compile(r"\d{1,2}:\d{2}:\d{2}\.\d{1,6}"), "%H:%M:%S.%f"),
    (re.compile(r"\d{1,2}:\d{2} [ap]m", re.I), "%I:%M %p"),
    (re.compile(r"\d{1,2}:\d{2}[ap]m", re.I), "%I:%M%p"),
    (re.compile(r"\d{1,2}:\d{2}:\d{2} [ap]m", re.I), "%I:%M:%S %p"),
    (re.compile(r"\d{1,2}\.\d{2}"), "%H.%M"),
    (re.compile(r"[012]\d[0-5]\d"), "%H%M"),
)
_BETWEEN: Final = ("T", ", ", " at ", " - ", " ")
_LONGEST: Final = 40
_WEEKDAY_AT_START: Final = re.compile(r"(?:(?P<short>mon|tue|wed|thu|fri|sat|sun)|(?P<long>\w+day))(?P<mark>,? )", re.I)


@dataclass(frozen=True)
class Written:
    """`template`: a format of a declaration; in one of a numeric date `@1` and `@2` stand for day and month, in an
    order that `first` and `second`, the two numbers of this cell, may tell. `clock`: the format of the time of day."""

    template: str
    clock: str = ""
    first: int = 0
    second: int = 0

    @property
    def has_order(self) -> bool:
        """Whether the order of day and month matters to this format."""
        return "@1" in self.template

    def format(self, order: str) -> str:
        """The format, with day and month in an order."""
        day, month = ("@1", "@2") if order == DAY_FIRST else ("@2", "@1")
        return self.template.replace(day, "%d").replace(month, "%m")


@lru_cache(maxsize=20_000)
def read_written(cell: str) -> Written | None:
    """How a date is written, with or without a time of day; None for anything else."""
    text = " ".join(cell.split())
    if len(text) > _LONGEST:
        return None
    if _ISO.fullmatch(text):
        return Written(ISO, "%H:%M" if len(text) > len("2026-10-21") else "")
    if _SERIAL.fullmatch(text):
        return Written(EXCEL, "%H:%M" if "." in text else "")
    prefix = ""
    if weekday := _WEEKDAY_AT_START.match(text):
        prefix = ("%a" if weekday["short"] else "%A") + weekday["mark"]
        text = text[weekday.end() :]
    date = _date_at_start(text)
    if date is None:
        return None
    end, written = date
    rest = text[end:]
    if not rest:
        return Written(prefix + written.template, "", written.first, written.second)
    mark = next((one for one in _BETWEEN if rest.startswith(one)), None)
    clock = next((form for pattern, form in _CLOCKS if mark and pattern.fullmatch(rest[len(mark) :])), None)
    if mark is None or clock is None:
        return None
    return Written(prefix + written.template + mark + clock, clock, written.first, written.second)


def clock_format(cell: str) -> str | None:
    """The format of a time of day that stands alone; None for anything else."""
    return next((form for pattern, form in _CLOCKS if pattern.fullmatch(cell.strip())), None)


def _date_at_start(text: str) -> tuple[int, Written] | None:
    if match := _NUMERIC.match(text):
        first, second = int(match["first"]), int(match["second"])
        if not (1 <= first <= 31 and 1 <= second <= 31):
            return None
        year = "%Y" if len(match["year"]) == 4 else "%y"
        return match.end(), Written(f"@1{match['mark']}@2{match['mark']}{year}", "", first, second)
    found = [(match, form) for pattern, form in _NAMED if (match := pattern.match(text))]
    if not found:
        return None
    match, form = max(found, key=lambda one: one[0].end())
    year = "%y" if len(match["year"]) == 2 else "%Y"
    return match.end(), Written(form.format(mark=match["mark"], year=year))
