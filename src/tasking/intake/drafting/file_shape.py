"""What kind of file a sample is, and how it is laid out: format, encoding, delimiter, sheet, records."""

import codecs
import json
import re
from collections import Counter
from functools import lru_cache
from typing import Any, Final

from tasking.config.feed import File
from tasking.intake.drafting.sample import RawRow, SampleFile, probe_feed
from tasking.intake.file_kinds import file_kind
from tasking.intake.readers.csv_records import CsvParser
from tasking.intake.readers.file_format import other_kind, unpack
from tasking.intake.readers.records import decode_json, records_in
from tasking.intake.readers.workbook import parse_sheet
from tasking.intake.unpacking import ZIP
from tasking.model.errors import DeliveryRefused, TaskingError

DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", "^": "circumflexes", "~": "tildes"}
LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_LOOKED_AT: Final = 400  # lines from which the delimiter is found
_NOT_UTF_8: Final = "surrogateescape"


def unpacked(sample: SampleFile, feed: str, partner: str) -> bytes:
    """The bytes of the delivery itself, out of a gzip or zip. Raises TaskingError for what is no delivery at all."""
    if not sample.content:
        raise TaskingError(f"{sample.name}: the file is empty (0 bytes)")
    probe = probe_feed(feed, partner, File(format=format_of(sample.content)), [])
    try:
        content, _, lacking = unpack(probe, sample.content)
    except DeliveryRefused as error:
        raise TaskingError(f"{sample.name}: {str(error).removeprefix(f'{feed}: ')}") from error
    form = format_of(content)
    if kind := other_kind(content, form) or (file_kind(content) if form != "xlsx" else None):
        raise TaskingError(f"{sample.name}: the file is {kind}. Give a CSV, JSON or Excel (.xlsx) file.")
    if lacking:
        raise TaskingError(f"{sample.name}: {lacking}; give a whole file")
    return content


def format_of(content: bytes) -> Any:
    """csv, json, jsonl or xlsx, by what the bytes hold and not by a name."""
    if content.startswith(ZIP) and (b"xl/workbook" in content):
        return "xlsx"
    start = content[:4096].removeprefix(codecs.BOM_UTF8).lstrip()
    if start[:1] not in (b"[", b"{"):
        return "csv"
    text = text_of(content, encoding_of(content)[0])
    if start[:1] == b"[" and re.match(r"\[\s*[\[{\]]", text.lstrip("\ufeff \t\r\n")):
        return "json"
    if start[:1] == b"{":
        lines = [line for line in text.splitlines() if line.strip()]
        whole = sum(bool(records_in(line)) for line in lines[:_LOOKED_AT])
        if whole and (len(lines) > 1 or _records_key(text) is None):
            return "jsonl"
        return "json"
    return "csv"


def encoding_of(content: bytes) -> tuple[Any, str]:
    """The encoding, and what it was recognised by, in words."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "a byte order mark at the start"
    if content.isascii():
        return "utf-8", "plain ASCII only, so Windows-1252 would read it too: ask the partner"
    text = content.decode("utf-8", errors=_NOT_UTF_8)
    wrong = len(re.findall("[\udc80-\udcff]", text))
    right = sum(1 for char in text if char > "\x7f") - wrong
    if wrong > right:
        return "cp1252", f"{wrong} byte(s) that are not UTF-8 and are letters or marks in Windows-1252"
    return "utf-8", f"{right} character(s) beyond ASCII that are UTF-8"


def text_of(content: bytes, encoding: str) -> str:
    """The text; bytes that can't be decoded become lone surrogates, which `bytes_of` turns back into themselves."""
    return content.decode("utf-8-sig" if encoding == "utf-8-sig" else encoding, errors=_NOT_UTF_8)


def bytes_of(text: str, encoding: str) -> bytes:
    """The bytes of a text that `text_of` decoded."""
    return text.encode(encoding, errors=_NOT_UTF_8)


def delimiter_of(text: str) -> str:
    """The character between the cells: the one by which most rows have the same number of cells."""
    lines = LINE.findall(text)[:_LOOKED_AT]
    scores: dict[str, float] = {}
    for mark in DELIMITERS:
        widths = Counter(len(record.cells) for record in CsvParser(mark, 0).records(lines))
        many = {width: count for width, count in widths.items() if width > 1}
        if many:
            width, count = max(many.items(), key=lambda one: one[0] * one[1])
            scores[mark] = width * count * count / sum(widths.values())
    return max(scores, key=lambda mark: scores[mark], default=",")


def csv_rows(text: str, delimiter: str) -> list[RawRow]:
    """The rows of a delimited text that are not blank, each with the line on which it begins."""
    lines = LINE.findall(text)
    parser, at, found = CsvParser(delimiter, 0), 0, []
    while at < len(lines):
        record, taken = parser.record(lines, at)
        if any(map(str.strip, record.cells)):
            found.append(RawRow(at + 1, tuple(record.cells)))
        at += taken
    return found


@lru_cache(maxsize=64)
def sheet_rows(content: bytes, feed: str, partner: str, sheet: str | None) -> tuple[list[RawRow], list[str]]:
    """The rows of a sheet that are not blank, and the names of all sheets."""
    answer = parse_sheet(probe_feed(feed, partner, File(format="xlsx", sheet=sheet), []), content)
    rows = [RawRow(number, tuple(cells)) for number, cells in enumerate(answer["rows"], 1)]
    return [row for row in rows if row.filled], answer["names"]


def _records_key(text: str) -> str | None:
    """The key under which an object holds its records; None if it has no list of objects, or several."""
    try:
        value = decode_json(text.strip())
    except ValueError:
        return None
    lists = [key for key, one in value.items() if _is_records(one)] if isinstance(value, dict) else []
    return lists[0] if len(lists) == 1 else None


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def json_layout(text: str, name: str) -> str | None:
    """The key of the records, None for an array. Raises TaskingError for an object in which there are none."""
    if text.lstrip().startswith("["):
        return None
    if (key := _records_key(text)) is not None:
        return key
    try:
        json.loads(text)
        why = "an object without one list of records"
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        why = f"not valid JSON at line {line}, column {column}"
    raise TaskingError(f"{name}: {why}; a JSON array of records was expected")
