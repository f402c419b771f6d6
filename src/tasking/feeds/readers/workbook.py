"""Excel workbooks, looked at before they are opened, and opened in a process of their own.

A 5 KB workbook can ask for gigabytes, so the zip's directory and the cells' references are read first, and the parse
runs in a child with a memory limit.
"""

import io
import json
import re
import subprocess
import sys
import zipfile

from tasking.feeds.declaration import Feed
from tasking.feeds.readers.rows import Rows, text_frame
from tasking.model.errors import DeliveryRefused

MOST_BYTES = 200 * 1024 * 1024  # unpacked
MOST_RATIO = 150
MOST_COLUMNS = 256
MOST_ROWS = 200_000
PARSE_SECONDS = 120
_CELL = re.compile(rb'\sr="([A-Z]{1,4})(\d{1,9})"')


def read_workbook(feed: Feed, content: bytes) -> Rows:
    """The rows of the declared sheet; date cells come as ISO text, numbers as they would be typed.

    Raises DeliveryRefused for another sheet, no workbook at all, and for workbooks that would cost memory.
    """
    _guard(feed, content)
    child = subprocess.run(  # noqa: S603 - our own module in our own interpreter
        [sys.executable, "-m", "tasking.feeds.workbook_child", feed.file.sheet or ""],
        input=content,
        capture_output=True,
        timeout=PARSE_SECONDS,
        check=False,
    )
    if child.returncode != 0:
        raise DeliveryRefused(f"{feed.feed}: the workbook could not be read in the memory and time it may take.")
    answer = json.loads(child.stdout)
    if "sheets" in answer:
        raise DeliveryRefused(
            f'{feed.feed}: the workbook has no sheet "{feed.file.sheet}"; it has {", ".join(answer["sheets"])}. '
            f"If {feed.partner} renamed it, change file.sheet in include/feeds/{feed.feed}.yml."
        )
    records = answer["rows"][feed.file.title_lines :]
    if not records:
        raise DeliveryRefused(f"{feed.feed}: the sheet has no header.")
    header = [(name or "").strip() for name in records[0]]
    while header and not header[-1]:
        header.pop()
    body = [record[: len(header)] for record in records[1:] if any(cell is not None for cell in record)]
    return Rows(text_frame(body, header))


def _guard(feed: Feed, content: bytes) -> None:
    try:
        book = zipfile.ZipFile(io.BytesIO(content))
        parts = book.infolist()
    except zipfile.BadZipFile:
        raise DeliveryRefused(
            f"{feed.feed}: not an Excel workbook, or cut short on the way. Ask {feed.partner} to send it again."
        ) from None
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MOST_BYTES or unpacked > MOST_RATIO * max(len(content), 10_000):
        raise DeliveryRefused(f"{feed.feed}: the workbook unpacks to {unpacked:,} bytes, which no daily log needs.")
    for part in parts:
        if not part.filename.endswith(".xml"):
            continue
        with book.open(part) as stream:
            _guard_part(feed, stream.read(min(part.file_size + 1, MOST_BYTES)), part.filename)


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
