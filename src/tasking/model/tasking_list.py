"""The names of the lists of taskings."""

from enum import StrEnum


class Listed(StrEnum):
    """Every tasking is in one of these, or in several: `mine` and `overdue` are open ones."""

    OPEN = "open"
    MINE = "mine"
    OVERDUE = "overdue"
    PROPOSED = "proposed"
    LAPSED = "lapsed"  # or withdrawn by the briefing that proposed it
    DONE = "done"  # or dropped
