"""Whole columns of dates and times, read in one declared format."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

_ISO = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_ISO_WITH_CLOCK = r"^\d{4}-\d{2}-\d{2}[T ]\d"
_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})$"
_SERIAL = r"^\d{4,6}(?:\.\d{1,20})?$"
_EXCEL_DAY_0 = pd.Timestamp("1899-12-30")
_EARLIEST, _LATEST = pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")
_FIRST_SERIAL = 2_400  # smaller numbers are years (2026) or times without a colon (1430), not dates in 1906


@dataclass(frozen=True)
class TimeRange:
    """The earliest and latest time that a value can be, as UTC. A number outside it is not read as an Excel date."""

    since: pd.Timestamp
    until: pd.Timestamp

    def contains(self, at: pd.Series) -> pd.Series:
        """True where a time lies within the range; false where it does not, or is null."""
        return at.between(self.since, self.until)


SUPPORTED = TimeRange(_EARLIEST.tz_localize("UTC"), _LATEST.tz_localize("UTC"))


@dataclass(frozen=True)
class ReadColumn:
    """What one format could read: `at` as UTC where a cell gives its offset, otherwise `wall` as local time.

    `has_time`: a time of day was given, and not the date alone.
    """

    at: pd.Series
    wall: pd.Series
    has_time: pd.Series


def read_in_format(text: pd.Series, form: str, zone: str, span: TimeRange | None) -> ReadColumn:
    """The cells of `text` that are written in the declared format `form`; null where they are not."""
    if form == "iso8601":
        return _read_iso(text)
    at = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us, UTC]")
    wall = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    if form == "excel":
        wall = _read_serials(text.where(text.str.match(_SERIAL).eq(True)), zone, span or SUPPORTED)
        return ReadColumn(at, wall, wall.notna() & (wall != wall.dt.normalize()))  # a whole number is a date alone
    if "%z" in form:
        at = _read_strptime(text, form, utc=True)
    else:
        wall = _read_strptime(text, form)
        if "%y" in form and span:
            wall = _in_likely_centuries(wall, span)
    return ReadColumn(at, wall, (at.notna() | wall.notna()) & format_has_time(form))


def _read_iso(text: pd.Series) -> ReadColumn:
    has_offset = text.str.match(_ISO).eq(True) & text.str.contains(_OFFSET).eq(True)
    at = _parse_iso(text.where(has_offset))
    is_local = ~has_offset & text.str.match(_ISO + "$").eq(True)
    wall = _parse_iso(text.where(is_local)).dt.tz_localize(None)
    return ReadColumn(at, wall, (at.notna() | wall.notna()) & text.str.match(_ISO_WITH_CLOCK).eq(True))


def _parse_iso(text: pd.Series) -> pd.Series:
    at: pd.Series = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True).dt.as_unit("us")
    return at


def _read_strptime(text: pd.Series, form: str, *, utc: bool = False) -> pd.Series:
    read: pd.Series = pd.to_datetime(text, format=form, errors="coerce", exact=True, utc=utc)
    in_microseconds: pd.Series = read.dt.as_unit("us")
    return in_microseconds


def _read_serials(text: pd.Series, zone: str, span: TimeRange) -> pd.Series:
    """Excel's day numbers as local times; null if a number is not a date within the range."""
    serial = pd.to_numeric(text, errors="coerce").astype("float64")
    serial = serial.where((serial >= _FIRST_SERIAL) & (serial < 80_000))
    wall = (_EXCEL_DAY_0 + pd.to_timedelta(serial, unit="D")).dt.round("s").dt.as_unit("us")
    since, until = (edge.tz_convert(zone).tz_localize(None) for edge in (span.since, span.until))
    return wall.where(wall.between(since, until))


def _in_likely_centuries(read: pd.Series, span: TimeRange) -> pd.Series:
    """Local times from two-digit years, each in the only century that fits the range; null if two fit."""
    days = pd.DatetimeIndex(read.dropna().unique())
    if days.empty:
        return read
    meant = [in_likely_century(day, span) for day in days.to_pydatetime()]
    known: pd.Series = read.map(pd.Series(meant, index=days, dtype="datetime64[us]"))
    return known


def in_likely_century(day: datetime, span: TimeRange) -> datetime | None:
    """A day whose year was given in two digits, in the century that fits the range.

    The day as it was read if none fits; None if two fit.
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


def format_has_time(form: str) -> bool:
    """Whether a strptime pattern holds a time of day."""
    return any(code in form for code in ("%H", "%I", "%X", "%T", "%c"))


def is_supported(at: pd.Series) -> pd.Series:
    """True where a time, as UTC or as local time, lies in the years 1900 to 2099."""
    if at.dt.tz is None:
        return (at >= _EARLIEST) & (at < _LATEST)
    return (at >= SUPPORTED.since) & (at < SUPPORTED.until)
