"""The pages of a paged source: what records a page holds, as the server wrote them, and when there are no more.

Nothing is decoded and written again: duplicate keys, numbers of any length and `700010.0` reach the reader as sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


class NotAPage(Exception):
    """What came is no page of records; the message says what it is, in words for a person."""


@dataclass(frozen=True)
class Record:
    """A record as the server wrote it, and what it is known by: its reference, or itself where it has none."""

    raw: str
    reference: str


@dataclass(frozen=True)
class Page:
    """The records of a page, and how many the server says it has in all, where it does."""

    records: tuple[Record, ...]
    total: int | None = None

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(record.reference for record in self.records)


@dataclass
class CollectedPages:
    """The pages so far. `add` says whether to go on."""

    records: list[Record] = field(default_factory=list)
    total: int | None = None
    note: str = ""
    size: int = 0  # bytes of `content`, about
    _references: set[str] = field(default_factory=set)
    _written: set[str] = field(default_factory=set)
    _pages: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, page: Page) -> bool:
        """Takes a page; False where it brought no new reference, and so no page after it will.

        What an earlier page brought in the same words is not taken again: a list may shift by one while it is paged
        through. A record that was changed meanwhile is taken in both of its forms.
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
        """The bytes of `content` once this page is added."""
        return self.size + _size(self._new(page))

    def _new(self, page: Page) -> list[Record]:
        return [record for record in page.records if record.raw not in self._written]

    def has_new(self, page: Page) -> bool:
        return any(reference not in self._references for reference in page.references)

    @property
    def lacks(self) -> int:
        """How many records the server says that it has, beyond those that came."""
        return max(0, (self.total or 0) - len(self._references))

    def content(self) -> bytes:
        """One JSON array of the records, each as it was written."""
        body = ",\n".join(record.raw for record in self.records)
        return f"[{body}]\n".encode("utf-8", "surrogateescape")


def _size(records: Sequence[Record]) -> int:
    return sum(len(record.raw.encode("utf-8", "surrogateescape")) + len(",\n") for record in records)


_CAPS = frozenset({50, 100, 200, 250, 500, 1000})  # where servers like to stop
