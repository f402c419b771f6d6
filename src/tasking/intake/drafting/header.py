"""Which row is the header, whether it has two rows, and how many title lines stand above it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tasking.intake.contacts import addresses_in, numbers_in
from tasking.intake.drafting.sample import RawRow
from tasking.intake.postcodes import postcodes_in
from tasking.intake.readers.rows import two_row_names
from tasking.model.errors import TaskingError

_MOST_TITLES: Final = 20
_LONGEST_NAME: Final = 100
_FIGURES: Final = re.compile(r"\d{3}|\d[/:.-]\d|^\d+$")
_WHAT: Final = (
    (re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"), "a date"),
    (re.compile(r"^-?\d+(?:\.\d+)?$"), "a number"),
)


@dataclass(frozen=True)
class Header:
    """`at`: the index of its first row among the rows. `title_lines`: lines of the file above it."""

    at: int
    rows: int
    title_lines: int
    names: tuple[str, ...]


def find_header(rows: Sequence[RawRow], file: str, unit: str, declared_rows: int | None = None) -> Header:
    """The header among the first rows. `declared_rows`: how many rows it has, if somebody has said so.

    Raises TaskingError, with the row, the column and the kind of what is there, if no row can be one.
    """
    width = _usual_width(rows)
    at = next((at for at, row in enumerate(rows[:_MOST_TITLES]) if _is_header(row, width)), None)
    if at is None:
        raise _no_header(rows, file, unit, width)
    first, count = at, 1
    if declared_rows == 2 and at + 1 < len(rows) and not _stands_over(rows, at):
        count = 2
    elif declared_rows != 1 and _stands_over(rows, at):
        first, count = at - 1, 2
    elif declared_rows is None and _is_second(rows, at):
        count = 2
    names = _names(rows[first : first + count])
    return Header(first, count, rows[first].number - 1, names)


def is_a_name(cell: str) -> bool:
    """Whether a cell can be the name of a column: it has a letter, and is neither long nor a value."""
    text = cell.strip()
    return (
        len(text) <= _LONGEST_NAME
        and any(map(str.isalpha, text))
        and not _FIGURES.search(re.sub(r"\([^()]*\)", "", text))
        and not addresses_in(text)
        and not postcodes_in(text)
        and not numbers_in(text)
    )


def _usual_width(rows: Sequence[RawRow]) -> int:
    """The number of columns that most rows have, blank ones at the end left out."""
    widths = Counter(_width(row) for row in rows)
    return max(widths, key=lambda width: (widths[width] * width, width), default=0)


def _width(row: RawRow) -> int:
    return max((at for at, cell in enumerate(row.cells, 1) if cell and cell.strip()), default=0)


def _is_header(row: RawRow, width: int) -> bool:
    filled = row.filled
    is_full = len(filled) >= max(2, 0.6 * width)
    return is_full and all(map(is_a_name, filled)) and row.cells[:1] != ("sep=",)


def _stands_over(rows: Sequence[RawRow], at: int) -> bool:
    """Whether the row above a header has groups of its columns: names that stand apart, over more than its start."""
    if at == 0 or rows[at].number - rows[at - 1].number != 1:
        return False
    above = rows[at - 1]
    starts = [column for column, cell in enumerate(above.cells) if cell and cell.strip()]
    return (
        len(starts) >= 2
        and starts[-1] * 2 >= _width(rows[at]) - 1
        and all(map(is_a_name, above.filled))
        and any(second - first > 1 for first, second in zip(starts, [*starts[1:], _width(rows[at])], strict=True))
    )


def _is_second(rows: Sequence[RawRow], at: int) -> bool:
    """Whether the row below belongs to the header too: the first has gaps or doubles, and the second names alone."""
    if at + 1 >= len(rows) or rows[at + 1].number - rows[at].number != 1:
        return False
    first, second = rows[at], rows[at + 1]
    names = [cell.casefold() for cell in first.filled]
    has_gaps = len(names) < _width(second) or len(set(names)) < len(names)
    is_names = len(second.filled) * 2 >= len(names) and all(map(is_a_name, second.filled))
    has_values = any(not all(map(is_a_name, row.filled)) for row in rows[at + 2 : at + 7])
    return has_gaps and is_names and has_values


def _names(rows: Sequence[RawRow]) -> tuple[str, ...]:
    cells = list(rows[0].cells) if len(rows) == 1 else two_row_names(rows[0].cells, rows[1].cells)
    names = [(cell or "").strip().removeprefix("\ufeff") for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(name or f"column {at} (without a name)" for at, name in enumerate(names, 1))


def _no_header(rows: Sequence[RawRow], file: str, unit: str, width: int) -> TaskingError:
    """What stands where a name was expected, by its kind: a cell itself may be personal."""
    full = next((row for row in rows if len(row.filled) >= max(2, 0.6 * width)), rows[0] if rows else None)
    if full is None:
        return TaskingError(f"{file}: there is nothing in the file but blank rows")
    at, cell = next(
        ((at, cell) for at, cell in enumerate(full.cells, 1) if cell and cell.strip() and not is_a_name(cell)),
        (1, full.cells[0] or ""),
    )
    kind = next((words for pattern, words in _WHAT if pattern.match(cell.strip())), "a value")
    return TaskingError(
        f"{file}: {unit} {full.number}, column {at}: {kind} was seen where the name of a column was expected. The file "
        "has no header; ask the partner for one with the names of the columns in its first row"
    )
