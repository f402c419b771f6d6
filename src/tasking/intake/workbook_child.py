"""Parses one workbook from standard input to JSON on standard output, within limits. Run by readers/workbook.py.

The sheet is read twice: its cells as values, and its XML for what the values do not show (errors, formulas without a
stored result, two rows with one number).
"""

import datetime as dt
import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from typing import IO, Any
from xml.etree import ElementTree as ET

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 120
_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number


def as_text(cell: Any) -> str | None:
    """A cell as a person would type it: dates in ISO form, whole numbers without `.0`.

    A number that is too long for a spreadsheet to have kept all its digits comes as 1.2345678901234567E+18.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, dt.datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, float):
        if abs(cell) >= _EXACT:
            return f"{cell:.16E}"
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def sheet_path(book: zipfile.ZipFile, sheet: str) -> tuple[str, bool]:
    """The part of the archive in which a sheet is, and whether its dates count from 1904."""
    # Parts that declare entities were refused before, and this process has its limits.
    root = ET.fromstring(book.read("xl/workbook.xml"))  # noqa: S314 # nosec B314
    is_1904, link = False, ""
    for one in root.iter():
        if _name(one.tag) == "workbookPr":
            is_1904 = one.get("date1904", "0") in ("1", "true")
        if _name(one.tag) == "sheet" and one.get("name") == sheet:
            link = next((value for key, value in one.attrib.items() if _name(key) == "id"), "")
    # Parts with other endings were not checked before, so they are not opened.
    links = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 # nosec B314
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    path = posixpath.normpath(posixpath.join("/xl", targets.get(link, ""))).lstrip("/")
    if not path.endswith(".xml"):
        raise ValueError("the sheet is in a part that is no XML")
    return path, is_1904


def lost_values(part: IO[bytes]) -> tuple[dict[tuple[int, int], str], int]:
    """Cells without a value, by (row, column) from 0: the error as written, or "=" for a formula without a result.

    Also returns how many rows have a number that another row has: of two, a spreadsheet shows only one.
    """
    lost: dict[tuple[int, int], str] = {}
    seen: set[int] = set()
    doubled = row = 0
    for _, one in ET.iterparse(part, events=("end",)):  # noqa: S314 # nosec B314
        if _name(one.tag) != "row":
            continue
        row = int(one.get("r", row + 1))
        column, is_something = -1, False
        for cell in one:
            if _name(cell.tag) != "c":
                continue
            letters = re.match(r"[A-Z]{1,4}", cell.get("r", ""))
            column = _column(letters[0]) if letters else column + 1
            inside = {_name(inner.tag): "".join(inner.itertext()) for inner in cell}
            value = inside.get("v") or inside.get("is")
            if cell.get("t") == "e":
                lost[row - 1, column] = value or "#ERROR"
            elif "f" in inside and not value:
                lost[row - 1, column] = "="
            is_something |= bool(value) or "f" in inside
        doubled += is_something and row in seen
        if is_something:
            seen.add(row)
        one.clear()
    return lost, doubled


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    from python_calamine import CalamineWorkbook

    content = sys.stdin.buffer.read()
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    wanted = sys.argv[1] or book.sheet_names[0]
    if wanted not in book.sheet_names:
        json.dump({"sheets": [name[:40] for name in book.sheet_names[:10]]}, sys.stdout)
        return
    rows = [[as_text(cell) for cell in row] for row in book.get_sheet_by_name(wanted).to_python(skip_empty_area=False)]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        path, is_1904 = sheet_path(archive, wanted)
        with archive.open(path) as part:
            lost, doubled = lost_values(part)
    lost_cells = [[*at, what] for at, what in lost.items()]
    found = {"rows": rows, "lost": lost_cells, "doubled": doubled, "is_1904": is_1904, "names": book.sheet_names}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
