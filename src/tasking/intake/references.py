"""Partners' references: undoes or reports what a spreadsheet did to them; words for nothing are null."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasking.intake.blank_cells import SEARCHED_LENGTH, is_blank
from tasking.model.text import fold

LOST_DIGITS = "the reference has lost digits, as happens with long numbers in a spreadsheet"
_MOST_DIGITS = 15  # the most that spreadsheets and JSON numbers keep
_SHORTENED = re.compile(r"[+-]?\d(?:[.,]\d{1,20})?E\+\d{1,3}|[+-]?\d[.,]\d{1,20}E-?\d{1,3}", re.IGNORECASE)
_PLAIN = r"^[A-Za-z/_-]*[0-9][A-Za-z0-9/_-]*$"  # neither a word nor a number that a spreadsheet has rewritten
_FLOAT = re.compile(r"(?P<whole>\d{1,40})\.(?P<part>\d{1,40})")


@dataclass(frozen=True)
class References:
    """`reference`: null where there is none. `problem`: what is wrong with it, in words, or null."""

    reference: pd.Series
    problem: pd.Series


def read_references(text: pd.Series, *, ignores_case: bool = False) -> References:
    """References as the partner means them: `700010.0` becomes 700010, and leading zeros are kept."""
    nothing = pd.Series(np.nan, index=text.index, dtype="str")
    is_plain = text.str.match(_PLAIN).eq(True) & text.str.strip("0").ne("")
    others = text.where(~is_plain)
    known = {value: _repair(value) for value in others.dropna().unique()}
    found = others.map({value: reference for value, (reference, _) in known.items()}).astype("str")
    reference = text.where(is_plain, found)
    spoiled = [value for value, (_, is_spoiled) in known.items() if is_spoiled]
    problem = nothing.mask(others.isin(spoiled), LOST_DIGITS)
    return References(reference.str.upper() if ignores_case else reference, problem)


def _repair(text: str) -> tuple[str | None, bool]:
    """A reference, and whether it has lost digits."""
    reference = fold(text) if not text.isascii() else text
    if len(reference) <= SEARCHED_LENGTH:
        if is_blank(reference) or reference.strip("0") == "" or reference[0] in "[{":
            return None, False
        if reference.casefold() in ("true", "false"):
            return None, False
        if _SHORTENED.fullmatch(reference):
            return reference, True
        if match := _FLOAT.fullmatch(reference):
            digits = (match["whole"] + match["part"].rstrip("0")).lstrip("0")
            if len(digits) > _MOST_DIGITS:
                return reference, True
            if match["part"] == "0" and not match["whole"].startswith("0"):
                return match["whole"], False
    return reference or None, False
