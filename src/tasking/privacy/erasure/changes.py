"""A change that an erasure would make, and what it is made to."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from tasking.privacy.erasure.mentions import Mention
from tasking.privacy.store.redaction import Cell

_AROUND: Final = 40  # characters of context on each side


class OutsideStores(NamedTuple):
    """What is kept outside the warehouse and the archive: folders, Airflow's own database, and what is searched and
    never changed, such as a folder of back-ups."""

    folders: Sequence[Path] = ()
    databases: Sequence[str] = ()
    only_searched: Sequence[Path] = ()


@dataclass(frozen=True)
class Change:
    """A change of an erasure. A sure one is made unless somebody decides against it; another only if they say so.

    `where`: table and column, or file. `row`: which row or line. `before`, `match`, `after`: the text in its context.
    `target`: a Replacement, DatabaseReplacement, ReferenceReplacement, FileDeletion, HeldRowErasure or ReportRole.
    """

    change_id: str
    kind: str
    where: str
    row: str
    is_sure: bool
    before: str = ""
    match: str = ""
    after: str = ""
    target: Any = field(default=None, compare=False, repr=False)


class Replacement(NamedTuple):
    """A stretch of a text in a cell of a database or in a file, and what it is replaced `by`.

    `path`: where in the cell's value the text is; for a file its first element is the number of the line.
    """

    cell: Cell | Path
    path: tuple[Any, ...]
    start: int
    end: int
    by: str


class DatabaseReplacement(NamedTuple):
    """A replacement in another database than the warehouse."""

    url: str
    replacement: Replacement


class ReferenceReplacement(NamedTuple):
    """A partner's reference that identifies somebody, and the new one; "" where a legal hold keeps the old one."""

    feed: str
    old: str
    new: str


class FileDeletion(NamedTuple):
    """A file that is deleted whole."""

    path: Path


class HeldRowErasure(NamedTuple):
    """A held row whose cells are emptied."""

    held_id: str


def mention_change(mention: Mention, where: str, row: str, text: str, target: Replacement) -> Change:
    """The change that replaces a mention in a text."""
    return change_of(
        mention.kind,
        where,
        row,
        mention.is_sure,
        before=text[max(0, mention.start - _AROUND) : mention.start],
        match=text[mention.start : mention.end],
        after=text[mention.end : mention.end + _AROUND],
        target=target,
    )


def change_of(
    kind: str, where: str, row: str, is_sure: bool, *, before: str = "", match: str = "", after: str = "", target: Any
) -> Change:
    """A change. Its id is the same as long as what it changes is the same."""
    at = (target.path, target.start) if isinstance(target, Replacement) else ()
    digest = hashlib.sha256(repr((kind, where, row, at, before, match, after)).encode()).hexdigest()
    return Change(digest[:10], kind, where, row, is_sure, before, match, after, target)
