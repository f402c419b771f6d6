"""JSON arrays and JSON lines. Nested keys become columns with dotted names: `location.easting`."""

import json
from typing import Any

from tasking.feeds.declaration import Feed
from tasking.feeds.readers.encoding import decode
from tasking.feeds.readers.rows import Rows, text_frame
from tasking.model.errors import DeliveryRefused

_DEPTH = 4


def read_json(feed: Feed, content: bytes) -> Rows:
    """The rows of a JSON array of objects. Raises DeliveryRefused for anything else, a file cut short too."""
    text, notes = decode(feed, content)
    try:
        records = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DeliveryRefused(
            f"{feed.feed}: not readable as JSON{where}, perhaps cut short. Ask {feed.partner} to send it again."
        ) from None
    if not isinstance(records, list):
        raise DeliveryRefused(f"{feed.feed}: a JSON array of records was expected, and one {_kind(records)} came.")
    return _rows(feed, records, notes)


def read_json_lines(feed: Feed, content: bytes) -> Rows:
    """The rows of a file with one JSON object a line; a line that is no JSON is a defect of that row."""
    text, notes = decode(feed, content)
    if text.strip() and not text.endswith("\n"):
        raise DeliveryRefused(
            f"{feed.feed}: the last line has no end, so the file was probably cut short on the way. "
            f"Ask {feed.partner} to send it again."
        )
    records: list[Any] = []
    for line in text.split("\n"):
        if line.strip():
            try:
                records.append(json.loads(line))
            except (json.JSONDecodeError, RecursionError):
                records.append(None)
    return _rows(feed, records, notes)


def _rows(feed: Feed, records: list[Any], notes: tuple[str, ...]) -> Rows:
    flat: list[dict[str, str | None]] = []
    defects = {}
    for number, record in enumerate(records, 1):
        if isinstance(record, dict):
            flat.append(flattened(record))
        else:
            flat.append({})
            defects[number] = "unreadable: this line is not a JSON record"
    columns = list(dict.fromkeys(name for record in flat for name in record))
    if not columns and defects:
        # Nothing could be read at all, so nothing can be said about the header either.
        columns = feed.fields.columns
    # A group that is null in every record ("caller": null) says nothing about the keys inside it.
    for name in [name for name in columns if any(column.startswith(f"{name}.") for column in feed.fields.columns)]:
        columns.remove(name)
        columns += [c for c in feed.fields.columns if c.startswith(f"{name}.") and c not in columns]
    return Rows(text_frame([[record.get(name) for name in columns] for record in flat], columns), defects, notes)


def flattened(record: dict[str, Any], prefix: str = "", depth: int = _DEPTH) -> dict[str, str | None]:
    """A record's values as text by dotted name; deeper or listed values stay as JSON text."""
    flat: dict[str, str | None] = {}
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value and depth:
            flat.update(flattened(value, f"{name}.", depth - 1))
        elif value is None or isinstance(value, str):
            flat[name] = value
        else:
            flat[name] = json.dumps(value)
    return flat


def _kind(value: Any) -> str:
    return "object" if isinstance(value, dict) else type(value).__name__
