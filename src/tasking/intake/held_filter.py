"""Which held rows a list shows, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

HELD: Final = "held"
# What became of a row that was held -> what people call that. The first one still needs a person.
STATES: Final[Mapping[str, str]] = {
    HELD: "Held", "released": "Released", "corrected": "Corrected", "rejected": "Rejected", "expired": "Expired",
}  # fmt: skip


@dataclass(frozen=True)
class HeldFilter:
    """Which held rows a list shows."""

    feed: str = ""
    reason: str = ""
    day: date | None = None
    state: str = HELD


@dataclass(frozen=True)
class HeldOrder:
    """An order of held rows: by `feed`, `row_number`, `source_ref` or `reason`. `ranks`: feed -> its place by name."""

    by: str
    is_descending: bool = False
    ranks: Mapping[str, int] = field(default_factory=dict)
