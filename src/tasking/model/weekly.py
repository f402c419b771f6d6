"""The weekly alert as a value. The type of each field says who may read it (see clearance)."""

from datetime import date
from typing import ClassVar

from tasking.model.clearance import Public
from tasking.model.document import Document


class Weekly(Document):
    """One ISO week, as things stood when its first meeting began. Lines are whole sentences."""

    SCHEMA: ClassVar[int] = 2

    partnership: Public[str]
    marking: Public[str]
    week: Public[str]  # 2026-W44
    day: Public[date]  # of its first meeting
    reviews: Public[tuple[str, ...]]
    stalled: Public[tuple[str, ...]]
    waiting: Public[tuple[str, ...]]
    never_raised: Public[tuple[str, ...]]  # case reviews that somebody has a right to
    groups: Public[tuple[str, ...]]  # before and after of each
    feeds: Public[tuple[str, ...]]
    precision: Public[tuple[str, ...]]
    taskings: Public[str]
    restricted: Public[str]
