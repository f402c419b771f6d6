"""Notes about rows of a delivery: how many, which, and under which of the partner's columns."""

from collections.abc import Sequence

import pandas as pd

from tasking.model.delivery import quoted

_ROWS_NAMED = 5


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


def under_columns(columns: str | Sequence[str] | None) -> str:
    """Words for a note that name the partner's columns: `under “Incident Date” and “Incident Time”`."""
    names = [columns] if isinstance(columns, str) else list(columns or ())
    return "under " + " and ".join(map(quoted, names))
