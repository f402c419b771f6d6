"""Partners' dates and times -> UTC. Formats are declared; a time zone is read from the text where it has one."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasking.feeds.declaration import Moment

_ISO = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})$"
NOT_A_DATE = "not a date"
NO_SUCH_TIME = "no such time (the clocks went forward)"
_EXCEL_DAY_0 = pd.Timestamp("1899-12-30")
_EARLIEST, _LATEST = pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")


@dataclass(frozen=True)
class Moments:
    """`at`: UTC, null where not readable. `problem`: words for the partner, or null. `text`: as written."""

    at: pd.Series
    text: pd.Series
    problem: pd.Series
    is_ambiguous: pd.Series
    is_time_known: pd.Series


def read_moment(frame: pd.DataFrame, field: Moment | None, zone: str) -> Moments:
    """The times that `field` declares.

    A wall time that does not exist is a problem; of one that exists twice, the first is taken.
    """
    nothing = pd.Series(np.nan, index=frame.index, dtype="str")
    at = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
    if field is None:
        no = pd.Series(False, index=frame.index)
        return Moments(at, nothing, nothing, no, no)
    text = _text(frame, field)
    to_read = _readable(frame, field, text)
    wall = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    for form in field.formats:
        todo = to_read.notna() & at.isna() & wall.isna()
        if not todo.any():
            break
        if form == "iso8601":
            zoned = todo & to_read.str.match(_ISO).eq(True) & to_read.str.contains(_OFFSET).eq(True)
            at = at.mask(zoned, _iso(to_read.where(zoned)))
            local = todo & ~zoned & to_read.str.match(_ISO + "$").eq(True)
            wall = wall.mask(local, _iso(to_read.where(local)).dt.tz_localize(None))
        elif form == "excel":
            serial = pd.to_numeric(to_read.where(todo), errors="coerce")
            serial = serial.where((serial >= 1) & (serial < 80_000))
            wall = wall.mask(
                serial.notna(), (_EXCEL_DAY_0 + pd.to_timedelta(serial, unit="D")).dt.round("s").dt.as_unit("us")
            )
        else:
            read = pd.to_datetime(to_read.where(todo), format=form, errors="coerce", exact=True)
            wall = wall.mask(read.notna(), read.dt.as_unit("us"))
    wall = wall.where((wall > _EARLIEST) & (wall < _LATEST))
    first = np.ones(len(wall), dtype=bool)
    localised = wall.dt.tz_localize(zone, ambiguous=first, nonexistent="NaT")
    second = wall.dt.tz_localize(zone, ambiguous=~first, nonexistent="NaT")
    at = at.fillna(localised.dt.tz_convert("UTC"))
    problem = nothing.mask(to_read.notna() & at.isna(), NOT_A_DATE).mask(wall.notna() & localised.isna(), NO_SUCH_TIME)
    is_ambiguous = (localised != second) & localised.notna()
    return Moments(at, text, problem, is_ambiguous, _is_time_known(frame, field, wall, at))


def _is_time_known(frame: pd.DataFrame, field: Moment, wall: pd.Series, at: pd.Series) -> pd.Series:
    """False where the partner gave a date but no time, in the way that the feed declares."""
    if len(field.columns) == 2:
        time = frame[field.columns[1]]
        known: pd.Series = at.notna() & time.notna() & (time != field.unknown_time)
    else:
        known = at.notna() & (wall.dt.strftime("%H:%M") != field.unknown_time)
    return known


def _text(frame: pd.DataFrame, field: Moment) -> pd.Series:
    text = frame[field.columns[0]]
    if len(field.columns) == 2:
        joined = text.fillna("").str.cat(frame[field.columns[1]].fillna(""), sep=" ").str.strip()
        return joined.mask(joined == "")
    return text


def _readable(frame: pd.DataFrame, field: Moment, text: pd.Series) -> pd.Series:
    """The text to parse: a date without its time is read as midnight, a time without its date as nothing."""
    if len(field.columns) == 1:
        return text
    day, time = frame[field.columns[0]], frame[field.columns[1]]
    joined: pd.Series = day.str.cat(time.fillna("00:00"), sep=" ")
    return joined


def _iso(text: pd.Series) -> pd.Series:
    moments: pd.Series = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True).dt.as_unit("us")
    return moments
