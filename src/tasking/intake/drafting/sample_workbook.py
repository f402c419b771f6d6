"""A workbook with invented people: a new one, so that nothing of the partner's goes along that is not in a cell."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tasking.intake.drafting.file_shape import sheet_rows
from tasking.intake.drafting.inventing import Inventor
from tasking.intake.readers.rows import ignored_by
from tasking.intake.readers.workbook import MOST_COLUMNS
from tasking.intake.workbook_child import as_text

_LONG_NUMBER: Final = 10_000  # in a title it may be somebody's
_MADE_AT: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - the properties of a workbook have no zone


def rewrite_workbook(content: bytes, inventor: Inventor, columns: Sequence[str], most_rows: int) -> bytes:
    """The declared sheet alone, with formats of numbers and joined cells of the header, and invented values."""
    file = inventor.feed.file
    old = openpyxl.load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
    source = old[file.sheet] if file.sheet else old.worksheets[0]
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = source.title
    if old.epoch == CALENDAR_MAC_1904:
        book.epoch = old.epoch
    is_ignored = ignored_by(inventor.feed)
    below = file.title_lines + file.header_rows
    count, row_number = 0, 0
    filled = sheet_rows(content, inventor.feed.feed, inventor.feed.partner, file.sheet)[0]
    # A formatted cell without a value may stand a million rows further down.
    for number, row in enumerate(source.iter_rows(max_row=filled[-1].number, max_col=MOST_COLUMNS), 1):
        texts = [as_text(cell.value) for cell in row]
        is_report = number > below and any(texts) and not is_ignored(texts)
        count += is_report
        if is_report and count > most_rows:
            continue
        row_number += 1
        for at, cell in enumerate(row):
            if cell.value is None:
                continue
            made = sheet.cell(row_number, at + 1)
            if file.title_lines < number <= below:
                made.value = cell.value
            elif is_report:
                made.value = _value(cell.value, columns[at] if at < len(columns) else None, inventor)
            else:
                made.value = _heading(cell.value, inventor)
            made.number_format = cell.number_format
            if cell.data_type == "e":
                made.value, made.data_type = cell.value, "e"
            elif isinstance(made.value, str):
                made.data_type = "s"  # a text that begins with = is none of ours to calculate
    for area in source.merged_cells.ranges:
        if area.max_row <= below:
            sheet.merge_cells(str(area))
    book.properties.creator = "Tasking"
    book.properties.created = book.properties.modified = _MADE_AT
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _heading(value: Any, inventor: Inventor) -> Any:
    if isinstance(value, str):
        return inventor.heading(value)
    is_long = isinstance(value, int | float) and abs(value) >= _LONG_NUMBER
    return _LONG_NUMBER if is_long else value


def _value(value: Any, column: str | None, inventor: Inventor) -> Any:
    """An invented value of the same type; dates and times stay, but for dates of birth."""
    text = as_text(value) or ""
    new = inventor.cell(column, text)
    if new == text:
        return value
    if isinstance(value, datetime):
        return datetime.fromisoformat(new) if _is_iso(new) else new
    if isinstance(value, date):
        return date.fromisoformat(new[:10]) if _is_iso(new) else new
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        try:
            return type(value)(new)
        except ValueError:
            return new
    return new


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
