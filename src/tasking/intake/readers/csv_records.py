"""Parses lines of a CSV file into records, with quoted cells over several lines and misplaced quotation marks."""

import csv
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_MOST_LINES: Final = 200  # of one cell
NEVER_CLOSED: Final = "unreadable: a quotation mark is never closed"


class CsvRecord(NamedTuple):
    """The cells of one line, or of several if a quoted cell continues on the next."""

    cells: list[str]
    line: str
    defect: str | None = None
    is_mended: bool = False  # a quotation mark within a cell was read as text

    def is_fit(self, width: int) -> bool:
        """Whether it has as many cells as the header, and beyond them only blank ones."""
        if self.defect is not None or len(self.cells) < width:
            return False
        return len(self.cells) == width or not any(map(str.strip, self.cells[width:]))


class CsvParser:
    """Parses lines into records. `width`: the number of columns in the header, 0 if it is not known yet."""

    def __init__(self, delimiter: str, width: int) -> None:
        self.delimiter = delimiter
        self.width = width
        self.count = 0

    def records(self, lines: Sequence[str]) -> Iterator[CsvRecord]:
        """Every record that is not blank; each line belongs to one record. `count` is their number."""
        at = 0
        quick = self._all_single(lines)
        while at < len(lines):
            if quick is not None:
                record, taken = CsvRecord(quick[at], lines[at]), 1
            elif '"' in lines[at]:
                record, taken = self.record(lines, at)
            else:
                record, taken = CsvRecord(self._split(lines[at]), lines[at]), 1
            at += taken
            if any(record.cells) and any(map(str.strip, record.cells)):
                self.count += 1
                yield record

    def _all_single(self, lines: Sequence[str]) -> list[list[str]] | None:
        """The cells of a file in which every row is one well quoted line; otherwise None."""
        try:
            rows = list(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except csv.Error:
            return None
        return rows if len(rows) == len(lines) else None

    def record(self, lines: Sequence[str], at: int) -> tuple[CsvRecord, int]:
        """The record that begins with line `at`, and how many lines it takes."""
        line = lines[at]
        whole = self._strict([line])
        if whole is not None:
            return CsvRecord(whole[0], line), 1
        cells, is_open = self._tolerant(line)
        if not is_open:
            return CsvRecord(cells, line, is_mended=True), 1
        # A well quoted cell may hold anything: somebody may have pasted rows of another file into it.
        many = self._strict(lines[at : at + _MOST_LINES])
        if many is not None and (not self.width or len(many[0]) == self.width):
            return CsvRecord(many[0], line), many[1]
        return CsvRecord(cells, line, NEVER_CLOSED), 1

    def lenient(self, line: str) -> list[str]:
        """The cells of a line with a misplaced quotation mark."""
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
        """The cells of one line, in which a mark closes a cell only before a delimiter or the line's end; and whether
        one stays open.

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
        """The position of the mark that closes a cell: before a delimiter or the end, and not half of a doubled
        mark."""
        while (at := line.find('"', at)) >= 0:
            run = at
            while line.startswith('"', run):
                run += 1
            if (run == len(line) or line.startswith(self.delimiter, run)) and (run - at) % 2:
                return run - 1
            at = run
        return -1
