"""What a list of the desk is: its columns, its filters, the rows that fit them, and the order they are shown in.

A list is declared once, as a DeskList, beside the page that shows it. From that come the headings that sort, the filter
form, saved filters and the files (list_view, list_files, list_actions).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from fastapi import HTTPException

from tasking.model.access import May
from tasking.pages.access import Person
from tasking.pages.day_fields import FIRST_DAY, LAST_DAY
from tasking.pages.pagination import MAX_COUNT
from tasking.search.words import flat
from tasking.services import Services

Cell = str | int | date | datetime | None
Kept = TypeVar("Kept")
MOST_VALUE: Final = 200  # characters in the value of a filter
_START, _AFTER, _SORT = "start", "after", "sort"
_YES: Final = ("true", "on", "1")


class Sorts(StrEnum):
    """How a column is sorted, which decides the words for its two directions and the one that comes first."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    NOT = "not"  # it can't be sorted

    @property
    def is_descending_first(self) -> bool:
        """True where people want the largest or the latest first."""
        return self in (Sorts.NUMBER, Sorts.TIME)

    def words(self, *, is_descending: bool) -> str:
        """`A to Z`, `newest first`: what a direction is called."""
        both = {
            Sorts.TEXT: ("A to Z", "Z to A"), Sorts.NUMBER: ("lowest first", "highest first"),
            Sorts.TIME: ("earliest first", "latest first"), Sorts.NOT: ("", ""),
        }  # fmt: skip
        return both[self][is_descending]


@dataclass(frozen=True)
class Column:
    """A column. `cell`: what a file has of a row. `order`: what it is sorted by, where that is not the cell.

    `needs`: the permissions without which it is neither shown nor exported. `is_in_files_alone`: it has no heading on
    the page, which shows it in another way. `is_open`: the page shows it of a restricted row too.
    """

    key: str
    heading: str
    cell: Callable[[Any], Cell]
    sorts: Sorts = Sorts.TEXT
    order: Callable[[Any], Any] | None = None
    needs: frozenset[May] = frozenset()
    is_in_files_alone: bool = False
    is_open: bool = False

    @property
    def is_number(self) -> bool:
        return self.sorts == Sorts.NUMBER

    def order_of(self, row: Any) -> Any:
        """What a row is sorted by; None where it has nothing there. Words are sorted as in an English index: `Łódź` is
        among those with L."""
        value = self.order(row) if self.order else self.cell(row)
        if isinstance(value, str):
            return flat(value) or None
        return value


class Kind(StrEnum):
    """How a filter is chosen."""

    CHOICE = "choice"
    DAY = "day"
    FLAG = "flag"
    TAB = "tab"  # one of several lists; one of them is always chosen
    HIDDEN = "hidden"  # comes from a link elsewhere; the page says what it is and offers to remove it


@dataclass(frozen=True)
class Filter:
    """A filter. `choices`: (value, words). `any_words`: what the choice of everything is called. `default`: of a tab.
    `known`: the words for a value, where the choices are too many to list.
    """

    key: str
    label: str
    kind: Kind = Kind.CHOICE
    choices: Sequence[tuple[str, str]] = ()
    any_words: str = "All"
    default: str = ""
    known: Callable[[str], str | None] | None = None

    def words_of(self, value: str) -> str | None:
        """A value as people say it; None where it is none that this person can choose."""
        if self.kind == Kind.DAY:
            day = date.fromisoformat(value)
            return f"{day.day} {day:%B %Y}"
        if self.kind == Kind.FLAG:
            return "yes"
        return self.known(value) if self.known else dict(self.choices).get(value)


@dataclass(frozen=True)
class Asked:
    """What was asked of a list: the values of its filters, its order (`-due` is descending) and where a page starts."""

    values: Mapping[str, str]
    sort: str
    start: int = 0
    after: str = ""

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "")

    def day(self, key: str) -> date | None:
        """The day of a filter; None where none is chosen."""
        return date.fromisoformat(self[key]) if self[key] else None

    def has(self, key: str) -> bool:
        return bool(self[key])

    @property
    def sort_key(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        return self.sort.startswith("-")


@dataclass
class Reader:
    """Who reads a list, and with what. `kept`: what was read once and is used by several parts of one page."""

    services: Services
    person: Person
    kept: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Kept]) -> Kept:
        """What `make` returns, made at the first call and kept for this page."""
        if name not in self.kept:
            self.kept[name] = make()
        found: Kept = self.kept[name]
        return found


@dataclass(frozen=True)
class DeskList:
    """A list. `path`: of its page, without the first slash. `noun`, `nouns`: one row of it, and several.

    `read`: the rows that fit, in the order that the list has by itself, which breaks ties in any other. `sort`: that
    order, by a column. `is_sorted_when_read`: `read` has them in the order asked for. `count`: of the rows, up to a
    number, without reading them. `is_hidden`: true for rows of which a file says `Restricted` and nothing else.
    `is_about_restricted`: what those with May.RESTRICTED read here may be about something restricted, though no row is
    hidden.
    """

    name: str
    path: str
    title: str
    noun: str
    nouns: str
    columns: Callable[[Reader], Sequence[Column]]
    filters: Callable[[Reader], Sequence[Filter]]
    read: Callable[[Reader, Asked], Iterable[Any]]
    sort: str
    needs: frozenset[May] = frozenset()
    is_hidden: Callable[[Any], bool] = lambda _: False
    is_sorted_when_read: bool = False
    count: Callable[[Reader, Asked, int], int] | None = None
    is_about_restricted: bool = False
    page_rows: int = 50

    def columns_for(self, reader: Reader) -> list[Column]:
        """The columns that somebody may read."""
        return reader.once(
            f"columns of {self.name}", lambda: [one for one in self.columns(reader) if reader.person.can(*one.needs)]
        )

    def filters_for(self, reader: Reader) -> Sequence[Filter]:
        """The filters, with what this person can choose."""
        return reader.once(f"filters of {self.name}", lambda: self.filters(reader))

    def rows(self, reader: Reader, asked: Asked) -> Iterable[Any]:
        """The rows that fit, in the order asked for. None fit a choice that somebody does not have."""
        if not is_known(self.filters_for(reader), asked):
            return []
        found = self.read(reader, asked)
        if self.is_sorted_when_read:
            return found
        return in_order(list(found), self.columns_for(reader), asked, self.sort, self.is_hidden)

    def has_more_than(self, most: int, reader: Reader, asked: Asked) -> bool:
        """True where more rows fit, by the list's count; a list without one is counted while it is read."""
        if self.count is None or not is_known(self.filters_for(reader), asked):
            return False
        return self.count(reader, asked, most + 1) > most


def feed_choices(services: Services) -> list[tuple[str, str]]:
    """The feeds that a filter offers, by what people call them."""
    return sorted(((feed, services.names[feed]) for feed in services.partnership.feeds), key=lambda one: one[1])


def is_known(filters: Sequence[Filter], asked: Asked) -> bool:
    """False where a value is none that the person can choose."""
    return all(one.words_of(asked[one.key]) is not None for one in filters if asked.has(one.key))


def in_order(
    rows: list[Any], columns: Sequence[Column], asked: Asked, own: str, is_hidden: Callable[[Any], bool]
) -> list[Any]:
    """The rows by the column asked for, those without a value last; rows that are equal stay as they are.

    A restricted row comes last where the column is not shown of it, so that its place tells nothing.
    """
    if asked.sort == own:
        return rows
    column = next(one for one in columns if one.key == asked.sort_key)
    values = [None if is_hidden(row) and not column.is_open else column.order_of(row) for row in rows]
    having = [(value, row) for value, row in zip(values, rows, strict=True) if value is not None]
    having.sort(key=lambda one: one[0], reverse=asked.is_descending)
    return [row for _, row in having] + [row for value, row in zip(values, rows, strict=True) if value is None]


def asked_of(desk_list: DeskList, reader: Reader, sent: Mapping[str, Any]) -> Asked:
    """What an address or a form asks of a list. Raises HTTPException 400 for what none of our pages sends."""
    values = {}
    for one in desk_list.filters_for(reader):
        value = _value(one, str(sent.get(one.key, "")).strip())
        if value:
            values[one.key] = value
    sortable = {one.key for one in desk_list.columns_for(reader) if one.sorts != Sorts.NOT}
    sort = str(sent.get(_SORT, ""))
    start = str(sent.get(_START, "") or "0")
    if not (start.isascii() and start.isdecimal() and len(start) <= len(str(MAX_COUNT)) and int(start) <= MAX_COUNT):
        raise HTTPException(400, "There is no such page in this list.")
    is_sort = sort.removeprefix("-") in sortable
    return Asked(values, sort if is_sort else desk_list.sort, int(start), str(sent.get(_AFTER, "")))


def _value(one: Filter, sent: str) -> str:
    if len(sent) > MOST_VALUE:
        raise HTTPException(400, f"{one.label}: this is too long.")
    if one.kind == Kind.DAY and sent:
        try:
            day = date.fromisoformat(sent)
        except ValueError:
            raise HTTPException(400, f"{one.label}: enter a date, such as 2026-11-26.") from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise HTTPException(400, f"{one.label}: the desk has days from {FIRST_DAY:%Y} to {LAST_DAY:%Y}.")
        return day.isoformat()
    if one.kind == Kind.FLAG:
        return "true" if sent.lower() in _YES else ""
    if one.kind == Kind.TAB:
        if sent and sent not in dict(one.choices):
            raise HTTPException(400, "There is no such list.")
        return sent or one.default
    return sent


def fields_of(desk_list: DeskList, asked: Asked) -> list[tuple[str, str]]:
    """(name, value) of the fields that ask for the same rows in the same order, from the first page on."""
    sort = [(_SORT, asked.sort)] if asked.sort != desk_list.sort else []
    return [*((name, value) for name, value in asked.values.items() if value), *sort]


def address(path: str, desk_list: DeskList, asked: Asked, **changes: str | int) -> str:
    """The address of a list: what was asked, with changes; from the first page on unless `start` or `after` is one."""
    page = {name: str(changes.pop(name)) for name in (_START, _AFTER) if changes.get(name)}
    sort = str(changes.pop(_SORT, asked.sort))
    changed = replace(asked, sort=sort, values={**asked.values, **{name: str(one) for name, one in changes.items()}})
    query = urlencode([*fields_of(desk_list, changed), *page.items()])
    return path + (f"?{query}" if query else "")
