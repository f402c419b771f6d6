"""A file as a partner delivered it, without its content."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DeliveredFile:
    """What identifies a file that a partner delivered, without its content."""

    feed: str
    day: date
    sha256: str
    file_name: str
    size_bytes: int

    @property
    def delivery_id(self) -> str:
        return f"{self.feed}:{self.day}:{self.sha256[:16]}"
