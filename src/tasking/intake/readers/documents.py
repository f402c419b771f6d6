"""Reads JSON arrays and JSON lines. Nested keys become columns with dotted names: `location.easting`.

Numbers are kept as text, as they are written: a reference may have 19 digits, or be 700010.0.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from tasking.config.feed import Feed
from tasking.intake.readers.encoding import decode
from tasking.intake.readers.json_rows import JsonColumns, flatten, rows_of_value
from tasking.intake.readers.records import (
    UnreadableText,
    decode_json,
    identifying_keys,
    is_opening,
    records_in,
    salvage,
)
from tasking.intake.readers.rows import Rows, frame_of
from tasking.model.delivery import quoted
from tasking.model.errors import DeliveryRefused
from tasking.model.text import is_clean

_MOST_LINES: Final = 400  # over which one record of a JSON lines file may extend
_NOT_A_NUMBER: Final = re.compile(r"[:,\[]\s{0,9}-?(?:NaN|Infinity)\s{0,9}[,}\]]")
_FAULT_KEYS: Final = frozenset("code description message error errors error_description status title detail".split())


def read_json(feed: Feed, content: bytes) -> Rows:
    """The rows of a JSON array of objects; in a damaged array, records that can't be read become defects.

    Raises DeliveryRefused for anything but an array, and for an error message in place of records.
    """
    text, notes = decode(feed, content)
    lacking = ""
    try:
        value = decode_json(text.strip())
    except ValueError:
        value = salvage(feed, text)
        if not any(isinstance(record, dict) for record in value):
            raise DeliveryRefused(
                f"{feed.feed}: not readable as JSON, perhaps cut short. Ask {feed.partner} to send it again."
            ) from None
        if text.lstrip().startswith("[") and not text.rstrip().endswith("]"):
            lacking = "the file has no end, so it was probably cut short on the way"
    if isinstance(value, dict):
        _refuse_error(feed, [value])
        value = _records_inside(feed, value)
    if not isinstance(value, list):
        raise DeliveryRefused(f"{feed.feed}: a JSON array of records was expected, and one {_kind(value)} came.")
    return _rows(feed, value, text, notes, lacking)


def _records_inside(feed: Feed, value: dict[str, Any]) -> Any:
    """What the declared key `records` of an object holds; the object itself where none is declared.

    Raises DeliveryRefused if the object has no such key.
    """
    if feed.file.records is None:
        return value
    if feed.file.records not in value:
        found = ", ".join(map(quoted, list(value)[:5]))
        raise DeliveryRefused(
            f'{feed.feed}: the records were expected under the key "{feed.file.records}", and the file has {found}.',
            f"if {feed.partner} renamed it, change file.records in include/feeds/{feed.feed}.yml.",
        )
    return value[feed.file.records]


def read_json_lines(feed: Feed, content: bytes) -> Rows:
    """The rows of a file with one JSON object on each line; a line that is not JSON is a row with a defect.

    Two records on a line are two rows, and a record over several lines is one.
    """
    text, notes = decode(feed, content)
    if text.lstrip().startswith("[{") or text.lstrip().startswith("[\n"):
        try:
            whole = decode_json(text.strip())
        except ValueError:
            whole = None
        if isinstance(whole, list):
            return _rows(feed, whole, text, (*notes, "the records came as one JSON array"), "")
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()]
    records: list[Any] = []
    at = 0
    while at < len(lines):
        found, taken = _on_line(feed, lines, at)
        records += found
        at += taken
    lacking = ""
    if lines and not text.endswith(("\n", "\r")) and not isinstance(records[-1], dict):
        lacking = "the file stops in the middle of its last line, so it was probably cut short on the way"
    return _rows(feed, records, text, notes, lacking)


def _on_line(feed: Feed, lines: list[str], at: int) -> tuple[Sequence[Any], int]:
    """The records that begin on a line, or its text if it can't be read; and how many lines they take."""
    if whole := records_in(lines[at]):
        return whole, 1
    if is_opening(lines[at]):
        joined = lines[at]
        for more, line in enumerate(lines[at + 1 : at + _MOST_LINES], 1):
            if is_opening(line) and records_in(line):
                break  # a complete record of its own
            joined += "\n" + line
            if line.rstrip().endswith("}") and (found := records_in(joined)):
                return found, more + 1
    try:
        return salvage(feed, lines[at]) or [UnreadableText(lines[at])], 1
    except DeliveryRefused:  # one damaged line is one row with a defect
        return [UnreadableText(lines[at])], 1


def _rows(feed: Feed, values: Sequence[Any], text: str, notes: tuple[str, ...], lacking: str) -> Rows:
    _refuse_error(feed, values)
    columns = JsonColumns(feed)
    records = [columns.as_declared(record) for value in values for record in rows_of_value(feed, value)]
    found = dict.fromkeys(name for record in records for name in record.cells)
    defects = {number: record.defect for number, record in enumerate(records, 1) if record.defect}
    if not found and defects:
        # No record could be read, so the keys are unknown too.
        found = dict.fromkeys(feed.fields.columns)
    # If a group is null in every record ("caller": null), the keys inside it are not missing.
    names = [*found, *(name for name in columns.in_groups if name not in found)]
    cells = [[record.cells.get(name) for name in names] for record in records]
    frame = frame_of(feed, cells, names, defects, is_clean="\\u" not in text and is_clean(text))
    unknown = tuple(columns.unknown)
    return Rows(frame, defects, (*notes, *_nan_note(text)), lacking=lacking, is_keyed=True, unknown=unknown)


def _nan_note(text: str) -> tuple[str, ...]:
    found = sum(1 for _ in _NOT_A_NUMBER.finditer(text)) if "NaN" in text or "Infinity" in text else 0
    return (f"{found} value(s) that are no number (NaN), read as empty",) if found else ()


def _refuse_error(feed: Feed, records: Sequence[Any]) -> None:
    """Raises DeliveryRefused with the server's own words if it sent an error message in place of records."""
    if not records or not all(isinstance(one, dict) for one in records):
        return
    keys = {key for one in records for key in one}
    if keys & identifying_keys(feed) or not keys & _FAULT_KEYS or keys - _FAULT_KEYS:
        return
    words = " ".join(str(value) for value in flatten(records[0]).values() if value)
    raise DeliveryRefused(
        f"{feed.feed}: the server sent an error instead of records: {quoted(words)}. Ask {feed.partner} what is wrong."
    )


def _kind(value: Any) -> str:
    return "object" if isinstance(value, dict) else type(value).__name__
