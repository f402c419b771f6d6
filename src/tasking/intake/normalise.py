"""Rows of a partner's text -> a frame of reports: one meaning a column, whatever the partner calls it.

Nothing is guessed: what can't be read, or can't be, is left null. Where it is needed (the reference, the time received,
the words) the fault stands in a `*_problem` column for the checks; where it is not, the report is taken, with a note.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from tasking.config.categories import Categories
from tasking.config.feed import Feed
from tasking.config.feed_columns import Codes, TimeColumns, YesNo
from tasking.intake.blank_cells import has_value, is_blank, is_negative, null_if_invisible
from tasking.intake.contacts import read_emails, read_phones
from tasking.intake.extraction import Extracted
from tasking.intake.positions import Area, read_positions
from tasking.intake.postcodes import read_postcodes
from tasking.intake.pseudonyms import Pseudonyms, name_keys
from tasking.intake.readers import Rows
from tasking.intake.references import read_references
from tasking.intake.row_notes import counted, note_rows, under_columns
from tasking.intake.time_formats import TimeRange
from tasking.intake.times import NOT_A_TIME, Times, read_times
from tasking.model.day import MeetingCalendar
from tasking.model.delivery import quoted
from tasking.model.text import fold

_SHORT = 40  # characters of a text that may be only a word for nothing
_CLOCKS_DIFFER = pd.Timedelta(hours=1.5)  # a call can be logged before the time that it gives
_LATE_ENOUGH = pd.Timedelta(minutes=15)  # a partner's clock may be ahead of ours
_BORN_SINCE = pd.Timestamp("1900-01-01", tz="UTC")


@dataclass(frozen=True)
class Conventions:
    """What normalising needs to know of the partnership."""

    calendar: MeetingCalendar
    categories: Categories
    area: Area
    pseudonyms: Pseudonyms


@dataclass(frozen=True)
class Normalised:
    """`reports`: a frame of REPORT_COLUMNS and PERSONAL_COLUMNS, with

    `row_problem`, `source_ref_problem`, `received_problem` (null, or what is wrong, in words),
    `hours_after_window` (received later than the reporting day ended, in hours), `days_too_old` (received longer before
    the reporting day than the feed declares, by so many days; negative: in time) and `content_hash`. Indexed by row
    number. `raw` has the rows as they came.
    """

    reports: pd.DataFrame
    raw: pd.DataFrame
    notes: tuple[str, ...]


def normalise(feed: Feed, sent: Rows, day: date, conventions: Conventions) -> Normalised:
    """A delivery's rows as reports of the reporting day `day`. Every row of the file is accounted for."""
    notes = list(sent.notes)
    frame = sent.frame
    fields = feed.fields
    text = _TextFields(frame)
    out = pd.DataFrame(index=frame.index)

    out["row_problem"] = pd.Series(sent.defects, dtype="str").reindex(frame.index)
    references = read_references(text.of(fields.source_ref), ignores_case=feed.ref_ignores_case)
    out["source_ref"], out["source_ref_problem"] = references.reference, references.problem
    _read_times(feed, frame, day, conventions, out, notes)

    out["place_text"] = text.of(fields.place)
    postcodes = read_postcodes(text.of(fields.postcode))
    out["postcode"] = postcodes.first
    notes += note_rows(
        postcodes.has_others, f"more than one postcode {under_columns(fields.postcode)}; the first was kept"
    )
    notes += note_rows(postcodes.is_unusable, f"no full postcode {under_columns(fields.postcode)}; kept without one")
    positions = read_positions(frame, fields.position, conventions.area)
    out["latitude"], out["longitude"] = positions.latitude, positions.longitude
    out["is_out_of_area"] = positions.is_out_of_area
    notes += positions.notes

    out["text"] = _words(text.of(fields.text))
    out["category_text"] = text.of(fields.category)
    notes += note_rows(out["category_text"].isna() & out["row_problem"].isna(),
                       f"nothing {under_columns(fields.category)}; treated as restricted")  # fmt: skip
    out["sensitivity"] = _coded(frame, fields.sensitivity, "unspecified", notes)
    judged = conventions.categories.classify(out["category_text"], out["text"])
    out["category"], out["priority"], out["asb_kind"] = judged.category, judged.priority, judged.asb_kind
    out["is_restricted"] = judged.is_restricted | out["sensitivity"].notna()
    if judged.unknown_words:
        notes.append(
            f"{counted(len(judged.unknown_words), 'category word')} that include/categories.yml does not know, "
            f"treated as restricted: {', '.join(map(quoted, judged.unknown_words[:5]))}"
        )
    out["priority_text"] = text.of(fields.priority)

    out["is_anonymous"] = _yes(frame, fields.is_anonymous, True, notes)
    out["wants_feedback"] = _yes(frame, fields.wants_feedback, False, notes) & ~out["is_anonymous"]
    out["is_vulnerable"] = _yes(frame, fields.is_vulnerable, True, notes)
    out["caller_name"] = text.of(fields.caller_name)
    phones, emails = read_phones(text.of(fields.caller_phone)), read_emails(text.of(fields.caller_email))
    out["caller_phone"], out["caller_email"] = phones.first, emails.first
    notes += _contact_notes(feed, phones, emails)
    out["subject_name"] = text.of(fields.subject_name)
    out["subject_born_on"] = _born_on(feed, frame, day, conventions, notes)
    out["caller_key"] = conventions.pseudonyms.for_column("caller", out["caller_phone"].fillna(out["caller_email"]))
    out["subject_key"] = conventions.pseudonyms.for_column("person", name_keys(out["subject_name"]))
    out["content_hash"] = _hashes(frame)
    return Normalised(out, frame, tuple(notes))


def _read_times(
    feed: Feed, frame: pd.DataFrame, day: date, conventions: Conventions, out: pd.DataFrame, notes: list[str]
) -> None:
    """Puts the times into `out`. Received is needed, so what is wrong with it is for the checks; occurred is not."""
    fields = feed.fields
    until = pd.Timestamp(conventions.calendar.starts_at(day))
    since = pd.Timestamp(conventions.calendar.starts_at(day - timedelta(days=1)))
    span = TimeRange(since - pd.Timedelta(days=feed.occurred_within_days), until + _LATE_ENOUGH)

    # A number is a date of a year or so: what was received too early is told as that, and not as no date at all.
    wide = TimeRange(span.since - pd.Timedelta(days=feed.received_within_days), until + pd.Timedelta(days=31))
    received = read_times(frame, fields.received_at, feed.timezone, wide)
    problem = received.problem
    day_only = received.at.notna() & ~received.is_time_known
    notes += note_rows(
        day_only, f"no time of day {under_columns(fields.received_at.columns)}; treated as received at 00:00"
    )
    if len(fields.received_at.columns) == 1:
        problem = problem.mask(received.is_time_unreadable, NOT_A_TIME)
    else:
        notes += _clock_notes(fields.received_at.columns, received)
    out["received_at"], out["received_text"] = received.at.where(problem.isna()), received.text
    out["received_problem"] = problem.mask(received.text.isna(), "no time received")
    out["hours_after_window"] = (out["received_at"] - until).dt.total_seconds() / 3600
    out["days_too_old"] = (since - out["received_at"]).dt.total_seconds() / 86_400 - feed.received_within_days

    occurred = read_times(frame, fields.occurred_from, feed.timezone, span)
    ended = read_times(frame, fields.occurred_to, feed.timezone, span)
    starts, ends = occurred.at.where(span.contains(occurred.at)), ended.at.where(span.contains(ended.at))
    is_later = (starts > received.at + _CLOCKS_DIFFER) & received.is_time_known & occurred.is_time_known
    notes += note_rows(
        is_later, f"{_a_time(fields.occurred_from)} that is after the report was received; kept without it"
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
            notes += note_rows(lost & read.at.isna(), f"{time} that can't be read; kept without it")
            notes += note_rows(
                lost & read.at.notna(),
                f"{time} that can't be right (after the delivery, or more than {feed.occurred_within_days} days before "
                "it); kept without it",
            )
            notes += _clock_notes(field.columns, read)
    if fields.occurred_to is not None:
        end = f"an end time {under_columns(fields.occurred_to.columns)}"
        notes += note_rows(ends_first, f"{end} that is before the start; kept without it")
    twice = received.is_ambiguous | (occurred.is_ambiguous & starts.notna())
    notes += note_rows(twice, "a time that happened twice because the clocks went back; the earlier was used")


def _a_time(field: TimeColumns | None) -> str:
    return f"a time {under_columns(field.columns if field else None)}"


def _clock_notes(columns: list[str], read: Times) -> list[str]:
    words = f"a time of day {under_columns(columns[-1])} that can't be read; kept with the date only"
    return note_rows(read.is_time_unreadable, words)


def _born_on(feed: Feed, frame: pd.DataFrame, day: date, conventions: Conventions, notes: list[str]) -> pd.Series:
    """Dates of birth as written, without those on which nobody was born who is alive."""
    field = feed.fields.subject_born_on
    span = TimeRange(_BORN_SINCE, pd.Timestamp(conventions.calendar.starts_at(day)))
    born = read_times(frame, field, feed.timezone, span)
    is_kept = span.contains(born.at)
    if field is not None:
        lost = has_value(born.text) & ~is_kept
        words = f"a date of birth {under_columns(field.columns)} that can't be read, is in the future or is before 1900"
        notes += note_rows(lost, f"{words}; kept without it")
    return born.text.where(is_kept)


def _contact_notes(feed: Feed, phones: Extracted, emails: Extracted) -> list[str]:
    """Notes on contact details that were not kept.

    Where one box is for both, a cell with either is no loss.
    """
    at_phone, at_email = under_columns(feed.fields.caller_phone), under_columns(feed.fields.caller_email)
    if feed.fields.caller_phone == feed.fields.caller_email:
        lost = note_rows(
            phones.is_unusable & emails.is_unusable,
            f"no usable telephone number or e-mail address {at_phone}; kept without one",
        )
    else:
        lost = note_rows(phones.is_unusable, f"no usable telephone number {at_phone}; kept without one")
        lost += note_rows(emails.is_unusable, f"no usable e-mail address {at_email}; kept without one")
    return [
        *lost,
        *note_rows(phones.has_others, f"more than one telephone number {at_phone}; the first was kept"),
        *note_rows(emails.has_others, f"more than one e-mail address {at_email}; the first was kept"),
    ]


def _words(text: pd.Series) -> pd.Series:
    """What was reported; null where it is only a word for nothing, or marks without a letter or figure."""
    short = text.where(text.str.len() <= _SHORT)
    empty = [
        one for one in short.dropna().unique() if is_blank(one) or (one.isascii() and not any(map(str.isalnum, one)))
    ]
    return text.mask(text.isin(empty))


class _TextFields:
    """Text columns by declared name; several are joined by a space. A cell with nothing that shows is null."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def of(self, columns: str | list[str] | None) -> pd.Series:
        if columns is None:
            return pd.Series(np.nan, index=self._frame.index, dtype="str")
        if isinstance(columns, str):
            return null_if_invisible(self._frame[columns])
        joined = null_if_invisible(self._frame[columns[0]]).fillna("")
        for column in columns[1:]:
            joined = joined.str.cat(null_if_invisible(self._frame[column]).fillna(""), sep=" ")
        joined = joined.str.strip()
        return joined.mask(joined == "")


def _coded(frame: pd.DataFrame, field: Codes | None, otherwise: str, notes: list[str]) -> pd.Series:
    if field is None:
        return pd.Series(np.nan, index=frame.index, dtype="str")
    given = _as_answer(frame[field.column])
    nothing = [value for value in given.dropna().unique() if is_negative(value)]
    given = given.mask(given.isin(nothing) & ~given.isin([_answer(code) for code in field.codes]))
    meaning = given.map({_answer(code): value for code, value in field.codes.items()})
    unknown = given.notna() & meaning.isna()
    notes += note_rows(unknown, f"a code {under_columns(field.column)} that is not declared; treated as {otherwise}")
    return meaning.mask(unknown, otherwise)


def _yes(frame: pd.DataFrame, field: YesNo | None, cautious: bool, notes: list[str]) -> pd.Series:
    """The field as booleans; blank is no, and a word that is not declared is the cautious answer, with a note."""
    if field is None:
        return pd.Series(False, index=frame.index)
    given = _as_answer(frame[field.column])
    is_yes = given.isin([_answer(word) for word in field.yes])
    unknown = given.notna() & ~is_yes & ~given.isin([_answer(word) for word in field.no])
    answer = "yes" if cautious else "no"
    words = f"an answer {under_columns(field.column)} that is neither yes nor no; treated as {answer}"
    notes += note_rows(unknown, words)
    return is_yes.mask(unknown, cautious).astype(bool)


def _as_answer(text: pd.Series) -> pd.Series:
    """Codes and yes or no as they are compared: `YES `, `Yes.` and `ＹＥＳ` are one; what is empty is null."""
    known = {value: _answer(value) or None for value in text.dropna().unique()}
    return text.map(known).astype("str")


def _answer(text: str) -> str:
    return fold(text).casefold().rstrip(". ")


def _hashes(frame: pd.DataFrame) -> pd.Series:
    """SHA-256 over all that the feed reads of a row, as the partner wrote it."""
    cells = [frame[column].fillna("").tolist() for column in frame.columns]
    joined = ("\x1f".join(row).encode(errors="surrogatepass") for row in zip(*cells, strict=True))
    return pd.Series([hashlib.sha256(row).hexdigest() for row in joined], index=frame.index, dtype="str")
