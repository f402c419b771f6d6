"""Cursors of keyset pagination."""

from datetime import date
from typing import NamedTuple


class Cursor(NamedTuple):
    """The last row of a page: its day, and a key that is unique within the day."""

    day: date
    key: str
