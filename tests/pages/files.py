"""Lists of the desk, as files and page after page."""

import csv
import html
import io
import re

import openpyxl

from .conftest import Pages

INCIDENT = r'<td class="what"><a href="/incidents/(I[\w-]+)"'


def csv_of(pages: Pages, name: str, fields: dict | None = None) -> list[dict[str, str]]:
    answer = pages.post(f"/lists/{name}/file/csv", fields or {})
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def book_of(pages: Pages, name: str, fields: dict | None = None) -> openpyxl.Workbook:
    answer = pages.post(f"/lists/{name}/file/xlsx", fields or {})
    assert answer.status_code == 200, answer.text
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def sheet_rows(pages: Pages, name: str, fields: dict | None = None) -> list[dict]:
    """The rows of a list's workbook, by their headings."""
    heading, *rows = book_of(pages, name, fields).worksheets[1].iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def listed_at(pages: Pages, path: str, pattern: str) -> list[str]:
    """What matches on every page of a list, from the first page on."""
    found: list[str] = []
    while path:
        page = pages.get(path).text
        found += re.findall(pattern, page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(older[1]) if older else ""
    return found
