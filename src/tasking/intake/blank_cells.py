"""Which cells hold a value: blank cells, words for nothing (n/a, not known) and invisible marks."""

import re
from typing import Final

import numpy as np
import pandas as pd

from tasking.model.text import fold

SEARCHED_LENGTH: Final = 300  # characters of a cell that are searched for a time, a number, an address or a postcode
# What people type into a field that they can't leave empty.
_BLANK_WORDS = re.compile(
    r"n/?a|n\.a\.?|nil|null|none|nan|nothing|no|not (?:known|given|stated|provided|applicable|available|recorded)|"
    r"unknown|unk|u/k|anon(?:ymous)?|withheld|refused|tbc|tba|[-–—._/?*x ]+|"
    r"#(?:n/a|null!|ref!|value!|name\?|div/0!|num!)",
    re.IGNORECASE,
)
# What means no, or nothing, in a column that flags sensitive reports. `unknown` and `withheld` do not.
_NO_FLAG = re.compile(
    r"n/?a|n\.a\.?|nil|null|none|nan|no|n|false|not (?:applicable|sensitive|restricted)|[-–—._/?*x ]+|"
    r"#(?:n/a|null!|ref!|value!|name\?|div/0!|num!)",
    re.IGNORECASE,
)


def is_blank(text: str) -> bool:
    """Whether a cell holds only a word for nothing (`n/a`, `not known`, `-`) or invisible marks."""
    folded = fold(text, SEARCHED_LENGTH)
    return not folded or _BLANK_WORDS.fullmatch(folded) is not None


def is_negative(text: str) -> bool:
    """Whether the cell of a flag is blank or says no."""
    folded = fold(text, SEARCHED_LENGTH)
    return not folded or _NO_FLAG.fullmatch(folded) is not None


def has_value(text: pd.Series) -> pd.Series:
    """True where a cell holds a value; false where it is blank or holds a word for nothing, such as `n/a`."""
    if text.isna().all():
        return pd.Series(False, index=text.index, name=text.name)
    has_figures = text.str.match(r"^[^#]*[0-9]").eq(True)
    others = text.where(~has_figures)
    known = {value: not is_blank(value) for value in others.dropna().unique()}
    return has_figures | others.map(known).eq(True)


def folded_cells(text: pd.Series, limit: int = SEARCHED_LENGTH) -> pd.Series:
    """Each cell as `tasking.model.text.fold` makes it; a cell that is empty after folding is null."""
    known = {value: fold(value, limit) or None for value in text.dropna().unique()}
    return text.map(known).astype("str")


def null_if_invisible(text: pd.Series) -> pd.Series:
    """The text as written; a cell that holds only invisible marks is null."""
    is_plain = text.isna() | text.str.contains(r"[!-~]", regex=True).eq(True)
    if is_plain.all():
        return text
    return text.where(is_plain | folded_cells(text.where(~is_plain)).notna(), np.nan)
