"""Lists as files: CSV and XLSX, with what the person may see on the page and nothing that a spreadsheet would run."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from tasking.model.cells import escape_formula
from tasking.model.errors import TaskingError
from tasking.pages.lists import Cell, Column

MOST_ROWS: Final = {"csv": 200_000, "xlsx": 50_000}
MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MARKING: Final = "OFFICIAL-SENSITIVE"
HIDDEN: Final = "Restricted"
_IN_MEMORY: Final = 8_000_000  # bytes of a file that are kept in memory; more goes to a temporary file
_MOST_CELL: Final = 32_000  # letters; a workbook holds 32,767
_NOT_IN_CELLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BOM: Final = "\ufeff".encode()  # Excel needs it to recognise UTF-8
_DAY, _MOMENT = "dd mmmm yyyy", "dd/mm/yyyy hh:mm"
_WIDTHS: Final = (8, 60)


@dataclass(frozen=True)
class About:
    """What a file says about itself: whose it is, which list and filters, when and by whom it was made."""

    partnership: str
    title: str
    filters: Sequence[tuple[str, str]]
    sorted_by: str
    made_at: datetime
    made_by: str


def too_long(most: int) -> TaskingError:
    """Why a list is not taken as a file."""
    return TaskingError(f"This list has more than {most:,} rows. Use filters to make it shorter, or choose CSV.")


def lines_of(
    rows: Iterable[Any], columns: Sequence[Column], is_hidden: Any, most: int
) -> Iterator[tuple[bool, list[Cell]]]:
    """(is hidden, cells) of each row. A hidden row says `Restricted` and nothing else.

    Raises TaskingError where there are more than `most`.
    """
    name = next((one.key for one in columns if not one.is_open), columns[0].key)
    for number, row in enumerate(rows):
        if number == most:
            raise too_long(most)
        if is_hidden(row):
            yield True, [HIDDEN if one.key == name else None for one in columns]
        else:
            yield False, [one.cell(row) for one in columns]


def write_csv(columns: Sequence[Column], lines: Iterable[Sequence[Cell]], zone: ZoneInfo) -> IO[bytes]:
    """The rows as CSV in UTF-8 with a byte order mark; dates and local times as ISO writes them."""
    out = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by who sends it
    out.write(_BOM)
    writer = csv.writer(_Encoded(out), lineterminator="\r\n")
    writer.writerow([one.heading for one in columns])
    for cells in lines:
        writer.writerow([_csv_cell(one, zone) for one in cells])
    return out


class _Encoded:
    """The text file that a CSV writer needs, over a binary one."""

    def __init__(self, out: IO[bytes]) -> None:
        self.out = out

    def write(self, text: str) -> int:
        return self.out.write(text.encode("utf-8"))


def _csv_cell(value: Cell, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return escape_formula(_printable(value)) if isinstance(value, str) else value


def _printable(text: str) -> str:
    """The text without characters that no file can hold, such as halves of a pair."""
    return _NOT_IN_CELLS.sub("\ufffd", text)[:_MOST_CELL]


def write_xlsx(columns: Sequence[Column], lines: Iterable[Sequence[Cell]], about: About, zone: ZoneInfo) -> IO[bytes]:
    """The rows as a workbook: a first sheet about it, then the list. Text is text, never a formula; dates are dates."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    _write_about(book.create_sheet("About"), about, zone)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", about.title)[:31])
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        least, widest = _WIDTHS
        wide = 12 if column.is_number else 20 if column.sorts == "time" else 28
        sheet.column_dimensions[get_column_letter(number)].width = min(
            max(wide, len(column.heading) + 2, least), widest
        )
    sheet.append([_xlsx_cell(sheet, one.heading, zone, is_bold=True) for one in columns])
    for cells in lines:
        sheet.append([_xlsx_cell(sheet, one, zone) for one in cells])
    out = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by who sends it
    book.save(out)
    return out


def _write_about(sheet: Any, about: About, zone: ZoneInfo) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 70
    lines: list[tuple[str, Cell]] = [
        (MARKING, None), ("Partnership", about.partnership), ("List", about.title),
        *([(f"Filter: {label}", words) for label, words in about.filters] or [("Filter", "None")]),
        ("Sorted by", about.sorted_by), ("Made at", about.made_at), ("Made by", about.made_by),
    ]  # fmt: skip
    for label, value in lines:
        sheet.append([_xlsx_cell(sheet, label, zone, is_bold=True), _xlsx_cell(sheet, value, zone)])


def _xlsx_cell(sheet: Any, value: Cell, zone: ZoneInfo, *, is_bold: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    if value is None or isinstance(value, int):
        return value
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0))
        cell.number_format = _MOMENT
    elif isinstance(value, date):
        cell = WriteOnlyCell(sheet, datetime.combine(value, time()))
        cell.number_format = _DAY
    else:
        cell = WriteOnlyCell(sheet, _printable(value))
        cell.data_type = "s"  # never a formula
    if is_bold:
        cell.font = Font(bold=True)
    return cell
