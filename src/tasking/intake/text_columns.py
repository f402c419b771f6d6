"""Columns of text by the names that a feed declares."""

import numpy as np
import pandas as pd

from tasking.intake.blank_cells import is_blank, null_if_invisible

_SHORT = 40  # characters; a longer text is never only a word for nothing


def without_blank_words(text: pd.Series) -> pd.Series:
    """The text as written; null if it is only a word for nothing (`n/a`), or has no letter or digit."""
    short = text.where(text.str.len() <= _SHORT)
    empty = [
        one for one in short.dropna().unique() if is_blank(one) or (one.isascii() and not any(map(str.isalnum, one)))
    ]
    return text.mask(text.isin(empty))


class TextColumns:
    """Text columns by declared name; several are joined by a space. A cell of invisible marks is null."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def of(self, columns: str | list[str] | None) -> pd.Series:
        """The text of one declared column, or of several; all null if the feed declares none."""
        if columns is None:
            return pd.Series(np.nan, index=self._frame.index, dtype="str")
        if isinstance(columns, str):
            return null_if_invisible(self._frame[columns])
        joined = null_if_invisible(self._frame[columns[0]]).fillna("")
        for column in columns[1:]:
            joined = joined.str.cat(null_if_invisible(self._frame[column]).fillna(""), sep=" ")
        joined = joined.str.strip()
        return joined.mask(joined == "")
