"""Rows of a partner's text -> a frame of reports: one meaning a column, whatever the partner calls it.

Nothing is guessed: what can't be read is left null, with the fault in a `*_problem` column for the checks, or a note.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from tasking.feeds.categories import Categories
from tasking.feeds.declaration import Codes, Feed, YesNo
from tasking.feeds.moments import read_moment
from tasking.feeds.people import Pseudonyms, normalised_phones
from tasking.feeds.positions import Area, normalised_postcodes, read_positions
from tasking.feeds.readers import Rows
from tasking.model.day import MeetingCalendar
from tasking.model.delivery import quoted


@dataclass(frozen=True)
class House:
    """What normalising needs to know of the partnership."""

    calendar: MeetingCalendar
    categories: Categories
    area: Area
    pseudonyms: Pseudonyms


@dataclass(frozen=True)
class Normalised:
    """`reports`: a frame of REPORT_COLUMNS and PERSONAL_COLUMNS, with

    `row_problem`, `received_problem`, `occurred_problem` (null, or what is wrong, in words),
    `hours_after_window` (received later than the reporting day ended, in hours) and `content_hash`. Indexed by row
    number. `raw` has the rows as they came.
    """

    reports: pd.DataFrame
    raw: pd.DataFrame
    notes: tuple[str, ...]


def normalise(feed: Feed, rows: Rows, day: date, house: House) -> Normalised:
    """A delivery's rows as reports of the reporting day `day`. Every row of the file is accounted for."""
    notes = list(rows.notes)
    frame = rows.frame
    fields = feed.fields
    text = _TextFields(frame)
    out = pd.DataFrame(index=frame.index)

    out["row_problem"] = pd.Series(rows.defects, dtype="str").reindex(frame.index)
    out["source_ref"] = text.of(fields.source_ref)
    received = read_moment(frame, fields.received_at, feed.timezone)
    occurred = read_moment(frame, fields.occurred_from, feed.timezone)
    until = read_moment(frame, fields.occurred_to, feed.timezone)
    out["received_at"], out["received_text"], out["received_problem"] = received.at, received.text, received.problem
    out["received_problem"] = out["received_problem"].mask(received.text.isna(), "no time received")
    out["hours_after_window"] = (received.at - pd.Timestamp(house.calendar.starts_at(day))).dt.total_seconds() / 3600
    out["occurred_from"], out["occurred_text"] = occurred.at, occurred.text
    out["occurred_to"] = until.at
    out["occurred_problem"] = occurred.problem.fillna(until.problem)
    out["is_occurred_time_known"] = occurred.is_time_known
    twice = int((received.is_ambiguous | occurred.is_ambiguous).sum())
    if twice:
        notes.append(f"{twice} row(s) with a time that exists twice (the clocks went back); the first was taken")

    out["place_text"] = text.of(fields.place)
    out["postcode"] = normalised_postcodes(text.of(fields.postcode))
    positions = read_positions(frame, fields.position, house.area)
    out["latitude"], out["longitude"] = positions.latitude, positions.longitude
    out["is_out_of_area"] = positions.is_out_of_area
    notes += positions.notes

    out["text"] = text.of(fields.text)
    out["category_text"] = text.of(fields.category)
    out["sensitivity"] = _coded(frame, fields.sensitivity, "unspecified", notes)
    judged = house.categories.judge(out["category_text"], out["text"])
    out["category"], out["priority"], out["asb_kind"] = judged.category, judged.priority, judged.asb_kind
    out["is_restricted"] = judged.is_restricted | out["sensitivity"].notna()
    if judged.unknown_words:
        notes.append(
            f"{len(judged.unknown_words)} category word(s) that include/categories.yml does not know, treated as "
            f"restricted: {', '.join(map(quoted, judged.unknown_words[:5]))}"
        )
    out["priority_text"] = text.of(fields.priority)

    out["is_anonymous"] = _yes(frame, fields.is_anonymous, True, notes)
    out["wants_feedback"] = _yes(frame, fields.wants_feedback, False, notes) & ~out["is_anonymous"]
    out["is_vulnerable"] = _yes(frame, fields.is_vulnerable, True, notes)
    out["caller_name"] = text.of(fields.caller_name)
    out["caller_phone"] = normalised_phones(text.of(fields.caller_phone))
    email = text.of(fields.caller_email)
    out["caller_email"] = email.str.lower().where(email.str.contains("@", regex=False).eq(True))
    out["subject_name"] = text.of(fields.subject_name)
    born = read_moment(frame, fields.subject_born_on, feed.timezone)
    out["subject_born_on"] = born.text.where(born.at.notna())
    out["caller_key"] = house.pseudonyms.of("caller", out["caller_phone"].fillna(out["caller_email"]))
    out["subject_key"] = house.pseudonyms.of("person", out["subject_name"].str.casefold())
    out["content_hash"] = _hashes(frame)
    return Normalised(out, frame, tuple(notes))


class _TextFields:
    """Text columns by declared name; several are joined by a space."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def of(self, columns: str | list[str] | None) -> pd.Series:
        if columns is None:
            return pd.Series(np.nan, index=self._frame.index, dtype="str")
        if isinstance(columns, str):
            return self._frame[columns]
        joined = self._frame[columns[0]].fillna("")
        for column in columns[1:]:
            joined = joined.str.cat(self._frame[column].fillna(""), sep=" ")
        joined = joined.str.strip()
        return joined.mask(joined == "")


def _coded(frame: pd.DataFrame, field: Codes | None, otherwise: str, notes: list[str]) -> pd.Series:
    if field is None:
        return pd.Series(np.nan, index=frame.index, dtype="str")
    given = frame[field.column].str.casefold()
    meaning = given.map({code.casefold(): value for code, value in field.codes.items()})
    unknown = given.notna() & meaning.isna()
    if unknown.any():
        notes.append(
            f'{int(unknown.sum())} row(s) with a code under "{field.column}" that is not declared, read as {otherwise}'
        )
    return meaning.mask(unknown, otherwise)


def _yes(frame: pd.DataFrame, field: YesNo | None, cautious: bool, notes: list[str]) -> pd.Series:
    """The field as booleans; blank is no, and a word that is not declared is the cautious answer, with a note."""
    if field is None:
        return pd.Series(False, index=frame.index)
    given = frame[field.column].str.casefold()
    is_yes = given.isin([word.casefold() for word in field.yes])
    unknown = given.notna() & ~is_yes & ~given.isin([word.casefold() for word in field.no])
    if unknown.any():
        answer = "yes" if cautious else "no"
        notes.append(f'{int(unknown.sum())} row(s) under "{field.column}" neither yes nor no, read as {answer}')
    return is_yes.mask(unknown, cautious).astype(bool)


def _hashes(frame: pd.DataFrame) -> pd.Series:
    """SHA-256 over all that the feed reads of a row, as the partner wrote it."""
    joined = frame.iloc[:, 0].fillna("")
    for column in frame.columns[1:]:
        joined = joined.str.cat(frame[column].fillna(""), sep="\x1f")
    return joined.map(lambda row: hashlib.sha256(row.encode()).hexdigest())
