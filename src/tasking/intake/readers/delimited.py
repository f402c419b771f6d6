"""CSV as partners write it: title lines, odd delimiters, rows that stop too soon, quotation marks that never end.

Every line that is not blank becomes part of one row. A cell that is well quoted may hold line ends, and whatever was
pasted into it; a mark that is never closed holds its own line, or it would make one row of several that nobody counts.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from tasking.config.feed import Feed
from tasking.intake.readers.encoding import decode
from tasking.intake.readers.rows import Rows, frame_of, ignored_by
from tasking.model.errors import DeliveryRefused
from tasking.model.text import fold, is_clean

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_MOST_LINES: Final = 200  # of one cell
_MOST_TITLES: Final = 20  # lines above a header
_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_DIGITS: Final = 6  # a cell of this many digits is a date, a number or a reference, not words
_LEAST_DIGITS: Final = 3  # of a reference, to tell one by its shape
_SHORT: Final = 40
_MOST_SHAPES: Final = 4
_ENOUGH: Final = 500  # rows to learn from how rows begin
_NARROW: Final = 4  # with so few columns a comma in a text makes two rows of one

csv.field_size_limit(2**31 - 1)  # a cell that is too long is a defect of its row, and no reason to stop reading
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
    lines = _LINE.findall(text)
    found = _find_header(feed, lines)
    if found is None:
        raise DeliveryRefused(f"{feed.feed}: there is no header after {feed.file.title_lines} title lines.")
    header, parser, lines = found.names, _Parser(found.delimiter, len(found.names)), lines[found.end :]
    width = len(header)
    notes = (*notes, *found.notes)
    is_ignored = ignored_by(feed)
    kept = [record for record in parser.records(lines) if not is_ignored(record.cells)]
    ignored = parser.found - len(kept)
    records: list[list[str]] = []
    defects: dict[int, str] = {}
    is_doubtful = [record.is_mended or not record.is_fit(width) for record in kept]
    starts = _row_starts([one.cells for one in kept[:_ENOUGH]], parser.delimiter) if any(is_doubtful) else None
    for record, is_in_doubt in zip(kept, is_doubtful, strict=True):
        if not is_in_doubt:
            records.append(record.cells[:width])
            continue
        for cells, defect in _rows_of(record, width, starts, parser):
            records.append(cells)
            if defect:
                defects[len(records)] = defect
    again = [at for at, cells in enumerate(records, 1) if cells[0].strip() == header[0]]
    defects |= {at: "the header is repeated here" for at in again if [c.strip() for c in records[at - 1]] == header}
    lacking = ""
    if lines and not lines[-1].endswith(("\n", "\r")):
        if len(records) in defects:
            lacking = "the file stops in the middle of its last row, so it was probably cut short on the way"
        else:
            notes = (*notes, "the last row has no line end, so its last cell may be cut short")
    frame = frame_of(feed, records, header, defects, is_clean=is_clean(text))
    return Rows(frame, defects, notes, ignored, lacking)


class _Header(NamedTuple):
    """`end`: how many lines of the file are before the rows. `notes`: where it is not as declared."""

    names: list[str]
    delimiter: str
    end: int
    notes: tuple[str, ...] = ()


def _find_header(feed: Feed, lines: Sequence[str]) -> _Header | None:
    """The header where the feed declares it; or another line near the top that has every column that is read.

    Some export tools put a title or `sep=;` above it, or separate by something else after an upgrade.
    """
    declared = _header_at(lines, feed.file.title_lines, feed.file.delimiter)
    if declared is not None and _has_all(feed, declared.names):
        return declared
    for delimiter in dict.fromkeys((feed.file.delimiter, *_DELIMITERS)):
        for at in range(min(len(lines), _MOST_TITLES)):
            other = _header_at(lines, at, delimiter)
            if other is not None and _has_all(feed, other.names):
                notes = (
                    [] if delimiter == feed.file.delimiter else [f"the cells are separated by {_DELIMITERS[delimiter]}"]
                )
                return other._replace(notes=(*notes, f"the header is on line {other.end}"))
    return declared


def _header_at(lines: Sequence[str], at: int, delimiter: str) -> _Header | None:
    """The header on the first line from `at` that is not blank."""
    start = next((n for n in range(at, len(lines)) if lines[n].strip().strip(delimiter + ' "\t')), None)
    if start is None:
        return None
    first, taken = _Parser(delimiter, 0).record(lines, start)
    names = [name.strip().removeprefix("\ufeff") for name in first.cells]
    while names and not names[-1]:
        names.pop()
    names = [name or f"column {number} (without a name)" for number, name in enumerate(names, 1)]
    return _Header(names, delimiter, start + taken)


def _has_all(feed: Feed, names: Sequence[str]) -> bool:
    return {fold(name).casefold() for name in feed.fields.columns} <= {fold(name).casefold() for name in names}


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


class _Parser:
    """Lines -> records. `width` is that of the header, 0 where it is not known yet."""

    def __init__(self, delimiter: str, width: int) -> None:
        self.delimiter = delimiter
        self.width = width
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
        """The cells of a file in which every row is one line and well quoted; None where that is not so."""
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
        # What is well quoted is one cell, whatever is written in it: somebody may have pasted rows of another file.
        many = self._strict(lines[at : at + _MOST_LINES])
        if many is not None and (not self.width or len(many[0]) == self.width):
            return _Record(many[0], line), many[1]
        return _Record(cells, line, NEVER_CLOSED), 1

    def lenient(self, line: str) -> list[str]:
        """The cells of a line in which a quotation mark is out of place."""
        return next(csv.reader([line], delimiter=self.delimiter), [])

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
