"""A delivery's rows as a frame of reports, with one meaning for each column whatever the partner calls it.

A value that can't be read, or can't be right, is null. For a required value (reference, time received, text) a
`*_problem` column says why, for the checks; for any other the report is accepted with a note.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from tasking.config.categories import Classification
from tasking.config.feed import Feed
from tasking.intake.coded_columns import read_codes, read_yes_no
from tasking.intake.contacts import read_emails, read_phones
from tasking.intake.conventions import Conventions
from tasking.intake.extraction import Extracted
from tasking.intake.positions import read_positions
from tasking.intake.postcodes import read_postcodes
from tasking.intake.pseudonyms import name_keys
from tasking.intake.readers import Rows
from tasking.intake.references import read_references
from tasking.intake.report_times import add_report_times, read_birth_dates
from tasking.intake.row_notes import RowNotes, counted, under_columns
from tasking.intake.text_columns import TextColumns, without_blank_words
from tasking.model.delivery import quoted

# What a report can be read without: a cell that is not usable is left out, or read with caution, with a note.
CELLS: Final = (
    "category", "postcode", "position", "occurred", "sensitivity", "is_anonymous", "wants_feedback", "is_vulnerable",
    "caller_phone", "caller_email", "subject_born_on",
)  # fmt: skip


@dataclass(frozen=True)
class Normalised:
    """`reports`: a frame of REPORT_COLUMNS and PERSONAL_COLUMNS, with

    `row_problem`, `source_ref_problem`, `received_problem` (null, or what is wrong, in words),
    `hours_after_window` (received later than the reporting day ended, in hours), `days_too_old` (received longer before
    the reporting day than the feed declares, by so many days; negative: in time), `content_hash`, and for each of CELLS
    `*_unusable` (null, or words where its cell was not usable). Indexed by row number. `raw` has the rows as they came.
    """

    reports: pd.DataFrame
    raw: pd.DataFrame
    notes: tuple[str, ...]


def normalise(feed: Feed, sent: Rows, day: date, conventions: Conventions) -> Normalised:
    """A delivery's rows as reports of the reporting day `day`. Every row of the file is accounted for."""
    notes = RowNotes(sent.notes)
    frame = sent.frame
    fields = feed.fields
    text = TextColumns(frame)
    out = pd.DataFrame(index=frame.index)

    out["row_problem"] = pd.Series(sent.defects, dtype="str").reindex(frame.index)
    references = read_references(text.of(fields.source_ref), ignores_case=feed.ref_ignores_case)
    out["source_ref"], out["source_ref_problem"] = references.reference, references.problem
    add_report_times(feed, frame, day, conventions, out, notes)

    out["place_text"] = text.of(fields.place)
    postcodes = read_postcodes(text.of(fields.postcode))
    out["postcode"] = postcodes.first
    notes.add(postcodes.has_others, f"more than one postcode {under_columns(fields.postcode)}; the first was kept")
    words = f"no full postcode {under_columns(fields.postcode)}; kept without one"
    notes.add(postcodes.is_unusable, words, "postcode")
    positions = read_positions(frame, fields.position, conventions.area)
    notes.include(positions.notes)
    out["latitude"], out["longitude"] = positions.latitude, positions.longitude
    out["is_out_of_area"] = positions.is_out_of_area

    out["text"] = without_blank_words(text.of(fields.text))
    out["category_text"] = text.of(fields.category)
    is_blank = out["category_text"].isna() & out["row_problem"].isna()
    notes.add(is_blank, f"nothing {under_columns(fields.category)}; treated as restricted", "category")
    out["sensitivity"] = read_codes(frame, fields.sensitivity, "unspecified", notes)
    classified = conventions.categories.classify(out["category_text"], out["text"], conventions.mapped_words)
    out["category"], out["priority"], out["asb_kind"] = classified.category, classified.priority, classified.asb_kind
    out["is_restricted"] = classified.is_restricted | out["sensitivity"].notna()
    notes += _word_notes(classified)
    out["priority_text"] = text.of(fields.priority)

    out["is_anonymous"] = read_yes_no(frame, fields.is_anonymous, True, notes, "is_anonymous")
    wants_feedback = read_yes_no(frame, fields.wants_feedback, False, notes, "wants_feedback")
    out["wants_feedback"] = wants_feedback & ~out["is_anonymous"]
    out["is_vulnerable"] = read_yes_no(frame, fields.is_vulnerable, True, notes, "is_vulnerable")
    out["caller_name"] = text.of(fields.caller_name)
    phones, emails = read_phones(text.of(fields.caller_phone)), read_emails(text.of(fields.caller_email))
    out["caller_phone"], out["caller_email"] = phones.first, emails.first
    _note_contacts(feed, phones, emails, notes)
    out["subject_name"] = text.of(fields.subject_name)
    out["subject_born_on"] = read_birth_dates(feed, frame, day, conventions, notes)
    out["caller_key"] = conventions.pseudonyms.for_column("caller", out["caller_phone"].fillna(out["caller_email"]))
    out["subject_key"] = conventions.pseudonyms.for_column("person", name_keys(out["subject_name"]))
    photos = feed.photos.column if feed.photos and feed.photos.column in frame else None
    out["media_urls"] = text.of(photos)  # apart from the content: a photo that comes later makes no revision
    out["content_hash"] = _hashes(frame.drop(columns=[photos] if photos and photos not in fields.columns else []))
    for read in CELLS:
        unusable = notes.unusable.get(read, pd.Series(False, index=out.index))
        out[f"{read}_unusable"] = unusable.map({True: "not usable"}).astype(object)
    return Normalised(out, frame, tuple(notes))


def _word_notes(classified: Classification) -> list[str]:
    """Notes on category words that include/categories.yml does not know, by how they were read."""
    by_meaning = [f"{quoted(word)} as {label} ({share:.0%})" for word, label, share in classified.matched_words]
    kinds = (
        ("treated as restricted", list(map(quoted, classified.restricted_words))),
        ("matched by meaning", by_meaning),
        ("like no known category, not classified", list(map(quoted, classified.unknown_words))),
    )
    return [
        f"{counted(len(words), 'category word')} that include/categories.yml does not know, {how}: "
        + ", ".join(words[:5])
        for how, words in kinds
        if words
    ]


def _note_contacts(feed: Feed, phones: Extracted, emails: Extracted, notes: RowNotes) -> None:
    """Notes on contact details that were not kept.

    If one column is for both, a cell with either is not a loss.
    """
    at_phone, at_email = under_columns(feed.fields.caller_phone), under_columns(feed.fields.caller_email)
    if feed.fields.caller_phone == feed.fields.caller_email:
        words = f"no usable telephone number or email address {at_phone}; kept without one"
        notes.add(phones.is_unusable & emails.is_unusable, words, "caller_phone")
    else:
        notes.add(phones.is_unusable, f"no usable telephone number {at_phone}; kept without one", "caller_phone")
        notes.add(emails.is_unusable, f"no usable email address {at_email}; kept without one", "caller_email")
    notes.add(phones.has_others, f"more than one telephone number {at_phone}; the first was kept")
    notes.add(emails.has_others, f"more than one email address {at_email}; the first was kept")


def _hashes(frame: pd.DataFrame) -> pd.Series:
    """SHA-256 over all columns that the feed reads, as the partner wrote them."""
    cells = [frame[column].fillna("").tolist() for column in frame.columns]
    joined = ("\x1f".join(row).encode(errors="surrogatepass") for row in zip(*cells, strict=True))
    return pd.Series([hashlib.sha256(row).hexdigest() for row in joined], index=frame.index, dtype="str")
