"""Notes about rows of a delivery (how many, which, under which of the partner's columns), and which cells are empty."""

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
# What answers "is it sensitive?" with no, or not at all. `unknown` and `withheld` are no such answers.
_NO_FLAG = re.compile(
    r"n/?a|n\.a\.?|nil|null|none|nan|no|n|false|not (?:applicable|sensitive|restricted)|[-–—._/?*x ]+|"
    r"#(?:n/a|null!|ref!|value!|name\?|div/0!|num!)",
    re.IGNORECASE,
)


def note_rows(affected: pd.Series, words: str) -> list[str]:
    """A note about the rows where `affected` is true, such as `2 rows (3, 7) with ...`; or no note."""
    numbers = affected.index[affected.to_numpy(dtype=bool)]
    if numbers.empty:
        return []
    named = ", ".join(map(str, numbers[:_ROWS_NAMED])) + (", …" if len(numbers) > _ROWS_NAMED else "")
    return [f"{counted(len(numbers), 'row')} ({named}) with {words}"]


def counted(count: int, word: str) -> str:
    """`1 row`, `3 rows`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def under(columns: str | Sequence[str] | None) -> str:
    """Words for a note that name the partner's columns: `under “Incident Date” and “Incident Time”`."""
    names = [columns] if isinstance(columns, str) else list(columns or ())
    return "under " + " and ".join(map(quoted, names))


def says_nothing(text: str) -> bool:
    """Whether a cell holds only a word for nothing (`n/a`, `not known`, `-`) or invisible marks."""
    folded = fold(text, CELL_LOOKED_AT)
    return not folded or _NOTHING_SAID.fullmatch(folded) is not None


def is_no_flag(text: str) -> bool:
    """Whether a cell for a flag holds nothing, or a plain no."""
    folded = fold(text, CELL_LOOKED_AT)
    return not folded or _NO_FLAG.fullmatch(folded) is not None


def said(text: pd.Series) -> pd.Series:
    """True where a cell holds a value; false where it is blank or holds a word for nothing, such as `n/a`."""
    if text.isna().all():
        return pd.Series(False, index=text.index, name=text.name)
    has_figures = text.str.match(r"^[^#]*[0-9]").eq(True)
    others = text.where(~has_figures)
    known = {value: not says_nothing(value) for value in others.dropna().unique()}
    return has_figures | others.map(known).eq(True)


def folded_cells(text: pd.Series, limit: int = CELL_LOOKED_AT) -> pd.Series:
    """Each cell as `tasking.model.text.fold` makes it; a cell that is empty after folding is null."""
    known = {value: fold(value, limit) or None for value in text.dropna().unique()}
    return text.map(known).astype("str")
