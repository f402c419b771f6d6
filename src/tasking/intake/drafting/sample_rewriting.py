"""Writes a sample again with invented people: what is not personal stays as it is, byte for byte."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tasking.config.feed import File
from tasking.intake.drafting.file_shape import LINE, bytes_of, text_of
from tasking.intake.drafting.inventing import Inventor, masked
from tasking.intake.drafting.sample_workbook import rewrite_workbook
from tasking.intake.readers.csv_records import CsvParser
from tasking.intake.readers.rows import ignored_by

MOST_ROWS: Final = 500  # of a sample that is kept with the declarations
_TOKEN: Final = re.compile(
    r'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}\[\]:,]|\s+|.', re.DOTALL
)
_SIGNS: Final = ("{", "}", "[", "]", ":", ",")
_DEEP: Final = 5  # levels below which values stay JSON text


def rewritten(content: bytes, inventor: Inventor, columns: Sequence[str]) -> bytes:
    """The sample that goes with a declaration. `columns`: of the file, in its order."""
    file = inventor.feed.file
    if file.format == "xlsx":
        return rewrite_workbook(content, inventor, columns, MOST_ROWS)
    text = text_of(content, file.encoding)
    if file.format == "csv":
        return bytes_of("".join(_csv(text, inventor, columns)), file.encoding)
    if file.format == "jsonl":
        lines = LINE.findall(text)[:MOST_ROWS]
        return bytes_of("".join(_json(line, inventor, file) for line in lines), file.encoding)
    return bytes_of(_json(_first_records(text, file), inventor, file), file.encoding)


def _csv(text: str, inventor: Inventor, columns: Sequence[str]) -> Iterator[str]:
    """The lines of a CSV file, each record with invented cells."""
    file = inventor.feed.file
    lines = LINE.findall(text)
    parser, at, headers, count = CsvParser(file.delimiter, len(columns)), 0, 0, 0
    is_ignored = ignored_by(inventor.feed)
    while at < len(lines):
        record, taken = parser.record(lines, at)
        joined = "".join(lines[at : at + taken])
        is_blank = not any(map(str.strip, record.cells))
        if is_blank:
            yield joined
        elif at < file.title_lines:
            yield inventor.heading(joined)
        elif headers < file.header_rows:
            headers += 1
            yield joined
        elif is_ignored(record.cells):
            yield inventor.heading(joined)
        elif (count := count + 1) <= MOST_ROWS:
            is_whole = record.is_fit(len(columns)) and not record.is_mended
            yield _row(joined, record.cells, file.delimiter, inventor, columns) if is_whole else masked(joined)
        at += taken


def _row(line: str, cells: Sequence[str], delimiter: str, inventor: Inventor, columns: Sequence[str]) -> str:
    """A record with invented cells, quoted as it was; made unreadable where its cells can't be told apart."""
    spans = list(_cells(line, delimiter))
    if [value for _, _, value in spans] != list(cells):
        return masked(line)
    made, end = "", 0
    for number, (start, stop, value) in enumerate(spans):
        column = columns[number] if number < len(columns) else None
        new = inventor.cell(column, value)
        made += line[end:start] + (line[start:stop] if new == value else _quoted(new, line[start:stop], delimiter))
        end = stop
    return made + line[end:]


def _cells(line: str, delimiter: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and value of each cell of a well quoted record."""
    body = line.rstrip("\r\n")
    at = 0
    while at <= len(body):
        if body.startswith('"', at):
            end = at + 1
            while (end := body.find('"', end)) >= 0 and body.startswith('""', end):
                end += 2
            if end < 0:
                return
            yield at, end + 1, body[at + 1 : end].replace('""', '"')
            at = end + 2
        else:
            end = body.find(delimiter, at)
            end = len(body) if end < 0 else end
            yield at, end, body[at:end]
            at = end + 1


def _quoted(value: str, before: str, delimiter: str) -> str:
    if before.startswith('"') or any(mark in value for mark in (delimiter, '"', "\n", "\r")):
        return '"' + value.replace('"', '""') + '"'
    return value


def _first_records(text: str, file: File) -> str:
    """The first MOST_ROWS records of a JSON file; the text as it is where it has no more, or is damaged."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    records = value if file.records is None else value.get(file.records, [])
    if len(records) <= MOST_ROWS:
        return text
    kept = records[:MOST_ROWS] if file.records is None else {file.records: records[:MOST_ROWS]}
    return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"


class _Path:
    """Where in a JSON text a value is: the dotted name of its column."""

    def __init__(self, records: str | None) -> None:
        self._records = records
        self._open: list[str] = []
        self._keys: list[str | None] = []
        self.is_key = False

    @property
    def column(self) -> str | None:
        """None for a value in a list, or nested too deep."""
        keys = [key for kind, key in zip(self._open, self._keys, strict=True) if kind == "{"]
        lists = self._open.count("[")
        if self._records is not None and keys[:1] == [self._records]:
            keys = keys[1:]
        if lists > 1 or len(keys) > _DEEP or None in keys or not keys:
            return None
        return ".".join(key for key in keys if key is not None)

    def take(self, sign: str) -> None:
        """Follows a bracket, colon or comma."""
        if sign in "{[":
            self._open.append(sign)
            self._keys.append(None)
            self.is_key = sign == "{"
        elif sign in "}]" and self._open:
            self._open.pop()
            self._keys.pop()
            self.is_key = False
        elif sign == ":":
            self.is_key = False
        elif sign == ",":
            self.is_key = bool(self._open) and self._open[-1] == "{"

    def name(self, key: str | None) -> None:
        """Takes the name of the next value; None for one that can't be read."""
        if self._keys:
            self._keys[-1] = key


def _json(text: str, inventor: Inventor, file: File) -> str:
    """A JSON text with invented values. What is not JSON in it is made unreadable."""
    path = _Path(file.records)
    made: list[str] = []
    for part in _TOKEN.findall(text):
        if part[0] == '"' and len(part) > 1:
            if path.is_key:
                path.name(_decoded(part))
                made.append(part)
            else:
                made.append(_string(part, path.column, inventor.cell))
        elif part in _SIGNS:
            path.take(part)
            made.append(part)
        elif part in ("true", "false", "null") or part.isspace():
            made.append(part)
        elif part[0] in "-0123456789" and part != "-":
            made.append(_figure(part, path.column, inventor))
        else:
            made.append(masked(part))
    return "".join(made)


def _decoded(quoted: str) -> str | None:
    """The text of a string; None where it is not well written."""
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        return None


def _string(quoted: str, column: str | None, cell: Callable[[str | None, str], str]) -> str:
    value = _decoded(quoted)
    if value is None:
        return masked(quoted)
    new = cell(column, value)
    return quoted if new == value else json.dumps(new, ensure_ascii=quoted.isascii())


def _figure(figure: str, column: str | None, inventor: Inventor) -> str:
    """A number that stays one: without a leading zero, and with nothing in it but figures."""
    new = re.sub(r"(?<=\d) (?=\d)", "", inventor.cell(column, figure))
    if not re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", new):
        new = masked(figure) if "e" not in figure.casefold() else "1"
    return re.sub(r"^(-?)0+(?=\d)", r"\1", new)
