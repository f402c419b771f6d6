"""Dates and times typed in another way than declared, cell by cell: `6.15pm`, `24:00`, `+01` for `+01:00`."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from tasking.config.feed_columns import TimeColumns
from tasking.intake.blank_cells import SEARCHED_LENGTH
from tasking.intake.time_formats import TimeRange, format_has_time, in_likely_century
from tasking.model.text import fold

_DAY_MINUTES = 24 * 60
_CLOCK = re.compile(
    r"(?:(?:at|about|approx(?:imately)?|around|circa|ca?)\.? |[@~] ?)?"
    r"(?P<hour>\d{1,2})(?P<mark>[:.h]?)(?P<minute>\d{2})?(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r" ?(?:(?P<half>[ap])\.?m\.?|h|hrs?\.?|hours)?"
)
_ISO_DAY = re.compile(r"(?P<year>\d{4})(?P<mark>-?)(?P<month>\d{2})(?P=mark)(?P<day>\d{2})(?=$|[Tt ])")
_ISO_WEEK = re.compile(r"(?P<year>\d{4})(?P<mark>-?)[Ww](?P<week>\d{2})(?P=mark)(?P<weekday>[1-7])(?=$|[Tt ])")
_ISO_OFFSET = re.compile(r" ?(?:(?P<utc>[zZ])|(?P<sign>[+-])(?P<hours>\d{2})(?::?(?P<minutes>\d{2}))?)$")
_ISO_CLOCK = re.compile(r"(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d{1,12})?)?")


@dataclass(frozen=True)
class _TypedTime:
    """A date, with seconds after midnight if a time of day was read. `offset`: minutes ahead of UTC, if given."""

    day: datetime
    seconds: int | None = None
    is_time_unreadable: bool = False
    offset: int | None = None


def read_typed_times(frame: pd.DataFrame, field: TimeColumns, span: TimeRange | None) -> pd.DataFrame:
    """Columns `at` (UTC), `wall` (local time), `has_time` and `is_time_unreadable`; each distinct cell is read once."""
    days = frame[field.columns[0]]
    clocks = frame[field.columns[1]] if len(field.columns) == 2 else pd.Series(np.nan, index=frame.index, dtype="str")
    cells = list(zip(days.fillna(""), clocks.fillna(""), strict=True))
    known = {pair: _read_cell(*pair, field, span) for pair in set(cells)}
    found = [known[pair] for pair in cells]
    walls = [_as_datetime(one) if one and one.offset is None else None for one in found]
    zoned = [_as_datetime(one) if one and one.offset is not None else None for one in found]
    return pd.DataFrame(
        {
            "at": pd.Series(zoned, index=frame.index, dtype="datetime64[us]").dt.tz_localize("UTC"),
            "wall": pd.Series(walls, index=frame.index, dtype="datetime64[us]"),
            "has_time": [bool(one and one.seconds is not None) for one in found],
            "is_time_unreadable": [bool(one and one.is_time_unreadable) for one in found],
        },
        index=frame.index,
    )


def _as_datetime(read: _TypedTime) -> datetime | None:
    try:
        return read.day + timedelta(seconds=read.seconds or 0, minutes=-(read.offset or 0))
    except OverflowError:  # after the year 9999
        return None


def _read_cell(day: str, clock: str, field: TimeColumns, span: TimeRange | None) -> _TypedTime | None:
    """A date and time of day. `clock` is the cell of a separate time column; without one, the time follows the date."""
    if max(len(day), len(clock)) > SEARCHED_LENGTH:
        return None
    written, beside = fold(day), fold(clock)
    for form in field.formats:
        if form == "iso8601":
            read = _read_iso(written)
        elif form == "excel":
            read = None
        else:
            read = _read_formatted(written, form, span)
        if read is not None:
            if len(field.columns) == 1:
                lacks_clock = read.seconds is None and format_has_time(form)
                return replace(read, is_time_unreadable=read.is_time_unreadable or lacks_clock)
            if read.seconds or read.is_time_unreadable:
                return None  # a date's cell may have no time of day but 00:00, which spreadsheets add
            seconds = _seconds_of_day(beside)
            return _TypedTime(read.day, seconds, is_time_unreadable=bool(beside) and seconds is None)
    return None


def _read_iso(text: str) -> _TypedTime | None:
    match = _ISO_DAY.match(text) or _ISO_WEEK.match(text)
    if match is None:
        return None
    part = match.groupdict()
    try:
        if part.get("week"):
            day = datetime.fromisocalendar(int(part["year"]), int(part["week"]), int(part["weekday"]))
        else:
            day = datetime(int(part["year"]), int(part["month"]), int(part["day"]))  # noqa: DTZ001 - a wall date
    except ValueError:
        return None
    rest = text[match.end() + 1 :].strip()
    if not rest:
        return _TypedTime(day)
    offset_match = _ISO_OFFSET.search(rest)
    offset = _offset(offset_match) if offset_match else None
    if offset_match and offset is None:
        return None  # no time zone has this offset
    clock = rest[: offset_match.start()] if offset_match else rest
    exact = _ISO_CLOCK.fullmatch(clock)
    seconds = _in_seconds(exact["hour"], exact["minute"], exact["second"]) if exact else _seconds_of_day(clock)
    # An offset means nothing without a time of day.
    return _TypedTime(day, seconds, seconds is None, offset if seconds is not None else None)


def _offset(offset_match: re.Match[str]) -> int | None:
    if offset_match["utc"]:
        return 0
    hours, minutes = int(offset_match["hours"]), int(offset_match["minutes"] or 0)
    if hours > 14 or minutes > 59:
        return None
    return (hours * 60 + minutes) * (-1 if offset_match["sign"] == "-" else 1)


def _read_formatted(text: str, form: str, span: TimeRange | None) -> _TypedTime | None:
    """A date in a declared format, and the time of day that follows it in any form that people write."""
    of_day = re.split(r"[\sT,]{0,9}%[HIMpSXfTR]", form, maxsplit=1)[0].strip()
    if not re.search(r"%[djcxDF]", of_day):
        return None
    words = re.sub(r"(?<=\d)[Tt](?=\d)", " ", text, count=1).split(" ")
    taken = len(of_day.split())
    try:
        day = datetime.strptime(" ".join(words[:taken]), of_day)  # noqa: DTZ007 - a wall date
    except ValueError:
        return None
    if "%y" in of_day and span:
        meant = in_likely_century(day, span)
        if meant is None:
            return None
        day = meant
    rest = " ".join(words[taken:])
    if not rest:
        return _TypedTime(day)
    seconds = _seconds_of_day(rest)
    if not format_has_time(form):
        # The format has a date only: 00:00, which spreadsheets add, may follow it, and is not a time of day.
        return _TypedTime(day) if seconds == 0 else None
    return _TypedTime(day, seconds, seconds is None)


def _seconds_of_day(text: str) -> int | None:
    """A time of day as people write it (`6.15pm`, `6:15`, `0615`, `24:00`), in seconds after midnight; else None."""
    match = _CLOCK.fullmatch(fold(text, 40).casefold())
    if match is None or (match["minute"] is None and match["half"] is None):
        return None  # a bare number is not a time of day
    if match["mark"] == "." and match["hour"] == "0":
        return None  # ambiguous: 0.25 is 06:00 in Excel, or 00:25
    hour = int(match["hour"])
    if match["half"] and hour <= 12:
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    return _in_seconds(str(hour), match["minute"] or "00", match["second"])


def _in_seconds(hour: str, minute: str, second: str | None) -> int | None:
    seconds = int(second or 0)
    if int(minute) > 59 or seconds > 60:
        return None
    total = int(hour) * 3600 + int(minute) * 60 + seconds
    return total if total <= _DAY_MINUTES * 60 else None


def minutes_of_day(text: str | None) -> int | None:
    seconds = _seconds_of_day(text) if text else None
    return None if seconds is None else seconds // 60
