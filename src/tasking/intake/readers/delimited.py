"""Reads CSV as partners write it: with title lines, other delimiters, incomplete rows, and quotation marks left open.

Every line that is not blank belongs to one row. A well quoted cell may hold line ends and anything else; a mark that is
never closed makes a defect of its own line only, as it would otherwise swallow the rows after it uncounted.
"""

import csv
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from tasking.config.feed import Feed
from tasking.intake.readers.csv_records import CsvParser
from tasking.intake.readers.csv_row_split import cut_to_width, row_starts
from tasking.intake.readers.encoding import decode
from tasking.intake.readers.rows import Rows, frame_of, ignored_by, two_row_names
from tasking.model.errors import DeliveryRefused
from tasking.model.text import fold, is_clean

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_MOST_TITLES: Final = 20  # lines above a header
_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_ENOUGH: Final = 500  # rows from which the start of a row is learned

csv.field_size_limit(2**31 - 1)  # a cell that is too long is a defect of its row, found later


def read_csv(feed: Feed, content: bytes) -> Rows:
    """The rows of a delimited file; a row of another width than the header is a defect of that row.

    Raises DeliveryRefused where there is no header.
    """
    text, notes = decode(feed, content)
    lines = _LINE.findall(text)
    found = _find_header(feed, lines)
    if found is None:
        raise DeliveryRefused(f"{feed.feed}: there is no header after {feed.file.title_lines} title lines.")
    header, parser, lines = found.names, CsvParser(found.delimiter, len(found.names)), lines[found.end :]
    width = len(header)
    notes = (*notes, *found.notes)
    is_ignored = ignored_by(feed)
    kept = [record for record in parser.records(lines) if not is_ignored(record.cells)]
    ignored = parser.count - len(kept)
    records: list[list[str]] = []
    defects: dict[int, str] = {}
    is_doubtful = [record.is_mended or not record.is_fit(width) for record in kept]
    starts = row_starts([one.cells for one in kept[:_ENOUGH]], parser.delimiter) if any(is_doubtful) else None
    for record, is_in_doubt in zip(kept, is_doubtful, strict=True):
        if not is_in_doubt:
            records.append(record.cells[:width])
            continue
        for cells, defect in cut_to_width(record, width, starts, parser):
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
    """`end`: the number of lines before the first row. `notes`: how it differs from the declaration."""

    names: list[str]
    delimiter: str
    end: int
    notes: tuple[str, ...] = ()


def _find_header(feed: Feed, lines: Sequence[str]) -> _Header | None:
    """The header at the declared line, or another line near the top that has every column that is read.

    Some export tools put a title or `sep=;` above it, or change the delimiter after an upgrade.
    """
    rows = feed.file.header_rows
    declared = _header_at(lines, feed.file.title_lines, feed.file.delimiter, rows)
    if declared is not None and _has_all(feed, declared.names):
        return declared
    for delimiter in dict.fromkeys((feed.file.delimiter, *_DELIMITERS)):
        for at in range(min(len(lines), _MOST_TITLES)):
            other = _header_at(lines, at, delimiter, rows)
            if other is not None and _has_all(feed, other.names):
                notes = (
                    [] if delimiter == feed.file.delimiter else [f"the cells are separated by {_DELIMITERS[delimiter]}"]
                )
                return other._replace(notes=(*notes, f"the header is on line {other.end}"))
    return declared


def _header_at(lines: Sequence[str], at: int, delimiter: str, rows: int = 1) -> _Header | None:
    """The header on the first line from `at` that is not blank, of one row or of two."""
    start = next((n for n in range(at, len(lines)) if lines[n].strip().strip(delimiter + ' "\t')), None)
    if start is None:
        return None
    first, taken = CsvParser(delimiter, 0).record(lines, start)
    names = [name.strip().removeprefix("\ufeff") for name in first.cells]
    if rows > 1 and start + taken < len(lines):
        second, more = CsvParser(delimiter, 0).record(lines, start + taken)
        names, taken = two_row_names(names, second.cells), taken + more
    while names and not names[-1]:
        names.pop()
    names = [name or f"column {number} (without a name)" for number, name in enumerate(names, 1)]
    return _Header(names, delimiter, start + taken)


def _has_all(feed: Feed, names: Sequence[str]) -> bool:
    return {fold(name).casefold() for name in feed.fields.columns} <= {fold(name).casefold() for name in names}
