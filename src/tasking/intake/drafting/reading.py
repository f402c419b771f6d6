"""Reads samples as their deliveries will be read, and finds out how to."""

from collections.abc import Sequence
from typing import Any, Final, get_args

import pandas as pd

from tasking.config.feed import File
from tasking.intake.drafting.file_shape import (
    DELIMITERS,
    csv_rows,
    delimiter_of,
    encoding_of,
    format_of,
    json_layout,
    sheet_rows,
    text_of,
    unpacked,
)
from tasking.intake.drafting.footers import find_footers
from tasking.intake.drafting.header import Header, find_header
from tasking.intake.drafting.interview import Choice, Interview
from tasking.intake.drafting.sample import RawRow, SampleFile, Shape, Sheet, probe_feed
from tasking.intake.readers import read_rows
from tasking.intake.readers.json_rows import flatten
from tasking.intake.readers.records import decode_json, records_in
from tasking.model.errors import DeliveryRefused, TaskingError

ENCODINGS: Final[tuple[str, ...]] = get_args(File.model_fields["encoding"].annotation)


def read_samples(samples: Sequence[SampleFile], feed: str, partner: str, interview: Interview) -> Sheet:
    """All rows of the samples, in the order given. Raises TaskingError if they can't be read, or not in one way."""
    files = tuple(SampleFile(one.name, unpacked(one, feed, partner)) for one in samples)
    shapes = [_shape(one, feed, partner, interview) for one in files]
    for one, shape in zip(files, shapes, strict=True):
        if shape.file.format != shapes[-1].file.format:
            raise TaskingError(
                f"{one.name} is {shape.file.format}, and {files[-1].name} is {shapes[-1].file.format}; "
                "give samples of one feed, which all have one format"
            )
    shape = _joint(shapes)
    form_is_table = shape.file.format in ("csv", "xlsx")
    frames, lines = [], []
    for one, own in zip(files, shapes, strict=True):
        try:
            columns = [name for name in own.columns if name in shape.columns or form_is_table]
            rows = read_rows(probe_feed(feed, partner, _laid_out(shape.file, own.file), columns), one.content)
        except DeliveryRefused as error:
            raise TaskingError(f"{one.name}: {str(error).removeprefix(f'{feed}: ')}") from error
        frames.append(rows.frame)
        lines += [(one.name, number) for number in _numbers(one, own, len(rows.frame), feed, partner)]
    frame = pd.concat(frames, ignore_index=True).astype("str")
    if frame.empty:
        raise TaskingError(f"{files[-1].name}: there are no rows below the header; give a delivery with reports")
    return Sheet(frame, shape, files, tuple(lines))


def _laid_out(file: File, own: File) -> File:
    """What all samples share, with the place of one file's own header."""
    return file.model_copy(update={"title_lines": own.title_lines, "encoding": own.encoding})


def _joint(shapes: Sequence[Shape]) -> Shape:
    """The last file's shape, with what the others have as well: footers, keys, letters beyond ASCII."""
    last = shapes[-1]
    patterns = list(dict.fromkeys(pattern for shape in shapes for pattern in shape.file.ignored_rows))
    names = dict.fromkeys(name for shape in shapes for name in shape.columns)
    if last.file.format in ("csv", "xlsx"):  # a column that is not in every file can't be read
        names = {name: None for name in names if all(name in shape.columns for shape in shapes)}
    names = {name: None for name in names if not any(other.startswith(f"{name}.") for other in names)}
    told = next((shape for shape in reversed(shapes) if "ASCII only" not in shape.findings.get("encoding", "")), last)
    file = last.file.model_copy(update={"ignored_rows": patterns, "encoding": told.file.encoding})
    findings = last.findings | {key: words for key, words in told.findings.items() if key == "encoding"}
    return Shape(file, tuple(names), last.unit, findings)


def _shape(sample: SampleFile, feed: str, partner: str, interview: Interview) -> Shape:
    form = format_of(sample.content)
    if form == "xlsx":
        return _workbook_shape(sample, feed, partner, interview)
    encoding, why = encoding_of(sample.content)
    encoding = _encoding(interview) or encoding
    findings = {"encoding": why}
    text = text_of(sample.content, encoding)
    if form in ("json", "jsonl"):
        records = json_layout(text, sample.name) if form == "json" else None
        found: dict[str, None] = {}
        for record in _records(text, form, records, sample.name):
            found |= dict.fromkeys(flatten(record))
        columns = list(found)
        file = File(format=form, encoding=encoding, records=records)
        return Shape(file, tuple(columns), "line" if form == "jsonl" else "record", {})
    delimiter = interview.given("delimiter") or delimiter_of(text)
    if delimiter not in DELIMITERS:
        raise TaskingError(f"--answer delimiter={delimiter}: give one character between cells: , ; | ^ ~ or a tab")
    rows = csv_rows(text, delimiter)
    header = _header(rows, sample.name, "line", interview)
    footers = find_footers(rows[header.at + header.rows :], interview, "line")
    file = File(
        format="csv",
        encoding=encoding,
        delimiter=delimiter,
        title_lines=header.title_lines,
        header_rows=2 if header.rows == 2 else 1,
        ignored_rows=list(footers.patterns),
    )
    return Shape(file, header.names, "line", findings)


def _encoding(interview: Interview) -> Any:
    """The encoding that an answer gives. Raises TaskingError for one that can't be declared."""
    given = interview.given("encoding")
    if given not in (None, *ENCODINGS):
        raise TaskingError(f"--answer encoding={given}: choose one of: {', '.join(ENCODINGS)}", field="encoding")
    return given


def _records(text: str, form: str, key: str | None, name: str) -> list[dict[str, object]]:
    """The records of a JSON text as far as they can be read; damaged ones are left to the reader."""
    if form == "jsonl":
        return [record for line in text.splitlines() for record in records_in(line) or []]
    try:
        value = decode_json(text.strip())
    except ValueError as error:
        where = f"at line {getattr(error, 'lineno', 1)}, column {getattr(error, 'colno', 1)}"
        raise TaskingError(f"{name}: the JSON is damaged {where}, or cut short; give a sample that is whole") from None
    return [one for one in (value if key is None else value[key]) if isinstance(one, dict)]


def _workbook_shape(sample: SampleFile, feed: str, partner: str, interview: Interview) -> Shape:
    sheet, rows = _sheet(sample, feed, partner, interview)
    header = _header(rows, sample.name, "row", interview)
    footers = find_footers(rows[header.at + header.rows :], interview, "row")
    file = File(
        format="xlsx",
        sheet=sheet,
        title_lines=header.title_lines,
        header_rows=2 if header.rows == 2 else 1,
        ignored_rows=list(footers.patterns),
    )
    return Shape(file, header.names, "row", {})


def _sheet(sample: SampleFile, feed: str, partner: str, interview: Interview) -> tuple[str, list[RawRow]]:
    """The sheet with the reports; asked if several have rows below a header."""
    try:
        rows, names = sheet_rows(sample.content, feed, partner, None)
        all_rows = {names[0]: rows}
        all_rows |= {name: sheet_rows(sample.content, feed, partner, name)[0] for name in names[1:]}
    except DeliveryRefused as error:
        raise TaskingError(f"{sample.name}: {str(error).removeprefix(f'{feed}: ')}") from error
    full = {name: rows for name, rows in all_rows.items() if _has_reports(rows, sample.name)}
    if not full:
        full = {names[0]: all_rows[names[0]]}
    chosen = interview.given("sheet")
    if len(full) > 1 or chosen is not None:
        choices = [Choice(name, f"{len(rows)} rows") for name, rows in full.items()]
        chosen = interview.ask("sheet", "Several sheets have rows. Which has the reports?", choices)
    name = chosen or next(iter(full))
    return name, all_rows[name]


def _has_reports(rows: list[RawRow], file: str) -> bool:
    try:
        header = find_header(rows, file, "row")
    except TaskingError:
        return False
    return len(rows) > header.at + header.rows


def _header(rows: list[RawRow], file: str, unit: str, interview: Interview) -> Header:
    given = interview.given("header_rows")
    if given not in (None, "1", "2"):
        raise TaskingError(f"--answer header_rows={given}: choose one of: 1, 2", field="header_rows")
    return find_header(rows, file, unit, int(given) if given else None)


def _numbers(sample: SampleFile, shape: Shape, count: int, feed: str, partner: str) -> list[int]:
    """The line, sheet row or record of each of the `count` rows that the reader found."""
    if shape.unit == "record":
        return list(range(1, count + 1))
    file = shape.file
    if file.format == "jsonl":
        text = text_of(sample.content, file.encoding)
        numbers = [at for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    else:
        numbers = _row_numbers(sample, shape, feed, partner)
    return numbers if len(numbers) == count else list(range(1, count + 1))


def _row_numbers(sample: SampleFile, shape: Shape, feed: str, partner: str) -> list[int]:
    from tasking.intake.readers.rows import ignored_by

    file = shape.file
    if file.format == "xlsx":
        rows = sheet_rows(sample.content, feed, partner, file.sheet)[0]
    else:
        rows = csv_rows(text_of(sample.content, file.encoding), file.delimiter)
    is_ignored = ignored_by(probe_feed(feed, partner, file, shape.columns))
    below = [row for row in rows if row.number > file.title_lines + file.header_rows]
    return [row.number for row in below if not is_ignored(row.cells)]
