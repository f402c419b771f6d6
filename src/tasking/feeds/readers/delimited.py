"""CSV as partners write it: title lines, odd delimiters, rows that stop too soon."""

import csv
import io

from tasking.feeds.declaration import Feed
from tasking.feeds.readers.encoding import decode
from tasking.feeds.readers.rows import CELL_LIMIT, Rows, text_frame
from tasking.model.errors import DeliveryRefused


def read_csv(feed: Feed, content: bytes) -> Rows:
    """The rows of a delimited file; a row of another width than the header is a defect of that row.

    Raises DeliveryRefused for a file cut short in mid-row, a quotation mark that is never closed, a cell of more than
    CELL_LIMIT characters, no header.
    """
    text, notes = decode(feed, content)
    body = _without_title(text, feed.file.title_lines)
    csv.field_size_limit(CELL_LIMIT)
    records, is_well_quoted = _records(feed, body)
    records = [record for record in records if record]
    if not records:
        raise DeliveryRefused(f"{feed.feed}: there is no header after {feed.file.title_lines} title line(s).")
    header = [name.strip() for name in records[0]]
    width = len(header)
    if len(records) > 1 and not body.endswith(("\n", "\r")):
        raise DeliveryRefused(
            f"{feed.feed}: the file stops in the middle of row {len(records) - 1} (no line end after it), so it was "
            f"probably cut short on the way. Ask {feed.partner} to send it again."
        )
    defects = {
        number: f"wrong number of columns: {len(record)} where the header has {width}"
        for number, record in enumerate(records[1:], 1)
        if len(record) != width
    }
    if defects and not is_well_quoted:
        # A mark that is never closed makes one row of several, and nobody would count the others.
        raise DeliveryRefused(
            f"{feed.feed}: the quotation marks from row {min(defects)} on do not match, so rows can't be told apart. "
            f"Ask {feed.partner} to send it again."
        )
    if defects:
        records = [_fitted(record, width) for record in records]
    return Rows(text_frame(records[1:], header), defects, notes)


def _records(feed: Feed, body: str) -> tuple[list[list[str]], bool]:
    """The records, and whether every quotation mark in them is where it belongs."""
    for is_strict in (True, False):
        try:
            lines = io.StringIO(body, newline="")
            return list(csv.reader(lines, delimiter=feed.file.delimiter, strict=is_strict)), is_strict
        except csv.Error as error:
            fault = error
    raise DeliveryRefused(
        f"{feed.feed}: not readable as CSV ({fault}); a cell may have {CELL_LIMIT:,} characters at most."
    )


def _without_title(text: str, lines: int) -> str:
    start = 0
    for _ in range(lines):
        start = text.find("\n", start) + 1 or len(text)
    return text[start:]


def _fitted(record: list[str], width: int) -> list[str]:
    return (record + [""] * (width - len(record)))[:width]
