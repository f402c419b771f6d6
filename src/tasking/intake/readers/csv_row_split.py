"""Handles CSV rows of the wrong width: separates several rows on one line, and cuts each to the header's width."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from tasking.intake.readers.csv_records import CsvParser, CsvRecord

_DIGITS: Final = 6  # a cell with so many digits is a date, a number or a reference, not text
_LEAST_DIGITS: Final = 3  # of a reference that can be recognised by its shape
_SHORT: Final = 40
_MOST_SHAPES: Final = 4
_NARROW: Final = 4  # with so few columns, an unquoted comma in a text looks like two rows


class _CutRow(NamedTuple):
    cells: list[str]
    defect: str | None


def cut_to_width(
    record: CsvRecord, width: int, starts: re.Pattern[str] | None, parser: "CsvParser"
) -> Iterator[_CutRow]:
    """The record at the header's width, with a defect if it had another; several rows if the line holds several."""
    parts = _split_rows(record, width, starts, parser)
    if record.is_fit(width) and len(parts) == 1:
        yield _CutRow(record.cells[:width], None)
        return
    for cells in parts:
        if len(parts) > 1:
            defect = f"unreadable: {len(parts)} rows on one line"
        else:
            defect = record.defect or f"wrong number of columns: {len(cells)} where the header has {width}"
        yield _CutRow(_fit_width(cells, width), defect)


def _split_rows(
    record: CsvRecord, width: int, starts: re.Pattern[str] | None, parser: "CsvParser"
) -> Sequence[Sequence[str]]:
    """The cells of each row on a line, as line ends between rows may be missing."""
    line = record.line.rstrip("\r\n")
    begins = [match.start() for match in starts.finditer(line)] if starts else []
    begins = [0, *(at for at in begins if at > _DIGITS)]
    if len(begins) > 1:
        return [parser.lenient(line[start:end]) for start, end in pairwise([*begins, len(line)])]
    for cells in (record.cells, parser.lenient(line)):
        many, rest = divmod(len(cells) - 1, max(width - 1, 1))
        if many > 1 and rest == 0 and width > _NARROW:
            # The last cell of one row and the first of the next are joined.
            return [cells[at * (width - 1) :][:width] for at in range(many)]
    return [record.cells]


def row_starts(rows: Sequence[Sequence[str]], delimiter: str) -> re.Pattern[str] | None:
    """A pattern for the start of a row, learned from this file's rows: the shape of the reference, and what follows
    it."""
    rows = [cells for cells in rows if len(cells) > 1]
    shapes = Counter(_shape(cells[0]) for cells in rows if sum(map(str.isdigit, cells[0])) >= _LEAST_DIGITS)
    if not shapes:
        return None
    alternatives = "|".join(shape for shape, _ in shapes.most_common(_MOST_SHAPES))
    mark = re.escape(delimiter)
    next_is_number = sum(_is_number(cells[1]) for cells in rows) * 2 > len(rows)
    after = r"(?=[^\n]?" + rf"(?:[^{mark}\d]{{0,8}}\d){{{_DIGITS}}})" if next_is_number else ""
    return re.compile(rf'"?(?:{alternatives})"?{mark}{after}')


def _shape(cell: str) -> str:
    """A pattern for references of one shape: `CSU-2026-1002` as three letters, then three to five digits twice."""
    parts = re.findall(r"[A-Za-z]+|\d+|[^A-Za-z\d]", cell.strip()[:_SHORT])
    return "".join(
        f"[A-Za-z]{{{len(part)}}}" if part.isalpha() and part.isascii()
        else rf"\d{{{max(1, len(part) - 1)},{len(part) + 1}}}" if part.isdigit() and part.isascii()
        else re.escape(part)
        for part in parts
    )  # fmt: skip


def _is_number(cell: str) -> bool:
    """Whether a cell holds a date or a number, not text."""
    return len(cell) <= _SHORT and sum(map(str.isdigit, cell)) >= _DIGITS


def _fit_width(cells: Sequence[str], width: int) -> list[str]:
    if len(cells) > width:
        return [*cells[: width - 1], " ".join(cells[width - 1 :])]
    return [*cells, *[""] * (width - len(cells))]
