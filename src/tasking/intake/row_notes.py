"""Notes about rows of a delivery: how many, which, and under which of the partner's columns."""

from collections.abc import Iterable, Sequence

import pandas as pd

from tasking.model.delivery import quoted

_ROWS_NAMED = 5


class RowNotes(list[str]):
    """Notes on a delivery, and for each thing that is read the rows of which a cell was not usable."""

    def __init__(self, notes: Iterable[str] = ()) -> None:
        super().__init__(notes)
        self.unusable: dict[str, pd.Series] = {}

    def add(self, affected: pd.Series, words: str, read: str = "") -> None:
        """Adds a note on the rows where `affected` is true. `read`: what they have no usable cell for; nothing where
        the cell was used after all."""
        self.extend(note_rows(affected, words))
        if read:
            self._count(read, affected.astype(bool))

    def include(self, others: "RowNotes") -> None:
        """Adds the notes of another reader."""
        self.extend(others)
        for read, mask in others.unusable.items():
            self._count(read, mask)

    def _count(self, read: str, mask: pd.Series) -> None:
        self.unusable[read] = self.unusable[read] | mask if read in self.unusable else mask


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
