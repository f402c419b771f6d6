"""The pages of a paged source: what records a page holds, as the server wrote them, and when there are no more.

Nothing is decoded and written again: duplicate keys, numbers of any length and `700010.0` reach the reader as sent.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from json.decoder import JSONDecoder
from typing import Any

from tasking.intake.transports.transport_errors import quoted_words


class NotAPage(Exception):
    """What came is no page of records; the message says what it is, in words for a person."""


@dataclass(frozen=True)
class Record:
    """A record as the server wrote it, and what it is known by: its reference, or itself where it has none."""

    raw: str
    reference: str


@dataclass(frozen=True)
class Page:
    """The records of a page, and how many the server says it has in all, where it does."""

    records: tuple[Record, ...]
    total: int | None = None

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(record.reference for record in self.records)


@dataclass
class CollectedPages:
    """The pages so far. `add` says whether to go on."""

    records: list[Record] = field(default_factory=list)
    total: int | None = None
    note: str = ""
    size: int = 0  # bytes of `content`, about
    _references: set[str] = field(default_factory=set)
    _written: set[str] = field(default_factory=set)
    _pages: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, page: Page) -> bool:
        """Takes a page; False where it brought no new reference, and so no page after it will.

        What an earlier page brought in the same words is not taken again: a list may shift by one while it is paged
        through. A record that was changed meanwhile is taken in both of its forms.
        """
        self.total = max(filter(None, (self.total, page.total)), default=None)
        references = page.references
        is_seen_before = references in self._pages
        has_new = self.has_new(page)
        if is_seen_before and len(self._pages) == 1 and len(references) in _CAPS:
            self.note = (
                f"the server gives the same {len(references)} requests for every page: ask whether it holds more"
            )
        if not is_seen_before:
            new = self._new(page)
            self.records += new
            self.size += _size(new)
        self._pages.add(references)
        self._references.update(references)
        self._written.update(record.raw for record in page.records)
        return has_new

    def size_with(self, page: Page) -> int:
        """The bytes of `content` once this page is added."""
        return self.size + _size(self._new(page))

    def _new(self, page: Page) -> list[Record]:
        return [record for record in page.records if record.raw not in self._written]

    def has_new(self, page: Page) -> bool:
        return any(reference not in self._references for reference in page.references)

    @property
    def lacks(self) -> int:
        """How many records the server says that it has, beyond those that came."""
        return max(0, (self.total or 0) - len(self._references))

    def content(self) -> bytes:
        """One JSON array of the records, each as it was written."""
        body = ",\n".join(record.raw for record in self.records)
        return f"[{body}]\n".encode("utf-8", "surrogateescape")


def _size(records: Sequence[Record]) -> int:
    return sum(len(record.raw.encode("utf-8", "surrogateescape")) + len(",\n") for record in records)


_CAPS = frozenset({50, 100, 200, 250, 500, 1000})  # where servers like to stop


def text_of(content: bytes) -> str:
    """A page as text. A byte that is no UTF-8 stays that byte: the reader says in which record it is."""
    encoding = json.detect_encoding(content)
    if encoding in ("utf-8", "utf-8-sig"):
        return content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeError:
        raise NotAPage("text in an encoding that can't be read") from None


def read_page(text: str, source_ref: str | None) -> Page:
    """The records of a page: a JSON array, or an object with exactly one array of objects in it.

    `source_ref` is the key of the reference, dotted where it is nested. Raises NotAPage, with the server's own words
    where it sent an error.
    """
    if not text.strip():
        raise NotAPage("an empty answer")
    try:
        spans, total = _array(text)
        records = tuple(_record(raw, value, source_ref) for raw, value in spans)
    except RecursionError:
        raise NotAPage("JSON that is nested too deep") from None
    except ValueError as error:
        kind = "a web page" if text.lstrip()[:1] == "<" else "a page that is no JSON, perhaps cut short"
        raise NotAPage(kind) from error
    values = [value for _, value in spans]
    said = _words_of_an_error(values)
    if said and all(_is_an_error(value) and _at(value, source_ref) is None for value in values):
        raise NotAPage(f"an error: {quoted_words(said)}")
    return Page(records, total)


def error_words(content: bytes) -> str:
    """A server's own words in an error that it sent, within “ ”; empty where it sent none."""
    try:
        value = _DECODER.decode(text_of(content).strip())
    except (ValueError, RecursionError, NotAPage):
        return ""
    said = _words_of_an_error(value if isinstance(value, list) else [value])
    return quoted_words(said) if said else ""


def _as_written(text: str) -> str:
    return text


# Numbers stay text: one of 5,000 digits is no int to Python, and a reference is compared as it is written.
_DECODER = JSONDecoder(parse_int=_as_written, parse_float=_as_written, parse_constant=_as_written, strict=False)
_SPACE = re.compile(r"[ \t\n\r]*")
_ERROR_KEYS = ("description", "message", "error_description", "error", "detail", "title", "reason", "errors")
_ERROR_OBJECT = {*_ERROR_KEYS, "code", "status", "statuscode", "type", "instance", "timestamp", "path", "error_code"}
_TOTAL_KEYS = ("total", "total_count", "totalcount", "@odata.count", "numberofrecords", "total_results", "count")


def _array(text: str) -> tuple[list[tuple[str, Any]], int | None]:
    """The elements of the one array, each as written and as read, and the total that the server gives."""
    start = _skip(text, 0)
    if text[start] == "[":
        elements, end = _elements(text, start)
        _nothing_after(text, end)
        return elements, None
    if text[start] != "{":
        _nothing_after(text, _decoded(text, start)[1])
        raise NotAPage("something else than a list of requests")
    members = _members(text, start)
    lists = [(at, value) for key, at, value in members if isinstance(value, list) and key.casefold() not in _ERROR_KEYS]
    full = [at for at, value in lists if _is_records(value)]
    unmistakable = full or [at for at, value in lists if not value]
    said = _words_of_an_error([{key: value for key, _, value in members}])
    if len(unmistakable) != 1 or (said and not full):
        raise NotAPage(f"an error: {quoted_words(said)}" if said else "something else than a list of requests")
    totals = [
        int(value)
        for key, _, value in members
        if key.casefold() in _TOTAL_KEYS and isinstance(value, str) and re.fullmatch(r"\d{1,9}", value)
    ]
    return _elements(text, unmistakable[0])[0], max(totals, default=None)


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _elements(text: str, start: int) -> tuple[list[tuple[str, Any]], int]:
    elements: list[tuple[str, Any]] = []
    at = _skip(text, start + 1)
    if text[at] == "]":
        return elements, at + 1
    while True:
        value, end = _decoded(text, at)
        elements.append((text[at:end], value))
        at = _skip(text, end)
        if text[at] == "]":
            return elements, at + 1
        if text[at] != ",":
            raise ValueError("neither a comma nor the end of the array")
        at = _skip(text, at + 1)


def _members(text: str, start: int) -> list[tuple[str, int, Any]]:
    """The keys of an object, where the value of each stands, and the value."""
    members: list[tuple[str, int, Any]] = []
    at = _skip(text, start + 1)
    while text[at] != "}":
        key, end = _decoded(text, at)
        at = _skip(text, end)
        if not isinstance(key, str) or text[at] != ":":
            raise ValueError("not a key")
        at = _skip(text, at + 1)
        value, end = _decoded(text, at)
        members.append((key, at, value))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
        elif text[at] != "}":
            raise ValueError("neither a comma nor the end of the object")
    _nothing_after(text, at + 1)
    return members


def _decoded(text: str, at: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(text, at)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    end = found.end() if found else at
    if end >= len(text):
        raise ValueError("the text ends too early")
    return end


def _nothing_after(text: str, at: int) -> None:
    if text[at:].strip():
        raise ValueError("something stands after the end")


def _record(raw: str, value: Any, source_ref: str | None) -> Record:
    reference = _at(value, source_ref)
    return Record(raw, raw if reference is None else f"\x1f{reference}")


def _at(value: Any, source_ref: str | None) -> str | None:
    """What stands at a dotted key; None where that is nothing."""
    if not source_ref or not isinstance(value, dict):
        return None
    found: Any = value.get(source_ref)
    if found is None:
        found = value
        for key in source_ref.split("."):
            found = found.get(key) if isinstance(found, dict) else None
    if found is None or isinstance(found, dict | list) or not str(found).strip():
        return None
    return str(found).strip()


def _is_an_error(value: Any) -> bool:
    return isinstance(value, dict) and {str(key).casefold() for key in value} <= _ERROR_OBJECT


def _words_of_an_error(values: Sequence[Any]) -> str:
    """What the first of these says as an error, where they are error objects: {"code": 403, "description": "…"}."""
    for value in values[:1]:
        if not isinstance(value, dict):
            return ""
        told = {str(key).casefold(): one for key, one in value.items()}
        for key in _ERROR_KEYS:
            one = told.get(key)
            if isinstance(one, list | dict):
                inner = _words_of_an_error(one if isinstance(one, list) else [one])
                if inner:
                    return inner
                one = next((text for text in one if isinstance(text, str)), None)
            if isinstance(one, str) and one.strip() and (key != "description" or "code" in told or len(told) == 1):
                return one
    return ""
