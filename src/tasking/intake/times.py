"""Partners' dates and times -> UTC. Formats are declared; a time zone is read from the text where it has one.

Whole columns are read with the declared formats. Only cells that none of them reads are read one by one, for times that
somebody typed in another way: `6.15pm`, `24:00`, `+01` for `+01:00`.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from tasking.config.feed import TimeColumns
from tasking.intake.remarks import SEARCHED_LENGTH
from tasking.model.text import fold

NOT_A_DATE = "not a date"
NOT_A_TIME = "not a time of day"
NO_SUCH_TIME = "no such time (the clocks went forward)"
NO_SUCH_YEAR = "not a date (no such year)"
_ISO = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_ISO_WITH_CLOCK = r"^\d{4}-\d{2}-\d{2}[T ]\d"
_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})$"
_SERIAL = r"^\d{4,6}(?:\.\d{1,20})?$"
_EXCEL_DAY_0 = pd.Timestamp("1899-12-30")
_EARLIEST, _LATEST = pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")
_FIRST_SERIAL = 2_400  # what is smaller is a year (2026) or a clock without its colon (1430), never July 1906
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class TimeRange:
    """The earliest and latest time that a value can be, as UTC. A number outside it is not read as an Excel date."""

    since: pd.Timestamp
    until: pd.Timestamp

    def contains(self, at: pd.Series) -> pd.Series:
        """True where a time lies within the span; false where it does not, or is null."""
        return at.between(self.since, self.until)


_OUR_TIME = TimeRange(_EARLIEST.tz_localize("UTC"), _LATEST.tz_localize("UTC"))


@dataclass(frozen=True)
class Times:
    """`at`: UTC, null where not readable. `problem`: words for the partner, or null. `text`: as written.

    `is_time_known`: a time of day was given and read, and it is not the one that means "not known" in this feed.
    `is_clock_unread`: a time of day was given and could not be read; `at` is midnight of the date.
    `is_ambiguous`: a local time that happened twice, because the clocks went back.
    """

    at: pd.Series
    text: pd.Series
    problem: pd.Series
    is_ambiguous: pd.Series
    is_time_known: pd.Series
    is_clock_unread: pd.Series


def read_times(frame: pd.DataFrame, field: TimeColumns | None, zone: str, span: TimeRange | None = None) -> Times:
    """The times that `field` declares, whatever the cells hold.

    A local time that does not exist is a problem; of one that happened twice, the earlier is taken. `span` decides the
    century of a two-digit year, and which numbers are dates; any other time outside it is returned as it was read.
    """
    nothing = pd.Series(np.nan, index=frame.index, dtype="str")
    at = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
    no = pd.Series(False, index=frame.index)
    if field is None:
        return Times(at, nothing, nothing, no, no, no)
    text = _text(frame, field)
    to_read = _readable(frame, field)
    wall = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    has_clock = no.copy()
    for form in field.formats:
        todo = to_read.notna() & at.isna() & wall.isna()
        if not todo.any():
            break
        if form == "iso8601":
            zoned = todo & to_read.str.match(_ISO).eq(True) & to_read.str.contains(_OFFSET).eq(True)
            read_at = _iso(to_read.where(zoned))
            at = at.fillna(read_at)
            local = todo & ~zoned & to_read.str.match(_ISO + "$").eq(True)
            read = _iso(to_read.where(local)).dt.tz_localize(None)
            wall = wall.fillna(read)
            has_clock |= (read_at.notna() | read.notna()) & to_read.str.match(_ISO_WITH_CLOCK).eq(True)
        elif form == "excel":
            read = _serials(to_read.where(todo & to_read.str.match(_SERIAL).eq(True)), zone, span or _OUR_TIME)
            wall = wall.fillna(read)
            has_clock |= read.notna() & (read != read.dt.normalize())  # a whole number of days is a date alone
        elif "%z" in form:
            read_at = _by_format(to_read.where(todo), form, utc=True)
            at = at.fillna(read_at)
            has_clock |= read_at.notna() & _has_clock(form)
        else:
            read = _by_format(to_read.where(todo), form)
            if "%y" in form and span:
                read = _in_its_century(read, span)
            wall = wall.fillna(read)
            has_clock |= read.notna() & _has_clock(form)
    is_clock_unread = no.copy()
    is_other_year = _is_other_year(at, wall)
    left = text.notna() & at.isna() & wall.isna()
    if left.any():
        looked = _one_by_one(frame[left], field, span).reindex(frame.index)
        at, wall = at.fillna(looked["at"]), wall.fillna(looked["wall"])
        has_clock |= looked["has_clock"].eq(True)
        is_clock_unread |= looked["is_clock_unread"].eq(True)
        is_other_year |= _is_other_year(at, wall)
    at = at.where((at >= _OUR_TIME.since) & (at < _OUR_TIME.until))
    wall = wall.where((wall >= _EARLIEST) & (wall < _LATEST))
    first = np.ones(len(wall), dtype=bool)
    localised = wall.dt.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    second = wall.dt.tz_localize(zone, ambiguous=~first, nonexistent="NaT")
    at = at.fillna(localised.dt.tz_convert("UTC"))
    problem = (
        nothing.mask(text.notna() & at.isna(), NOT_A_DATE)
        .mask(is_other_year & at.isna(), NO_SUCH_YEAR)
        .mask(wall.notna() & localised.isna(), NO_SUCH_TIME)
    )
    is_ambiguous = (localised != second) & localised.notna()
    is_time_known = at.notna() & has_clock & ~is_clock_unread & ~_says_unknown(frame, field, at, zone)
    return Times(at, text, problem, is_ambiguous, is_time_known, is_clock_unread & at.notna())


def _is_other_year(at: pd.Series, wall: pd.Series) -> pd.Series:
    is_zoned = at.notna() & ~((at >= _OUR_TIME.since) & (at < _OUR_TIME.until))
    return is_zoned | (wall.notna() & ~((wall >= _EARLIEST) & (wall < _LATEST)))


def _says_unknown(frame: pd.DataFrame, field: TimeColumns, at: pd.Series, zone: str) -> pd.Series:
    """True where the time of day is the one that means "not known" in this feed, or its column is blank."""
    if len(field.columns) == 2:
        clock = frame[field.columns[1]]
        minutes = _minutes(field.unknown_time)
        # 24:00 is somebody's midnight; only the declared writing means that nobody knows.
        unknown = {one for one in clock.dropna().unique() if minutes is not None and _minutes(one) == minutes}
        says: pd.Series = clock.isna() | clock.isin(list(unknown)) | (clock == field.unknown_time)
        return says
    minutes = _minutes(field.unknown_time)
    if minutes is None:
        return pd.Series(False, index=frame.index)
    local = at.dt.tz_convert(zone)
    is_then: pd.Series = (local.dt.hour * 60 + local.dt.minute).eq(minutes)
    return is_then


def _text(frame: pd.DataFrame, field: TimeColumns) -> pd.Series:
    text = frame[field.columns[0]]
    if len(field.columns) == 2:
        joined = text.fillna("").str.cat(frame[field.columns[1]].fillna(""), sep=" ").str.strip()
        return joined.mask(joined == "")
    return text


def _readable(frame: pd.DataFrame, field: TimeColumns) -> pd.Series:
    """The text to parse: a date without its time is read as midnight, a time without its date as nothing."""
    day = _short(frame[field.columns[0]])
    if len(field.columns) == 1:
        return day
    joined: pd.Series = day.str.cat(_short(frame[field.columns[1]]).fillna("00:00"), sep=" ")
    return joined


def _short(text: pd.Series) -> pd.Series:
    """The cells as written; those too long to be a date or time are null."""
    return text.mask(text.str.len().gt(SEARCHED_LENGTH).eq(True))


def _iso(text: pd.Series) -> pd.Series:
    moments: pd.Series = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True).dt.as_unit("us")
    return moments


def _by_format(text: pd.Series, form: str, *, utc: bool = False) -> pd.Series:
    read: pd.Series = pd.to_datetime(text, format=form, errors="coerce", exact=True, utc=utc)
    in_microseconds: pd.Series = read.dt.as_unit("us")
    return in_microseconds


def _serials(text: pd.Series, zone: str, span: TimeRange) -> pd.Series:
    """Excel's day numbers as local times; null where a number is no date within the span."""
    serial = pd.to_numeric(text, errors="coerce").astype("float64")
    serial = serial.where((serial >= _FIRST_SERIAL) & (serial < 80_000))
    wall = (_EXCEL_DAY_0 + pd.to_timedelta(serial, unit="D")).dt.round("s").dt.as_unit("us")
    since, until = (edge.tz_convert(zone).tz_localize(None) for edge in (span.since, span.until))
    return wall.where(wall.between(since, until))


def _in_its_century(read: pd.Series, span: TimeRange) -> pd.Series:
    """Wall times read from two-digit years, each in the only century that fits the span; null where two fit."""
    days = pd.DatetimeIndex(read.dropna().unique())
    if days.empty:
        return read
    meant = [_meant(day, span) for day in days.to_pydatetime()]
    known: pd.Series = read.map(pd.Series(meant, index=days, dtype="datetime64[us]"))
    return known


def _meant(day: datetime, span: TimeRange) -> datetime | None:
    """A day whose year was given in two digits, in the century that fits the span.

    Where none fits, the day as it was read; where two fit, None.
    """
    since = (span.since - pd.Timedelta(days=1)).tz_localize(None).to_pydatetime()
    until = span.until.tz_localize(None).to_pydatetime()
    fits = []
    for years in (0, -100, 100):
        try:
            moved = day.replace(year=day.year + years)
        except ValueError:  # 29 February 1900
            continue
        if since <= moved <= until:
            fits.append(moved)
    if len(fits) > 1:
        return None
    return fits[0] if fits else day


def _has_clock(form: str) -> bool:
    return any(code in form for code in ("%H", "%I", "%X", "%T", "%c"))


# One by one: what no declared format reads as it stands.

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
class _Read:
    """A date, with seconds after midnight if a time of day was read. `offset`: minutes ahead of UTC, if given."""

    day: datetime
    seconds: int | None = None
    is_clock_unread: bool = False
    offset: int | None = None


def _one_by_one(frame: pd.DataFrame, field: TimeColumns, span: TimeRange | None) -> pd.DataFrame:
    """Columns `at` (UTC), `wall` (local time), `has_clock` and `is_clock_unread`; each distinct cell is read once."""
    days = frame[field.columns[0]]
    clocks = frame[field.columns[1]] if len(field.columns) == 2 else pd.Series(np.nan, index=frame.index, dtype="str")
    cells = list(zip(days.fillna(""), clocks.fillna(""), strict=True))
    known = {pair: _read_one(*pair, field, span) for pair in set(cells)}
    found = [known[pair] for pair in cells]
    walls = [_moment(one) if one and one.offset is None else None for one in found]
    zoned = [_moment(one) if one and one.offset is not None else None for one in found]
    return pd.DataFrame(
        {
            "at": pd.Series(zoned, index=frame.index, dtype="datetime64[us]").dt.tz_localize("UTC"),
            "wall": pd.Series(walls, index=frame.index, dtype="datetime64[us]"),
            "has_clock": [bool(one and one.seconds is not None) for one in found],
            "is_clock_unread": [bool(one and one.is_clock_unread) for one in found],
        },
        index=frame.index,
    )


def _moment(read: _Read) -> datetime | None:
    try:
        return read.day + timedelta(seconds=read.seconds or 0, minutes=-(read.offset or 0))
    except OverflowError:  # the last hours of the year 9999
        return None


def _read_one(day: str, clock: str, field: TimeColumns, span: TimeRange | None) -> _Read | None:
    """A date and time of day. `clock` is the cell of a separate time column; without one, the time follows the date."""
    if max(len(day), len(clock)) > SEARCHED_LENGTH:
        return None
    written, beside = fold(day), fold(clock)
    for form in field.formats:
        if form == "iso8601":
            read = _iso_one(written)
        elif form == "excel":
            read = None
        else:
            read = _formatted_one(written, form, span)
        if read is not None:
            if len(field.columns) == 1:
                lacks_clock = read.seconds is None and _has_clock(form)
                return replace(read, is_clock_unread=read.is_clock_unread or lacks_clock)
            if read.seconds or read.is_clock_unread:
                return None  # the date's cell may have no more than the midnight that a spreadsheet gives to a date
            seconds = _seconds(beside)
            return _Read(read.day, seconds, is_clock_unread=bool(beside) and seconds is None)
    return None


def _iso_one(text: str) -> _Read | None:
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
        return _Read(day)
    told = _ISO_OFFSET.search(rest)
    offset = _offset(told) if told else None
    if told and offset is None:
        return None  # hours that no place on earth is ahead: nobody knows what was meant
    clock = rest[: told.start()] if told else rest
    exact = _ISO_CLOCK.fullmatch(clock)
    seconds = _of_day(exact["hour"], exact["minute"], exact["second"]) if exact else _seconds(clock)
    # Without its clock, an offset says nothing of a day.
    return _Read(day, seconds, seconds is None, offset if seconds is not None else None)


def _offset(told: re.Match[str]) -> int | None:
    if told["utc"]:
        return 0
    hours, minutes = int(told["hours"]), int(told["minutes"] or 0)
    if hours > 14 or minutes > 59:
        return None
    return (hours * 60 + minutes) * (-1 if told["sign"] == "-" else 1)


def _formatted_one(text: str, form: str, span: TimeRange | None) -> _Read | None:
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
        meant = _meant(day, span)
        if meant is None:
            return None
        day = meant
    rest = " ".join(words[taken:])
    if not rest:
        return _Read(day)
    seconds = _seconds(rest)
    if not _has_clock(form):
        # A date was declared: only the midnight that a spreadsheet adds may follow it, and that is no time of day.
        return _Read(day) if seconds == 0 else None
    return _Read(day, seconds, seconds is None)


def _seconds(text: str) -> int | None:
    """A time of day as people write it (`6.15pm`, `6:15`, `0615`, `24:00`), in seconds after midnight; else None."""
    match = _CLOCK.fullmatch(fold(text, 40).casefold())
    if match is None or (match["minute"] is None and match["half"] is None):
        return None  # a bare number is no clock
    if match["mark"] == "." and match["hour"] == "0":
        return None  # 0.25 is Excel's six in the morning, or a quarter past midnight
    hour = int(match["hour"])
    if match["half"] and hour <= 12:
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    return _of_day(str(hour), match["minute"] or "00", match["second"])


def _of_day(hour: str, minute: str, second: str | None) -> int | None:
    seconds = int(second or 0)
    if int(minute) > 59 or seconds > 60:
        return None
    total = int(hour) * 3600 + int(minute) * 60 + seconds
    return total if total <= _DAY_MINUTES * 60 else None


def _minutes(text: str | None) -> int | None:
    seconds = _seconds(text) if text else None
    return None if seconds is None else seconds // 60
