"""JSON arrays and JSON lines. Nested keys become columns with dotted names: `location.easting`.

Numbers are kept as they are written: a reference of 19 digits, or 700010.0, is text to us.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from tasking.config.feed import Feed
from tasking.intake.readers.encoding import decode
from tasking.intake.readers.records import (
    DamagedRecord,
    DuplicateKeys,
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
from tasking.model.text import fold, is_clean

_DEPTH: Final = 4
_MOST_UNKNOWN: Final = 1_000  # keys that nobody declared, to name them
_MOST_LINES: Final = 400  # that one record of a JSON lines file may be printed over
_NOT_A_NUMBER: Final = re.compile(r"[:,\[]\s{0,9}-?(?:NaN|Infinity)\s{0,9}[,}\]]")
_FAULT_KEYS: Final = frozenset("code description message error errors error_description status title detail".split())


_BOOLEANS: Final = {True: "true", False: "false"}


class _Record(NamedTuple):
    cells: dict[str, str | None]
    defect: str | None = None


def read_json(feed: Feed, content: bytes) -> Rows:
    """The rows of a JSON array of objects; of an array that is damaged, the records that can be read, the others held.

    Raises DeliveryRefused for anything else than an array, and for a server's error in place of records.
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
    if not isinstance(value, list):
        raise DeliveryRefused(f"{feed.feed}: a JSON array of records was expected, and one {_kind(value)} came.")
    return _rows(feed, value, text, notes, lacking)


def read_json_lines(feed: Feed, content: bytes) -> Rows:
    """The rows of a file with one JSON object a line; a line that is no JSON is a defect of that row.

    Two records on a line are two rows, and a record printed over several lines is one.
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
    """The records that begin on a line, or what stands there where it can't be read; and how many lines they take."""
    if whole := records_in(lines[at]):
        return whole, 1
    if is_opening(lines[at]):
        joined = lines[at]
        for more, line in enumerate(lines[at + 1 : at + _MOST_LINES], 1):
            if is_opening(line) and records_in(line):
                break  # a record by itself
            joined += "\n" + line
            if line.rstrip().endswith("}") and (found := records_in(joined)):
                return found, more + 1
    try:
        return salvage(feed, lines[at]) or [UnreadableText(lines[at])], 1
    except DeliveryRefused:  # a line that is damaged beyond reading is one row, and no reason to refuse the others
        return [UnreadableText(lines[at])], 1


def _rows(feed: Feed, values: Sequence[Any], text: str, notes: tuple[str, ...], lacking: str) -> Rows:
    _refuse_error(feed, values)
    columns = _Columns(feed)
    records = [columns.as_declared(record) for value in values for record in _records(feed, value)]
    found = dict.fromkeys(name for record in records for name in record.cells)
    defects = {number: record.defect for number, record in enumerate(records, 1) if record.defect}
    if not found and defects:
        # Nothing could be read at all, so nothing can be said about the keys either.
        found = dict.fromkeys(feed.fields.columns)
    # A group that is null in every record ("caller": null) says nothing about the keys inside it.
    names = [*found, *(name for name in columns.in_groups if name not in found)]
    cells = [[record.cells.get(name) for name in names] for record in records]
    frame = frame_of(feed, cells, names, defects, is_clean="\\u" not in text and is_clean(text))
    unknown = tuple(columns.unknown)
    return Rows(frame, defects, (*notes, *_nan_note(text)), lacking=lacking, is_keyed=True, unknown=unknown)


class _Columns:
    """Which keys of the records are declared, under which spelling, and which only look as if they were.

    `unknown`: keys that nobody declared. `in_groups`: declared columns whose group came as null.
    """

    def __init__(self, feed: Feed) -> None:
        self._read = feed.fields.columns
        self._declared = set(feed.columns)
        self._spelt = {fold(name).casefold(): name for name in self._read}
        self.unknown: dict[str, None] = {}
        self.in_groups: dict[str, None] = {}

    def as_declared(self, record: _Record) -> _Record:
        """The record with the columns that are declared; a defect where one that is read came in another shape.

        A flag that says "restricted" must not be lost because it came in a list, or one level deeper.
        """
        cells: dict[str, str | None] = {}
        defect = record.defect
        for name, value in record.cells.items():
            if name in self._declared:
                cells[name] = value
                continue
            spelt = self._spelt.get(fold(name).casefold())
            if spelt is not None and spelt not in record.cells:
                cells[spelt] = value
                continue
            inside = [column for column in self._read if column.startswith(f"{name}.")]
            if inside and value is None:
                self.in_groups |= dict.fromkeys(inside)
                continue
            shape = inside[:1] or [column for column in self._read if name.startswith(f"{column}.")]
            if shape and value is not None:
                defect = defect or f'unreadable: the key "{shape[0]}" has another shape than declared'
            if len(self.unknown) < _MOST_UNKNOWN:
                self.unknown[name] = None
        return _Record(cells, defect)


def _records(feed: Feed, value: Any) -> Iterator[_Record]:
    """The rows of one value of the file: an object is one, or several where it holds several references."""
    try:
        if isinstance(value, DamagedRecord):
            yield _Record(flatten(value.record), "unreadable: the JSON record is damaged")
        elif not isinstance(value, dict):
            yield _unread(
                feed, value.text if isinstance(value, UnreadableText) else json.dumps(value, ensure_ascii=False)
            )
        elif isinstance(value, DuplicateKeys) and (parts := _parts(feed, value)):
            for part in parts:
                yield _Record(flatten(part), f"unreadable: {len(parts)} records in one")
        elif (twice := _twice(value)) is not None:
            is_known = any(twice in column.split(".") for column in feed.columns)
            which = quoted(twice) if is_known else "that nobody declared"
            defect = f"unreadable: a key {which} stands in the record twice, with different values"
            yield _Record(flatten(value), defect)
        else:
            yield _Record(flatten(value))
    except RecursionError:
        yield _Record({}, "unreadable: the JSON record is nested too deep")


def _unread(feed: Feed, text: str) -> _Record:
    """A row for what is no record, with what stands there as its words, so that a person can see it."""
    told = feed.fields.text if isinstance(feed.fields.text, str) else feed.fields.text[0]
    return _Record({told: text or None}, "unreadable: this is not a JSON record")


def _parts(feed: Feed, value: DuplicateKeys) -> list[dict[str, Any]]:
    """The records in an object, where the mark between them is gone; none where it is one record."""
    pairs, root = value.pairs, feed.fields.source_ref.partition(".")[0]
    starts = [at for at, (key, _) in enumerate(pairs) if key == root]
    if len(starts) < 2:
        return []
    first = starts[0]  # each begins as far before its reference as the first does
    parts = [dict(pairs[a - first : b - first]) for a, b in zip(starts, [*starts[1:], len(pairs) + first], strict=True)]
    return parts if all(part.keys() >= identifying_keys(feed) for part in parts) else []


def _twice(value: dict[str, Any]) -> str | None:
    """The first key that stands in an object, or in one inside it, more than once with different values."""
    if isinstance(value, DuplicateKeys):
        seen: dict[str, Any] = {}
        for key, inner in value.pairs:
            if seen.setdefault(key, inner) != inner:
                return key
    return next((found for inner in value.values() if isinstance(inner, dict) and (found := _twice(inner))), None)


def flatten(record: dict[str, Any], prefix: str = "", depth: int = _DEPTH) -> dict[str, str | None]:
    """A record's values as text by dotted name; deeper or listed values stay as JSON text.

    Of a key that stands in it twice both values are kept, one after the other.
    """
    flat: dict[str, str | None] = {}
    for key, value in record.pairs if isinstance(record, DuplicateKeys) else record.items():
        name = prefix + key
        found: dict[str, str | None]
        if isinstance(value, dict) and value and depth:
            found = flatten(value, f"{name}.", depth - 1)
        elif value is None or isinstance(value, str):
            found = {name: value}
        elif value in ({}, []):
            found = {name: None}
        else:
            found = {name: _BOOLEANS[value] if isinstance(value, bool) else _as_json(value)}
        for column in flat.keys() & found.keys():
            before, text = flat[column], found[column]
            found[column] = f"{before} | {text}" if before and text and before != text else text or before
        flat.update(found)
    return flat


def _as_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(nested too deep)"


def _nan_note(text: str) -> tuple[str, ...]:
    found = sum(1 for _ in _NOT_A_NUMBER.finditer(text)) if "NaN" in text or "Infinity" in text else 0
    return (f"{found} value(s) that are no number (NaN), read as empty",) if found else ()


def _refuse_error(feed: Feed, records: Sequence[Any]) -> None:
    """Raises DeliveryRefused where the server sent its error in place of records, with its words."""
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
