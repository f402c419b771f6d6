"""CSV as partners write it: title lines, odd delimiters, rows that stop too soon, quotation marks that never end.

Every line that is not blank becomes part of one row, whatever a quotation mark says: a mark that is never closed would
make one row of several, and nobody would count the others.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice, pairwise
from typing import Final, NamedTuple

from tasking.feeds.declaration import Feed
from tasking.feeds.readers.encoding import decode
from tasking.feeds.readers.rows import CELL_LIMIT, Rows, frame_of, ignored_by
from tasking.model.errors import DeliveryRefused
from tasking.model.text import is_clean

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_MOST_LINES: Final = 200  # of one cell
_DIGITS: Final = 6  # a cell of this many digits is a date, a number or a reference, not words
_LEAST_DIGITS: Final = 3  # of a reference, to tell one by its shape
_SHORT: Final = 40
_MOST_SHAPES: Final = 4
_ENOUGH: Final = 500  # rows to learn from how rows begin
_NARROW: Final = 4  # with so few columns a comma in a text makes two rows of one

NEVER_CLOSED: Final = "unreadable: a quotation mark is never closed"


class _Record(NamedTuple):
    """What one line holds, or several where a cell goes on in the next."""

    cells: list[str]
    line: str
    defect: str | None = None
    is_mended: bool = False  # a mark in the middle of a cell was taken for a part of it

    def is_fit(self, width: int) -> bool:
        """Whether it has the columns of the header, and beyond them at most blank ones."""
        if self.defect is not None or len(self.cells) < width:
            return False
        return len(self.cells) == width or not any(map(str.strip, self.cells[width:]))


class _Row(NamedTuple):
    cells: list[str]
    defect: str | None


def read_csv(feed: Feed, content: bytes) -> Rows:
    """The rows of a delimited file; a row of another width than the header is a defect of that row.

    Raises DeliveryRefused where there is no header.
    """
    text, notes = decode(feed, content)
    body = _LINE.findall(text)[feed.file.title_lines :]
    start = next((at for at, line in enumerate(body) if not _is_blank(line, feed)), None)
    if start is None:
        raise DeliveryRefused(f"{feed.feed}: there is no header after {feed.file.title_lines} title line(s).")
    parser = _Parser(feed.file.delimiter)
    first, taken = parser.record(body, start)
    header, width = _header(first.cells)
    parser.width = width
    lines = body[start + taken :]
    is_ignored = ignored_by(feed)
    kept = [record for record in parser.records(lines) if not is_ignored(record.cells)]
    ignored = parser.found - len(kept)
    records: list[list[str]] = []
    defects: dict[int, str] = {}
    starts = cache(lambda: _row_starts([one.cells for one in kept[:_ENOUGH]], feed.file.delimiter))
    for record in kept:
        if record.is_fit(width) and not record.is_mended:
            records.append(record.cells[:width])
            continue
        for cells, defect in _rows_of(record, width, starts(), parser):
            records.append(cells)
            if defect:
                defects[len(records)] = defect
    lacking = ""
    if lines and not lines[-1].endswith(("\n", "\r")):
        if len(records) in defects:
            lacking = "the file stops in the middle of its last row, so it was probably cut short on the way"
        else:
            notes = (*notes, "the last row has no line end, so its last cell may be cut short")
    frame = frame_of(feed, records, header, defects, is_clean=is_clean(text))
    return Rows(frame, defects, notes, ignored, lacking)


def _header(cells: Sequence[str]) -> tuple[list[str], int]:
    """Names of the columns, and how many there are; a column without a name at the end is none."""
    names = [name.strip().removeprefix("\ufeff") for name in cells]
    while names and not names[-1]:
        names.pop()
    return [name or f"column {at} (without a name)" for at, name in enumerate(names, 1)], len(names)


def _rows_of(record: _Record, width: int, starts: re.Pattern[str] | None, parser: "_Parser") -> Iterator[_Row]:
    """The record cut to the header's width, with a defect where it has another; several where several are in it."""
    parts = _parts(record, width, starts, parser)
    if record.is_fit(width) and len(parts) == 1:
        yield _Row(record.cells[:width], None)
        return
    for cells in parts:
        if len(parts) > 1:
            defect = f"unreadable: {len(parts)} rows on one line"
        else:
            defect = record.defect or f"wrong number of columns: {len(cells)} where the header has {width}"
        yield _Row(_of_width(cells, width), defect)


def _parts(record: _Record, width: int, starts: re.Pattern[str] | None, parser: "_Parser") -> Sequence[Sequence[str]]:
    """The cells of each row in a line: the line end between rows may be gone."""
    line = record.line.rstrip("\r\n")
    begins = [match.start() for match in starts.finditer(line)] if starts else []
    begins = [0, *(at for at in begins if at > _DIGITS)]
    if len(begins) > 1:
        return [parser.lenient(line[start:end]) for start, end in pairwise([*begins, len(line)])]
    for cells in (record.cells, parser.lenient(line)):
        many, rest = divmod(len(cells) - 1, max(width - 1, 1))
        if many > 1 and rest == 0 and width > _NARROW:
            # The last cell of one row and the first of the next have become one.
            return [cells[at * (width - 1) :][:width] for at in range(many)]
    return [record.cells]


def _row_starts(rows: Sequence[Sequence[str]], delimiter: str) -> re.Pattern[str] | None:
    """How rows of this file begin, learned from all of them: the shape of a reference, and what follows it."""
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
    """A pattern for references that look alike: `CSU-2026-1002` as letters, four to six digits, four to six digits."""
    parts = re.findall(r"[A-Za-z]+|\d+|[^A-Za-z\d]", cell.strip()[:_SHORT])
    return "".join(
        f"[A-Za-z]{{{len(part)}}}" if part.isalpha() and part.isascii()
        else rf"\d{{{max(1, len(part) - 1)},{len(part) + 1}}}" if part.isdigit() and part.isascii()
        else re.escape(part)
        for part in parts
    )  # fmt: skip


def _is_number(cell: str) -> bool:
    """Whether a cell holds a date or a number, and not words."""
    return len(cell) <= _SHORT and sum(map(str.isdigit, cell)) >= _DIGITS


def _of_width(cells: Sequence[str], width: int) -> list[str]:
    if len(cells) > width:
        return [*cells[: width - 1], " ".join(cells[width - 1 :])]
    return [*cells, *[""] * (width - len(cells))]


def _is_blank(line: str, feed: Feed) -> bool:
    return not line.strip().strip(feed.file.delimiter + ' "\t')


class _Parser:
    """Lines -> records. `width` is that of the header, once it is known."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self.width = 0
        self.found = 0

    def records(self, lines: Sequence[str]) -> Iterator[_Record]:
        """Every record that is not blank; each line is in one. `found` counts them."""
        at = 0
        quick = self._all_single(lines)
        while at < len(lines):
            if quick is not None:
                record, taken = _Record(quick[at], lines[at]), 1
            elif '"' in lines[at]:
                record, taken = self.record(lines, at)
            else:
                record, taken = _Record(self._split(lines[at]), lines[at]), 1
            at += taken
            if any(record.cells) and any(map(str.strip, record.cells)):
                self.found += 1
                yield record

    def _all_single(self, lines: Sequence[str]) -> list[list[str]] | None:
        """The cells of a file in which every row is one line; None where that is not so."""
        csv.field_size_limit(2**31 - 1)
        try:
            rows = list(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except csv.Error:
            return None
        return rows if len(rows) == len(lines) else None

    def record(self, lines: Sequence[str], at: int) -> tuple[_Record, int]:
        """The record that begins with line `at`, and how many lines it takes."""
        line = lines[at]
        whole = self._strict([line])
        if whole is not None:
            return _Record(whole[0], line), 1
        cells, is_open = self._tolerant(line)
        if not is_open:
            return _Record(cells, line, is_mended=True), 1
        below = self._below(islice(lines, at + 1, at + _MOST_LINES))
        many = self._strict([line, *below])
        if many is not None and (not self.width or len(many[0]) == self.width):
            return _Record(many[0], line), many[1]
        return _Record(cells, line, NEVER_CLOSED), 1

    def lenient(self, line: str) -> list[str]:
        """The cells of a line in which a quotation mark is out of place."""
        return next(csv.reader([line], delimiter=self.delimiter), [])

    def _below(self, lines: Iterator[str]) -> Iterator[str]:
        """The lines below that a cell may go on in: up to the first that is a row by itself."""
        size = 0
        for line in lines:
            size += len(line)
            if self._is_row(line) or size > CELL_LIMIT:
                return
            yield line

    def _is_row(self, line: str) -> bool:
        """Whether a line looks like a row by itself: enough cells, and one that holds a date or a number."""
        if not self.width:
            return False
        cells = line.split(self.delimiter)
        enough = max(2, (self.width + 1) // 2) if self.width > 6 else self.width
        return len(cells) >= enough and any(map(_is_number, cells))

    def _strict(self, lines: Sequence[str]) -> tuple[list[str], int] | None:
        reader = csv.reader(iter(lines), delimiter=self.delimiter, strict=True)
        try:
            return next(reader), reader.line_num
        except (csv.Error, StopIteration):
            return None

    def _split(self, line: str) -> list[str]:
        return line.rstrip("\r\n").split(self.delimiter)

    def _tolerant(self, line: str) -> tuple[list[str], bool]:
        """The cells of one line where a mark closes a cell only before a delimiter or the end; whether one stays open.

        So `"broke the 24" telly"` is read as it was meant.
        """
        line = line.rstrip("\r\n")
        cells: list[str] = []
        at = 0
        while at <= len(line):
            if not line.startswith('"', at):
                end = line.find(self.delimiter, at)
                end = len(line) if end < 0 else end
                cells.append(line[at:end])
            else:
                end = self._closing(line, at + 1)
                if end < 0:
                    cells += self._split(line[at + 1 :])
                    return cells, True
                cells.append(line[at + 1 : end].replace('""', '"'))
                end += 1
            at = end + 1
        return cells, False

    def _closing(self, line: str, at: int) -> int:
        """Where the mark stands that closes a cell: before a delimiter or the end, and not half of a doubled one."""
        while (at := line.find('"', at)) >= 0:
            run = at
            while line.startswith('"', run):
                run += 1
            if (run == len(line) or line.startswith(self.delimiter, run)) and (run - at) % 2:
                return run - 1
            at = run
        return -1
