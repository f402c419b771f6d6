"""Keyset pagination: the address of the next page has the day and key of the last row of this one."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import urlencode

from fastapi import HTTPException, Request

from tasking.pages.day_fields import FIRST_DAY, LAST_DAY
from tasking.warehouse.pagination import Cursor

_MOST_KEY: Final = 300
MAX_COUNT: Final = 1_000_000  # the largest number in an address: an offset, a row, a version


def cursor_of(text: str) -> Cursor | None:
    """The row that a page starts after; None for the first page. Raises HTTPException 400 if malformed."""
    if not text:
        return None
    day, _, key = text.partition("~")
    try:
        found = Cursor(date.fromisoformat(day), key)
    except ValueError:
        raise HTTPException(400, "There is no such page in this list.") from None
    if not FIRST_DAY <= found.day <= LAST_DAY or len(key) > _MOST_KEY:
        raise HTTPException(400, "There is no such page in this list.")
    return found


def next_page(request: Request, here: Mapping[str, str], last: tuple[date, str] | None) -> str:
    """The address of the page after `last` with the filters `here`; of the first page if `last` is None."""
    asked = {name: value for name, value in here.items() if value}
    if last is not None:
        asked["after"] = f"{last[0]}~{last[1]}"
    return request.url.path + (f"?{urlencode(asked)}" if asked else "")
