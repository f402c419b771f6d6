"""Which held rows a list shows."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class HeldFilter:
    """Which held rows a list shows."""

    feed: str = ""
    reason: str = ""
    day: date | None = None
