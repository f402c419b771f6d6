"""Parses JSON text into records, with numbers as text and duplicate keys kept, and salvages records of a damaged
text."""

import json
import re
from typing import Any, Final, NamedTuple

from tasking.config.feed import Feed
from tasking.model.errors import DeliveryRefused

_MOST_BLANKS: Final = 200
_MOST_FAILURES: Final = 20_000
_MOST_WORK: Final = 20  # times the length of a text, read without finding a record
_BETWEEN: Final = re.compile(r"[\s,]*")
_OPENING: Final = re.compile(r'\{\s{0,400}"')


class DuplicateKeys(dict[str, Any]):
    """An object with duplicate keys; `pairs` has all keys and values."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


class DamagedRecord(NamedTuple):
    """A record that is followed by text which may belong to it."""

    record: dict[str, Any]


class UnreadableText(NamedTuple):
    """A part of the file that can't be read."""

    text: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else DuplicateKeys(pairs)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=lambda _name: None, strict=False
)


def decode_json(text: str) -> Any:
    """The value of a text that is one JSON value. Raises ValueError."""
    value, end = _raw(text, 0)
    if end != len(text):
        raise ValueError(end)
    return value


def records_in(text: str) -> list[dict[str, Any]] | None:
    """The records of a text that consists of nothing but records; otherwise None."""
    found: list[dict[str, Any]] = []
    at = _after_blanks(text, 0)
    while at < len(text):
        try:
            value, at = _raw(text, at)
        except ValueError:
            return None
        if not isinstance(value, dict):
            return None
        found.append(value)
        at = _after_blanks(text, at)
    return found or None


def is_opening(line: str) -> bool:
    """Whether a line begins with an object."""
    return _OPENING.match(line.lstrip()) is not None


def salvage(feed: Feed, text: str) -> list[dict[str, Any] | DamagedRecord | UnreadableText]:
    """The records of a damaged text, with an UnreadableText in place of each that can't be read.

    Raises DeliveryRefused if the text is damaged in too many places.
    """
    records: list[dict[str, Any] | DamagedRecord | UnreadableText] = []
    at = failures = work = 0
    for start in (match.start() for match in _OPENING.finditer(text)):
        if start < at:
            continue
        try:
            value, end = _raw(text, start)
        except ValueError as error:
            failures += 1
            work += max(getattr(error, "pos", start) - start, 1)
            if failures > _MOST_FAILURES or work > _MOST_WORK * len(text) + 10_000:
                raise DeliveryRefused(
                    f"{feed.feed}: the JSON is damaged in too many places. Ask {feed.partner} to send it again."
                ) from None
            continue
        if isinstance(value, dict) and _is_record(feed, value, is_between=_ends_before(text, start)):
            _set_aside(feed, records, text[at:start])
            records.append(value)
            at = end
    _set_aside(feed, records, text[at:])
    return records


def identifying_keys(feed: Feed) -> set[str]:
    """The top-level keys of this feed's reference and time received, at least one of which every record has."""
    return {name.partition(".")[0] for name in (feed.fields.source_ref, *feed.fields.received_at.columns)}


def _is_record(feed: Feed, value: dict[str, Any], *, is_between: bool) -> bool:
    """Whether an object in a damaged file is a record, not a part of one.

    An object without a reference is a record only if another value ends before it.
    """
    wanted = {column.partition(".")[0] for column in feed.columns}
    is_likely = len(value.keys() & wanted) * 2 >= len(value) and bool(value.keys() & identifying_keys(feed))
    return is_likely and (is_between or feed.fields.source_ref.partition(".")[0] in value)


def _ends_before(text: str, at: int) -> bool:
    """Whether a value ends, or an array begins, before this position."""
    before = text[max(0, at - _MOST_BLANKS) : at].rstrip(" \r\n\t,")
    return not before or before[-1] in "}["


def _set_aside(feed: Feed, records: list[dict[str, Any] | DamagedRecord | UnreadableText], text: str) -> None:
    """Adds the records of an unreadable part, or marks the record before it as damaged if the part belongs to it.

    The part belongs to it if no required key occurs in both.
    """
    if not any(map(str.isalnum, text)):
        return
    found = {
        leaf: text.count(json.dumps(leaf, ensure_ascii=False)) for leaf in map(_leaf, feed.fields.required_columns)
    }
    before = records[-1] if records else None
    if isinstance(before, dict) and not _leaves(before) & {leaf for leaf, count in found.items() if count}:
        records[-1] = DamagedRecord(before)
    else:
        records += [UnreadableText(text.strip(" \r\n\t,[]")), *[UnreadableText("")] * (max(1, *found.values()) - 1)]


def _leaves(value: dict[str, Any]) -> set[str]:
    """The keys, at any depth of an object, whose value is not null."""
    found = {key for key, inner in value.items() if inner is not None}
    return found.union(*(_leaves(inner) for inner in value.values() if isinstance(inner, dict)))


def _leaf(column: str) -> str:
    return column.rpartition(".")[2]


def _after_blanks(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def _raw(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at a position, and where it ends. Raises ValueError, also for values that are nested too
    deep."""
    try:
        return _DECODER.raw_decode(text, at)
    except RecursionError:
        raise ValueError(at) from None
