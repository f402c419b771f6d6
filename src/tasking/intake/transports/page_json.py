"""Parses a page of JSON into records exactly as the server wrote them, so that the reader sees the same text."""

import json
import re
from collections.abc import Sequence
from json.decoder import JSONDecoder
from typing import Any

from tasking.intake.transports.pages import NotAPage, Page, Record
from tasking.intake.transports.transport_errors import quoted_words


def text_of(content: bytes) -> str:
    """A page as text. Invalid UTF-8 is kept as surrogates, so that the reader can say in which record it is."""
    encoding = json.detect_encoding(content)
    if encoding in ("utf-8", "utf-8-sig"):
        return content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeError:
        raise NotAPage("text in an encoding that can't be read") from None


def read_page(text: str, source_ref: str | None) -> Page:
    """The records of a page: a JSON array, or an object with exactly one array of objects in it.

    `source_ref` is the key of the reference, dotted if it is nested. Raises NotAPage, with the server's own words if it
    sent an error.
    """
    if not text.strip():
        raise NotAPage("an empty answer")
    try:
        spans, total = _find_array(text)
        records = tuple(_record(raw, value, source_ref) for raw, value in spans)
    except RecursionError:
        raise NotAPage("JSON that is nested too deep") from None
    except ValueError as error:
        kind = "a web page" if text.lstrip()[:1] == "<" else "a page that is no JSON, perhaps cut short"
        raise NotAPage(kind) from error
    values = [value for _, value in spans]
    message = _error_message(values)
    if message and all(_is_error_object(value) and _value_at(value, source_ref) is None for value in values):
        raise NotAPage(f"an error: {quoted_words(message)}")
    return Page(records, total)


def error_words(content: bytes) -> str:
    """The message of an error that a server sent, within “ ”; empty if there is none."""
    try:
        value = _DECODER.decode(text_of(content).strip())
    except (ValueError, RecursionError, NotAPage):
        return ""
    message = _error_message(value if isinstance(value, list) else [value])
    return quoted_words(message) if message else ""


def _as_written(text: str) -> str:
    return text


# Numbers stay text: Python refuses to convert 5,000 digits, and references are compared as written.
_DECODER = JSONDecoder(parse_int=_as_written, parse_float=_as_written, parse_constant=_as_written, strict=False)
_SPACE = re.compile(r"[ \t\n\r]*")
_ERROR_KEYS = ("description", "message", "error_description", "error", "detail", "title", "reason", "errors")
_ERROR_OBJECT = {*_ERROR_KEYS, "code", "status", "statuscode", "type", "instance", "timestamp", "path", "error_code"}
_TOTAL_KEYS = ("total", "total_count", "totalcount", "@odata.count", "numberofrecords", "total_results", "count")


def _find_array(text: str) -> tuple[list[tuple[str, Any]], int | None]:
    """The elements of the page's array, each as text and as value, and the total that the server states."""
    start = _skip_space(text, 0)
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
    message = _error_message([{key: value for key, _, value in members}])
    if len(unmistakable) != 1 or (message and not full):
        raise NotAPage(f"an error: {quoted_words(message)}" if message else "something else than a list of requests")
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
    at = _skip_space(text, start + 1)
    if text[at] == "]":
        return elements, at + 1
    while True:
        value, end = _decoded(text, at)
        elements.append((text[at:end], value))
        at = _skip_space(text, end)
        if text[at] == "]":
            return elements, at + 1
        if text[at] != ",":
            raise ValueError("neither a comma nor the end of the array")
        at = _skip_space(text, at + 1)


def _members(text: str, start: int) -> list[tuple[str, int, Any]]:
    """The members of an object: key, position of the value, and value."""
    members: list[tuple[str, int, Any]] = []
    at = _skip_space(text, start + 1)
    while text[at] != "}":
        key, end = _decoded(text, at)
        at = _skip_space(text, end)
        if not isinstance(key, str) or text[at] != ":":
            raise ValueError("not a key")
        at = _skip_space(text, at + 1)
        value, end = _decoded(text, at)
        members.append((key, at, value))
        at = _skip_space(text, end)
        if text[at] == ",":
            at = _skip_space(text, at + 1)
        elif text[at] != "}":
            raise ValueError("neither a comma nor the end of the object")
    _nothing_after(text, at + 1)
    return members


def _decoded(text: str, at: int) -> tuple[Any, int]:
    return _DECODER.raw_decode(text, at)


def _skip_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    end = found.end() if found else at
    if end >= len(text):
        raise ValueError("the text ends too early")
    return end


def _nothing_after(text: str, at: int) -> None:
    if text[at:].strip():
        raise ValueError("there is something after the end")


def _record(raw: str, value: Any, source_ref: str | None) -> Record:
    reference = _value_at(value, source_ref)
    return Record(raw, raw if reference is None else f"\x1f{reference}")


def _value_at(value: Any, source_ref: str | None) -> str | None:
    """The value at a dotted key; None if it is missing or blank."""
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


def _is_error_object(value: Any) -> bool:
    return isinstance(value, dict) and {str(key).casefold() for key in value} <= _ERROR_OBJECT


def _error_message(values: Sequence[Any]) -> str:
    """The message of the first value, if it is an error object: {"code": 403, "description": "…"}."""
    for value in values[:1]:
        if not isinstance(value, dict):
            return ""
        members = {str(key).casefold(): one for key, one in value.items()}
        for key in _ERROR_KEYS:
            one = members.get(key)
            if isinstance(one, list | dict):
                inner = _error_message(one if isinstance(one, list) else [one])
                if inner:
                    return inner
                one = next((text for text in one if isinstance(text, str)), None)
            if (
                isinstance(one, str)
                and one.strip()
                and (key != "description" or "code" in members or len(members) == 1)
            ):
                return one
    return ""
