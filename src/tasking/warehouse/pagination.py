"""Where a page of a list ends, and the next begins."""

from datetime import date
from typing import NamedTuple


class Cursor(NamedTuple):
    """The last row of a page: its day, and what tells it from the others of that day."""

    day: date
    key: str
