"""Partners' dates and times as UTC. The feed declares the formats; an offset in the text is followed.

Whole columns are parsed in the declared formats (time_formats). Cells that none of them fits are parsed one by one
(typed_times).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasking.config.feed_columns import TimeColumns
from tasking.intake.blank_cells import SEARCHED_LENGTH
from tasking.intake.time_formats import TimeRange, is_supported, read_in_format
from tasking.intake.typed_times import minutes_of_day, read_typed_times

NOT_A_DATE = "not a date"
NOT_A_TIME = "not a time of day"
NO_SUCH_TIME = "no such time (the clocks went forward)"
NO_SUCH_YEAR = "not a date (no such year)"


@dataclass(frozen=True)
class Times:
    """`at`: UTC, null where not readable. `problem`: words for the partner, or null. `text`: as written.

    `is_time_known`: a time of day was given and read, and it is not the one that means "not known" in this feed.
    `is_time_unreadable`: a time of day was given and could not be read; `at` is midnight of the date.
    `is_ambiguous`: a local time that happened twice, because the clocks went back.
    """

    at: pd.Series
    text: pd.Series
    problem: pd.Series
    is_ambiguous: pd.Series
    is_time_known: pd.Series
    is_time_unreadable: pd.Series


def read_times(frame: pd.DataFrame, field: TimeColumns | None, zone: str, span: TimeRange | None = None) -> Times:
    """The times that `field` declares, whatever the cells hold.

    A local time that does not exist is a problem; of one that happened twice, the earlier is used. `span` decides the
    century of a two-digit year and which numbers are dates; other times outside it are returned as they were read.
    """
    nothing = pd.Series(np.nan, index=frame.index, dtype="str")
    at = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
    no = pd.Series(False, index=frame.index)
    if field is None:
        return Times(at, nothing, nothing, no, no, no)
    text = _as_written(frame, field)
    to_parse = _to_parse(frame, field)
    wall = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    has_time = no.copy()
    for form in field.formats:
        is_left = to_parse.notna() & at.isna() & wall.isna()
        if not is_left.any():
            break
        column = read_in_format(to_parse.where(is_left), form, zone, span)
        at, wall = at.fillna(column.at), wall.fillna(column.wall)
        has_time |= column.has_time
    is_time_unreadable = no.copy()
    is_outside = _is_unsupported(at, wall)
    is_left = text.notna() & at.isna() & wall.isna()
    if is_left.any():
        typed = read_typed_times(frame[is_left], field, span).reindex(frame.index)
        at, wall = at.fillna(typed["at"]), wall.fillna(typed["wall"])
        has_time |= typed["has_time"].eq(True)
        is_time_unreadable |= typed["is_time_unreadable"].eq(True)
        is_outside |= _is_unsupported(at, wall)
    at, wall = at.where(is_supported(at)), wall.where(is_supported(wall))
    is_first = np.ones(len(wall), dtype=bool)
    localised = wall.dt.tz_localize(zone, ambiguous=is_first, nonexistent="NaT")
    second = wall.dt.tz_localize(zone, ambiguous=~is_first, nonexistent="NaT")
    at = at.fillna(localised.dt.tz_convert("UTC"))
    problem = (
        nothing.mask(text.notna() & at.isna(), NOT_A_DATE)
        .mask(is_outside & at.isna(), NO_SUCH_YEAR)
        .mask(wall.notna() & localised.isna(), NO_SUCH_TIME)
    )
    is_ambiguous = (localised != second) & localised.notna()
    is_time_known = at.notna() & has_time & ~is_time_unreadable & ~_is_unknown_time(frame, field, at, zone)
    return Times(at, text, problem, is_ambiguous, is_time_known, is_time_unreadable & at.notna())


def _is_unsupported(at: pd.Series, wall: pd.Series) -> pd.Series:
    return (at.notna() & ~is_supported(at)) | (wall.notna() & ~is_supported(wall))


def _is_unknown_time(frame: pd.DataFrame, field: TimeColumns, at: pd.Series, zone: str) -> pd.Series:
    """True where the time of day is the one that means "not known" in this feed, or its column is blank."""
    if len(field.columns) == 2:
        clock = frame[field.columns[1]]
        minutes = minutes_of_day(field.unknown_time)
        # 24:00 is midnight as some people write it; only the declared spelling means "not known".
        unknown = {one for one in clock.dropna().unique() if minutes is not None and minutes_of_day(one) == minutes}
        says: pd.Series = clock.isna() | clock.isin(list(unknown)) | (clock == field.unknown_time)
        return says
    minutes = minutes_of_day(field.unknown_time)
    if minutes is None:
        return pd.Series(False, index=frame.index)
    local = at.dt.tz_convert(zone)
    is_then: pd.Series = (local.dt.hour * 60 + local.dt.minute).eq(minutes)
    return is_then


def _as_written(frame: pd.DataFrame, field: TimeColumns) -> pd.Series:
    text = frame[field.columns[0]]
    if len(field.columns) == 2:
        joined = text.fillna("").str.cat(frame[field.columns[1]].fillna(""), sep=" ").str.strip()
        return joined.mask(joined == "")
    return text


def _to_parse(frame: pd.DataFrame, field: TimeColumns) -> pd.Series:
    """The text to parse: a date without its time is read as midnight, a time without its date as nothing."""
    day = _short(frame[field.columns[0]])
    if len(field.columns) == 1:
        return day
    joined: pd.Series = day.str.cat(_short(frame[field.columns[1]]).fillna("00:00"), sep=" ")
    return joined


def _short(text: pd.Series) -> pd.Series:
    """The cells as written; those too long to be a date or time are null."""
    return text.mask(text.str.len().gt(SEARCHED_LENGTH).eq(True))
