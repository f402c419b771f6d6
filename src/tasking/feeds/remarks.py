"""What a delivery's notes say of rows: how many, the first of them, under which of the partner's columns."""

import re
from collections.abc import Sequence
from typing import Final

import pandas as pd

from tasking.model.delivery import quoted
from tasking.model.text import fold

CELL_LOOKED_AT: Final = 300  # characters of a cell in which a time, a number, an address or a postcode is looked for
_ROWS_NAMED = 5
# What people type into a box that they can't leave empty.
_NOTHING_SAID = re.compile(
    r"n/?a|n\.a\.?|nil|null|none|nan|nothing|no|not (?:known|given|stated|provided|applicable|available|recorded)|"
    r"unknown|unk|u/k|anon(?:ymous)?|withheld|refused|tbc|tba|[-–—._/?*x ]+|"
    r"#(?:n/a|null!|ref!|value!|name\?|div/0!|num!)",
    re.IGNORECASE,
)


def rows(affected: pd.Series, words: str) -> list[str]:
    """One note about the rows where `affected` is true, such as `2 row(s) (3, 7) with ...`; no note where none is."""
    numbers = affected.index[affected.to_numpy(dtype=bool)]
    if numbers.empty:
        return []
    named = ", ".join(map(str, numbers[:_ROWS_NAMED])) + (", …" if len(numbers) > _ROWS_NAMED else "")
    return [f"{len(numbers)} row(s) ({named}) with {words}"]


def under(columns: str | Sequence[str] | None) -> str:
    """The partner's columns within our words: `under “Incident Date” and “Incident Time”`."""
    names = [columns] if isinstance(columns, str) else list(columns or ())
    return "under " + " and ".join(map(quoted, names))


def says_nothing(text: str) -> bool:
    """Whether a cell holds only a word for nothing: `n/a`, `not known`, `-`, or marks that nobody sees."""
    folded = fold(text, CELL_LOOKED_AT)
    return not folded or _NOTHING_SAID.fullmatch(folded) is not None


def said(text: pd.Series) -> pd.Series:
    """True where a cell says something; a blank, and a word for nothing, is false."""
    has_figures = text.str.match(r"^[^#]*[0-9]").eq(True)
    others = text.where(~has_figures)
    known = {value: not says_nothing(value) for value in others.dropna().unique()}
    return has_figures | others.map(known).eq(True)


def folded(text: pd.Series, limit: int = CELL_LOOKED_AT) -> pd.Series:
    """The text as patterns see it (see `tasking.model.text.fold`); what is empty then is null."""
    known = {value: fold(value, limit) or None for value in text.dropna().unique()}
    return text.map(known).astype("str")
