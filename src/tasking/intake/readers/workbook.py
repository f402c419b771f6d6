"""Reads Excel workbooks: checks their size first, then parses them in a child process.

A workbook of 5 KB can need gigabytes of memory, so the zip's directory and the cell references are checked first, and
the child has a memory limit.
"""

import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tasking.config.feed import Feed
from tasking.intake.readers.rows import Rows, frame_of, ignored_by, two_row_names
from tasking.model.delivery import quoted
from tasking.model.errors import DeliveryRefused
from tasking.model.text import fold

MOST_BYTES = 200 * 1024 * 1024  # unpacked
MOST_RATIO = 150
MOST_COLUMNS = 256
MOST_ROWS = 200_000
PARSE_SECONDS = 120
_MOST_TITLES = 20  # rows above a header
# A cell with content; empty cells with a format need no memory.
_CELL = re.compile(rb'\sr="([A-Z]{1,4})(\d{1,9})"[^<>/]{0,300}>(?!\s{0,20}</)')
_EPOCH_1904_DAYS = 1462  # between the first day of workbooks with the 1904 date system and that of others


def read_workbook(feed: Feed, content: bytes) -> Rows:
    """The rows of the declared sheet, with dates in ISO form and numbers as they would be typed.

    Raises DeliveryRefused if the sheet is missing, or the file is not a workbook or too large.
    """
    return _rows(feed, parse_sheet(feed, content))


def parse_sheet(feed: Feed, content: bytes) -> dict[str, Any]:
    """The declared sheet, or the first: `rows` (lists of text, the sheet's first row first), `names` of all sheets, and
    `lost`, `doubled` and `is_1904` as workbook_child gives them. Raises DeliveryRefused as read_workbook does."""
    _guard(feed, content)
    try:
        child = subprocess.run(  # noqa: S603 - our own module in our own interpreter
            [sys.executable, "-m", "tasking.intake.workbook_child", feed.file.sheet or ""],
            input=content,
            capture_output=True,
            timeout=PARSE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        child = None
    if child is None or child.returncode != 0:
        raise DeliveryRefused(
            f"{feed.feed}: the workbook can't be read; it may be damaged, or ask for more memory and time than a daily "
            f"log may take. Ask {feed.partner} to save it again as .xlsx and send it."
        )
    answer: dict[str, Any] = json.loads(child.stdout)
    if "sheets" in answer:
        found = ", ".join(map(quoted, answer["sheets"]))
        raise DeliveryRefused(
            f'{feed.feed}: the workbook has no sheet "{feed.file.sheet}"; it has {found}.',
            f"if {feed.partner} renamed it, change file.sheet in include/feeds/{feed.feed}.yml.",
        )
    if answer["doubled"]:
        raise DeliveryRefused(
            f"{feed.feed}: {answer['doubled']} row(s) of the sheet have a number that another row has, so some "
            f"can't be seen. Ask {feed.partner} to save the workbook again and send it."
        )
    return answer


def _rows(feed: Feed, answer: dict[str, Any]) -> Rows:
    lost = {(row, column): what for row, column, what in answer["lost"]}
    last = max((row for row, _ in lost), default=-1)
    records: list[list[str | None]] = answer["rows"]
    records += [[] for _ in range(last + 1 - len(records))]
    header_at, notes = _find_header(feed, records)
    names = _column_names(_header_cells(feed, records, header_at))
    if answer["is_1904"]:
        records = [_from_1904(feed, names, cells) for cells in records]
    body = _read_body(feed, records, header_at + feed.file.header_rows - 1, names, lost)
    notes += [
        f"{_lost_words(what, count)} under {quoted(name)}, read as empty" for (name, what), count in body.lost.items()
    ]
    if body.wider:
        notes.append(f"{body.wider} row(s) with something to the right of the last named column, left out")
    defects: dict[int, str] = {}
    return Rows(frame_of(feed, body.rows, names, defects), defects, tuple(notes), body.ignored)


def _find_header(feed: Feed, records: list[list[str | None]]) -> tuple[int, list[str]]:
    """The index of the header's row, and a note where it is not the declared one. Raises DeliveryRefused without one.

    If the declared row lacks a column that is read, another row near the top that has them all is the header.
    """
    declared = next((at for at, cells in enumerate(records) if at >= feed.file.title_lines and any(cells)), None)
    if declared is None:
        raise DeliveryRefused(f"{feed.feed}: the sheet has no header.")
    if not _has_all(feed, _header_cells(feed, records, declared)):
        tried = range(min(len(records), _MOST_TITLES))
        other = next((at for at in tried if _has_all(feed, _header_cells(feed, records, at))), None)
        if other is not None:
            return other, [f"the header is on row {other + 1}"]
    return declared, []


def _header_cells(feed: Feed, records: list[list[str | None]], at: int) -> list[str | None]:
    """The cells of the header whose first row is `at`, of one row or of two."""
    if feed.file.header_rows == 1 or at + 1 == len(records):
        return records[at]
    return [*two_row_names(records[at], records[at + 1])]


def _column_names(cells: list[str | None]) -> list[str]:
    header = [(name or "").strip() for name in cells]
    while header and not header[-1]:
        header.pop()
    return [name or f"column {at} (without a name)" for at, name in enumerate(header, 1)]


@dataclass
class _Body:
    """The rows under the header. `lost`: cells without a value, counted by column and by what is in them."""

    rows: list[list[str | None]] = field(default_factory=list)
    ignored: int = 0
    wider: int = 0  # rows with a cell beyond the last named column
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)


def _read_body(
    feed: Feed, records: list[list[str | None]], header_at: int, names: list[str], lost: dict[tuple[int, int], str]
) -> _Body:
    """The rows that are not blank, at the header's width. `lost`: from workbook_child.lost_values."""
    is_ignored, with_lost, body = ignored_by(feed), {row for row, _ in lost}, _Body()
    for at, cells in enumerate(records[header_at + 1 :], header_at + 1):
        if not any(cell and cell.strip() for cell in cells) and at not in with_lost:
            continue
        if is_ignored(cells):
            body.ignored += 1
            continue
        body.lost.update((names[column], lost[at, column]) for column in range(len(names)) if (at, column) in lost)
        body.wider += any(cells[len(names) :])
        body.rows.append([*cells[: len(names)], *[None] * (len(names) - len(cells))])
    return body


def _has_all(feed: Feed, cells: list[str | None]) -> bool:
    found = {fold(cell).casefold() for cell in cells if cell}
    return {fold(name).casefold() for name in feed.fields.columns} <= found


def _lost_words(what: str, count: int) -> str:
    return (
        f"{count} formula(s) without a stored value"
        if what == "="
        else f"{count} cell(s) with the error {quoted(what)}"
    )


def _from_1904(feed: Feed, names: list[str], cells: list[str | None]) -> list[str | None]:
    """The row with plain day numbers in date columns converted from the 1904 date system."""
    moments = (feed.fields.received_at, feed.fields.occurred_from, feed.fields.occurred_to, feed.fields.subject_born_on)
    dated = {column for one in moments if one and "excel" in one.formats for column in one.columns}
    return [
        _later(cell)
        if at < len(names) and names[at] in dated
        else cell  # cells with a date format were converted by the parser
        for at, cell in enumerate(cells)
    ]


def _later(cell: str | None) -> str | None:
    try:
        return str(float(cell or "") + _EPOCH_1904_DAYS)
    except ValueError:
        return cell


def _guard(feed: Feed, content: bytes) -> None:
    try:
        book = zipfile.ZipFile(io.BytesIO(content))
        parts = book.infolist()
    except zipfile.BadZipFile:
        raise _no_workbook(feed) from None
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MOST_BYTES or unpacked > MOST_RATIO * max(len(content), 10_000):
        raise DeliveryRefused(f"{feed.feed}: the workbook unpacks to {unpacked:,} bytes, which no daily log needs.")
    for part in parts:
        if not part.filename.endswith((".xml", ".rels")):
            continue
        try:
            with book.open(part) as stream:
                xml = stream.read(min(part.file_size + 1, MOST_BYTES))
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
            # Damaged, encrypted, or with an unsupported compression.
            raise _no_workbook(feed) from None
        _guard_part(feed, xml, part.filename)


def _no_workbook(feed: Feed) -> DeliveryRefused:
    return DeliveryRefused(
        f"{feed.feed}: not an Excel workbook, or damaged or cut short on the way. Ask {feed.partner} to send it again."
    )


def _guard_part(feed: Feed, xml: bytes, name: str) -> None:
    if b"<!DOCTYPE" in xml[:4096] or b"<!ENTITY" in xml:
        raise DeliveryRefused(f"{feed.feed}: the workbook declares XML entities, which no export does.")
    if "worksheets/" not in name:
        return
    for match in _CELL.finditer(xml):
        if _column_number(match[1]) > MOST_COLUMNS or int(match[2]) > MOST_ROWS:
            raise DeliveryRefused(
                f"{feed.feed}: the workbook has a cell at {match[1].decode()}{match[2].decode()}; "
                f"at most {MOST_COLUMNS} columns and {MOST_ROWS:,} rows are read."
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
