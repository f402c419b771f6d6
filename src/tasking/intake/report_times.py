"""When a report was received and when its incident happened, and dates of birth, with notes on what can't be right."""

from datetime import date, timedelta

import pandas as pd

from tasking.config.feed import Feed
from tasking.config.feed_columns import TimeColumns
from tasking.intake.blank_cells import has_value
from tasking.intake.conventions import Conventions
from tasking.intake.row_notes import RowNotes, under_columns
from tasking.intake.time_formats import TimeRange
from tasking.intake.times import NOT_A_TIME, Times, read_times

_CLOCKS_DIFFER = pd.Timedelta(hours=1.5)  # a call may be logged with a time shortly after it
_LATE_ENOUGH = pd.Timedelta(minutes=15)  # partners' clocks may be ahead of ours
_BORN_SINCE = pd.Timestamp("1900-01-01", tz="UTC")


def add_report_times(
    feed: Feed, frame: pd.DataFrame, day: date, conventions: Conventions, out: pd.DataFrame, notes: RowNotes
) -> None:
    """Adds the times to `out`. The time received is required, so its faults are for the checks; other faults are
    notes."""
    fields = feed.fields
    until = pd.Timestamp(conventions.calendar.starts_at(day))
    since = pd.Timestamp(conventions.calendar.starts_at(day - timedelta(days=1)))
    span = TimeRange(since - pd.Timedelta(days=feed.occurred_within_days), until + _LATE_ENOUGH)

    # A wider range for numbers that may be Excel dates, so that a report from too long ago is held for its age.
    wide = TimeRange(span.since - pd.Timedelta(days=feed.received_within_days), until + pd.Timedelta(days=31))
    received = read_times(frame, fields.received_at, feed.timezone, wide)
    problem = received.problem
    day_only = received.at.notna() & ~received.is_time_known
    notes.add(day_only, f"no time of day {under_columns(fields.received_at.columns)}; treated as received at 00:00")
    if len(fields.received_at.columns) == 1:
        problem = problem.mask(received.is_time_unreadable, NOT_A_TIME)
    else:
        _note_clocks(fields.received_at.columns, received, notes)
    out["received_at"], out["received_text"] = received.at.where(problem.isna()), received.text
    out["received_problem"] = problem.mask(received.text.isna(), "no time received")
    out["hours_after_window"] = (out["received_at"] - until).dt.total_seconds() / 3600
    out["days_too_old"] = (since - out["received_at"]).dt.total_seconds() / 86_400 - feed.received_within_days

    occurred = read_times(frame, fields.occurred_from, feed.timezone, span)
    ended = read_times(frame, fields.occurred_to, feed.timezone, span)
    starts, ends = occurred.at.where(span.contains(occurred.at)), ended.at.where(span.contains(ended.at))
    is_later = (starts > received.at + _CLOCKS_DIFFER) & received.is_time_known & occurred.is_time_known
    notes.add(
        is_later, f"{_a_time(fields.occurred_from)} that is after the report was received; kept without it", "occurred"
    )
    starts, at_start = starts.mask(is_later), starts
    ends_first = (ends < starts) & starts.notna()
    out["occurred_from"], out["occurred_text"] = starts, occurred.text
    out["occurred_to"] = ends.mask(ends_first)
    out["is_occurred_time_known"] = occurred.is_time_known & starts.notna()
    for field, read, kept in ((fields.occurred_from, occurred, at_start), (fields.occurred_to, ended, ends)):
        if field is not None:
            lost = has_value(read.text) & kept.isna()
            time = _a_time(field)
            notes.add(lost & read.at.isna(), f"{time} that can't be read; kept without it", "occurred")
            notes.add(
                lost & read.at.notna(),
                f"{time} that can't be right (after the delivery, or more than {feed.occurred_within_days} days before "
                "it); kept without it",
                "occurred",
            )
            _note_clocks(field.columns, read, notes)
    if fields.occurred_to is not None:
        end = f"an end time {under_columns(fields.occurred_to.columns)}"
        notes.add(ends_first, f"{end} that is before the start; kept without it", "occurred")
    twice = received.is_ambiguous | (occurred.is_ambiguous & starts.notna())
    notes.add(twice, "a time that happened twice because the clocks went back; the earlier was used")


def _a_time(field: TimeColumns | None) -> str:
    return f"a time {under_columns(field.columns if field else None)}"


def _note_clocks(columns: list[str], read: Times, notes: RowNotes) -> None:
    words = f"a time of day {under_columns(columns[-1])} that can't be read; kept with the date only"
    notes.add(read.is_time_unreadable, words, "occurred")


def read_birth_dates(
    feed: Feed, frame: pd.DataFrame, day: date, conventions: Conventions, notes: RowNotes
) -> pd.Series:
    """Dates of birth as written; null if they are unreadable, in the future or before 1900."""
    field = feed.fields.subject_born_on
    span = TimeRange(_BORN_SINCE, pd.Timestamp(conventions.calendar.starts_at(day)))
    born = read_times(frame, field, feed.timezone, span)
    is_kept = span.contains(born.at)
    if field is not None:
        lost = has_value(born.text) & ~is_kept
        words = f"a date of birth {under_columns(field.columns)} that can't be read, is in the future or is before 1900"
        notes.add(lost, f"{words}; kept without it", "subject_born_on")
    return born.text.where(is_kept)
