"""One change that an erasure would make, and what it is made to."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from tasking.privacy.erasure.mentions import Mention
from tasking.privacy.store.redaction import Cell

_AROUND: Final = 40  # characters of context on each side


class Elsewhere(NamedTuple):
    """What is kept outside the warehouse and the archive: folders of texts, Airflow's own database, and what is only
    looked through, such as a folder of back-ups."""

    folders: Sequence[Path] = ()
    databases: Sequence[str] = ()
    only_searched: Sequence[Path] = ()


@dataclass(frozen=True)
class Change:
    """One thing that an erasure would do. `is_sure`: it is done unless a person says no; else only if they say yes.

    `where`: table and column, or file. `row`: which. `before`, `match`, `after`: the words in their context.
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


class Spot(NamedTuple):
    """A stretch of a text in a cell of a database, or in a file, and what comes in its place."""

    cell: Cell | Path
    path: tuple[Any, ...]
    start: int
    end: int
    by: str


class Outside(NamedTuple):
    """A stretch of a text in a cell of another database, by its URL."""

    url: str
    spot: Spot


class Reference(NamedTuple):
    """A partner's reference that says who somebody is, and the one that comes in its place; "" where it has to stay."""

    feed: str
    old: str
    new: str


class Whole(NamedTuple):
    """A file that goes whole."""

    path: Path


class Held(NamedTuple):
    """A held row whose cells are emptied."""

    held_id: str


def in_context(mention: Mention, where: str, row: str, text: str, spot: Spot) -> Change:
    """The change that takes a mention out of a text."""
    return change_of(
        mention.kind,
        where,
        row,
        mention.is_sure,
        before=text[max(0, mention.start - _AROUND) : mention.start],
        match=text[mention.start : mention.end],
        after=text[mention.end : mention.end + _AROUND],
        target=spot,
    )


def change_of(
    kind: str, where: str, row: str, is_sure: bool, *, before: str = "", match: str = "", after: str = "", target: Any
) -> Change:
    """A change with an id that is the same as long as what it changes is."""
    at = (target.path, target.start) if isinstance(target, Spot) else ()
    digest = hashlib.sha256(repr((kind, where, row, at, before, match, after)).encode()).hexdigest()
    return Change(digest[:10], kind, where, row, is_sure, before, match, after, target)
