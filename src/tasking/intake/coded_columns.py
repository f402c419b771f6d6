"""Columns of codes and of yes or no, with the meanings that the feed declares."""

import numpy as np
import pandas as pd

from tasking.config.feed_columns import Codes, YesNo
from tasking.intake.blank_cells import is_negative
from tasking.intake.row_notes import RowNotes, under_columns
from tasking.model.text import fold


def read_codes(frame: pd.DataFrame, field: Codes | None, otherwise: str, notes: RowNotes) -> pd.Series:
    """The meanings of a column of codes; blank is null, and a code that is not declared is `otherwise`, with a note."""
    if field is None:
        return pd.Series(np.nan, index=frame.index, dtype="str")
    given = _as_answer(frame[field.column])
    nothing = [value for value in given.dropna().unique() if is_negative(value)]
    given = given.mask(given.isin(nothing) & ~given.isin([_answer(code) for code in field.codes]))
    meaning = given.map({_answer(code): value for code, value in field.codes.items()})
    unknown = given.notna() & meaning.isna()
    words = f"a code {under_columns(field.column)} that is not declared; treated as {otherwise}"
    notes.add(unknown, words, "sensitivity")
    return meaning.mask(unknown, otherwise)


def read_yes_no(frame: pd.DataFrame, field: YesNo | None, cautious: bool, notes: RowNotes, read: str) -> pd.Series:
    """The column as booleans; blank is no, and a word that is not declared is the `cautious` answer, with a note.

    `read`: what the column is read as.
    """
    if field is None:
        return pd.Series(False, index=frame.index)
    given = _as_answer(frame[field.column])
    is_yes = given.isin([_answer(word) for word in field.yes])
    unknown = given.notna() & ~is_yes & ~given.isin([_answer(word) for word in field.no])
    answer = "yes" if cautious else "no"
    words = f"an answer {under_columns(field.column)} that is neither yes nor no; treated as {answer}"
    notes.add(unknown, words, read)
    return is_yes.mask(unknown, cautious).astype(bool)


def _as_answer(text: pd.Series) -> pd.Series:
    """Cells in the form in which codes are compared: `YES `, `Yes.` and `ＹＥＳ` are equal; a blank cell is null."""
    known = {value: _answer(value) or None for value in text.dropna().unique()}
    return text.map(known).astype("str")


def _answer(text: str) -> str:
    return fold(text).casefold().rstrip(". ")
