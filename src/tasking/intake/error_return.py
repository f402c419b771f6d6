"""Held rows as a file for the partner to correct: their own columns and row numbers, with the reason for each row."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from tasking.config.feed import Feed
from tasking.intake.held_filter import HeldFilter
from tasking.intake.service import IntakeService
from tasking.intake.store.held_list import held_as_sent
from tasking.model.cells import escape_formula
from tasking.warehouse.visibility import Visibility

_OWN_COLUMNS = ("File", "Row", "What to correct", "Cells")  # our own columns, before the partner's


def build_error_return(service: IntakeService, wanted: HeldFilter, form: str, *, has_restricted: bool) -> bytes:
    """The held rows in the partner's own columns, with file, row number and reason, and with the cells at fault marked.

    `form` is xlsx or csv. Restricted rows are included only if `has_restricted` is true.
    """
    feed = service.feeds[wanted.feed]
    rows = held_as_sent(service.warehouse, wanted, Visibility(has_restricted))
    return _as_workbook(feed, rows) if form == "xlsx" else _as_csv(feed, rows)


def _line(feed: Feed, row: Mapping[str, Any]) -> list[Any]:
    cells = [row["file_name"], row["row_number"], row["reason"], ", ".join(row["columns_at_fault"])]
    return [*cells, *(row["row_as_sent"].get(name, "") for name in feed.fields.columns)]


def _as_csv(feed: Feed, rows: Sequence[Mapping[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_OWN_COLUMNS, *feed.fields.columns])
    for row in rows:
        writer.writerow([escape_formula(cell) for cell in _line(feed, row)])
    return out.getvalue().encode("utf-8-sig")  # with a byte order mark, which Excel needs to recognise UTF-8


def _as_workbook(feed: Feed, rows: Sequence[Mapping[str, Any]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    sheet.title = "To correct"
    columns = [*_OWN_COLUMNS, *feed.fields.columns]
    sheet.append(columns)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    at_fault = PatternFill("solid", start_color="FFD9D2")
    for number, row in enumerate(rows, start=2):
        for position, value in enumerate(_line(feed, row), start=1):
            cell = sheet.cell(number, position)
            cell.value = value
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula
            if columns[position - 1] in row["columns_at_fault"] and position > len(_OWN_COLUMNS):
                cell.fill = at_fault
    sheet.freeze_panes = "A2"
    widths = {"What to correct": 44, "File": 26, "Row": 6}
    for position, name in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = widths.get(name, 18)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
