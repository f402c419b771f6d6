"""Collects the pages of a paged source without duplicates, and decides when there are no more.

Records are kept as the server wrote them: duplicate keys, long numbers and `700010.0` reach the reader unchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


class NotAPage(Exception):
    """The answer is not a page of records; the message says what it is."""


@dataclass(frozen=True)
class Record:
    """A record as the server wrote it, with its reference; without one, its text serves as the reference."""

    raw: str
    reference: str


@dataclass(frozen=True)
class Page:
    """The records of a page, and the total number of records if the server states it."""

    records: tuple[Record, ...]
    total: int | None = None

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(record.reference for record in self.records)


@dataclass
class CollectedPages:
    """The pages so far."""

    records: list[Record] = field(default_factory=list)
    total: int | None = None
    note: str = ""
    size: int = 0  # bytes of `content`, approximately
    _references: set[str] = field(default_factory=set)
    _written: set[str] = field(default_factory=set)
    _pages: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, page: Page) -> bool:
        """Adds a page. Returns False if it brought no new reference, as then no later page will.

        A record with the text of an earlier one is skipped, as a list may shift while it is paged through. A record
        that was changed meanwhile is kept in both forms.
        """
        self.total = max(filter(None, (self.total, page.total)), default=None)
        references = page.references
        is_seen_before = references in self._pages
        has_new = self.has_new(page)
        if is_seen_before and len(self._pages) == 1 and len(references) in _CAPS:
            self.note = (
                f"the server gives the same {len(references)} requests for every page: ask whether it holds more"
            )
        if not is_seen_before:
            new = self._new(page)
            self.records += new
            self.size += _size(new)
        self._pages.add(references)
        self._references.update(references)
        self._written.update(record.raw for record in page.records)
        return has_new

    def size_with(self, page: Page) -> int:
        """The size of `content` in bytes with this page added."""
        return self.size + _size(self._new(page))

    def _new(self, page: Page) -> list[Record]:
        return [record for record in page.records if record.raw not in self._written]

    def has_new(self, page: Page) -> bool:
        return any(reference not in self._references for reference in page.references)

    @property
    def missing_count(self) -> int:
        """How many of the records that the server states are missing."""
        return max(0, (self.total or 0) - len(self._references))

    def content(self) -> bytes:
        """One JSON array of the records, each as the server wrote it."""
        body = ",\n".join(record.raw for record in self.records)
        return f"[{body}]\n".encode("utf-8", "surrogateescape")


def _size(records: Sequence[Record]) -> int:
    return sum(len(record.raw.encode("utf-8", "surrogateescape")) + len(",\n") for record in records)


_CAPS = frozenset({50, 100, 200, 250, 500, 1000})  # usual page sizes
