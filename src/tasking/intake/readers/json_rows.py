"""Turns JSON values into rows: nested keys become columns with dotted names, in the spelling that the feed declares."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from tasking.config.feed import Feed
from tasking.intake.readers.records import (
    DamagedRecord,
    DuplicateKeys,
    UnreadableText,
    identifying_keys,
)
from tasking.model.delivery import quoted
from tasking.model.text import fold

_DEPTH: Final = 4
_MOST_UNKNOWN: Final = 1_000  # undeclared keys that are remembered for the note
_BOOLEANS: Final = {True: "true", False: "false"}


class JsonRow(NamedTuple):
    cells: dict[str, str | None]
    defect: str | None = None


class JsonColumns:
    """Maps the keys of records to declared columns, and collects those that are not declared.

    `unknown`: undeclared keys. `in_groups`: declared columns whose group came as null.
    """

    def __init__(self, feed: Feed) -> None:
        self._read = feed.read_columns
        self._declares = cache(feed.declares)
        self._spelt = {fold(name).casefold(): name for name in self._read}
        self.unknown: dict[str, None] = {}
        self.in_groups: dict[str, None] = {}

    def as_declared(self, record: JsonRow) -> JsonRow:
        """The record's declared columns; it gets a defect if a column that is read came in another shape.

        For example, a flag that restricts a report must not be lost because it came in a list, or one level deeper.
        """
        cells: dict[str, str | None] = {}
        defect = record.defect
        for name, value in record.cells.items():
            if self._declares(name):
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
        return JsonRow(cells, defect)


def rows_of_value(feed: Feed, value: Any) -> Iterator[JsonRow]:
    """The rows of one value of the file: one for an object, or several if it holds several references."""
    try:
        if isinstance(value, DamagedRecord):
            yield JsonRow(flatten(value.record), "unreadable: the JSON record is damaged")
        elif not isinstance(value, dict):
            yield _unreadable_row(
                feed, value.text if isinstance(value, UnreadableText) else json.dumps(value, ensure_ascii=False)
            )
        elif isinstance(value, DuplicateKeys) and (parts := _split_records(feed, value)):
            for part in parts:
                yield JsonRow(flatten(part), f"unreadable: {len(parts)} records in one")
        elif (twice := _repeated_key(value)) is not None:
            is_known = any(twice in column.split(".") for column in feed.columns)
            which = quoted(twice) if is_known else "that nobody declared"
            defect = f"unreadable: a key {which} is in the record twice, with different values"
            yield JsonRow(flatten(value), defect)
        else:
            yield JsonRow(flatten(value))
    except RecursionError:
        yield JsonRow({}, "unreadable: the JSON record is nested too deep")


def _unreadable_row(feed: Feed, text: str) -> JsonRow:
    """A row for a value that is not a record, with its JSON as the report's text, so that a person can see it."""
    column = feed.fields.text if isinstance(feed.fields.text, str) else feed.fields.text[0]
    return JsonRow({column: text or None}, "unreadable: this is not a JSON record")


def _split_records(feed: Feed, value: DuplicateKeys) -> list[dict[str, Any]]:
    """The records that are joined in one object because the brackets between them are missing; empty for one record."""
    pairs, root = value.pairs, feed.fields.source_ref.partition(".")[0]
    starts = [at for at, (key, _) in enumerate(pairs) if key == root]
    if len(starts) < 2:
        return []
    first = starts[0]  # each record begins as many keys before its reference as the first one
    parts = [dict(pairs[a - first : b - first]) for a, b in zip(starts, [*starts[1:], len(pairs) + first], strict=True)]
    return parts if all(part.keys() >= identifying_keys(feed) for part in parts) else []


def _repeated_key(value: dict[str, Any]) -> str | None:
    """The first key that an object, or one nested in it, has more than once with different values."""
    if isinstance(value, DuplicateKeys):
        seen: dict[str, Any] = {}
        for key, inner in value.pairs:
            if seen.setdefault(key, inner) != inner:
                return key
    return next(
        (found for inner in value.values() if isinstance(inner, dict) and (found := _repeated_key(inner))), None
    )


def flatten(record: dict[str, Any], prefix: str = "", depth: int = _DEPTH) -> dict[str, str | None]:
    """A record's values as text by dotted name; values in lists, or nested too deep, stay JSON text.

    If a key occurs twice, both values are kept, joined.
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
