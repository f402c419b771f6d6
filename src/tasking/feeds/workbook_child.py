"""Parses one workbook from standard input to JSON on standard output, within limits. Run by readers/workbook.py."""

import datetime as dt
import io
import json
import resource
import sys
from typing import Any

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 120


def as_text(cell: Any) -> str | None:
    """A cell as a person would type it: dates in ISO form, whole numbers without `.0`."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, dt.datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    wanted = sys.argv[1] or book.sheet_names[0]
    if wanted not in book.sheet_names:
        json.dump({"sheets": [name[:40] for name in book.sheet_names[:10]]}, sys.stdout)
        return
    rows = book.get_sheet_by_name(wanted).to_python(skip_empty_area=False)
    json.dump({"rows": [[as_text(cell) for cell in row] for row in rows]}, sys.stdout)


if __name__ == "__main__":
    main()
