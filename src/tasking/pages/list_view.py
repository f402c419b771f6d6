"""A list as its page shows it: headings that sort, the filter form, how many rows there are, and the other pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request

from tasking.pages.lists import (
    Asked,
    Column,
    DeskList,
    Filter,
    Kind,
    Reader,
    Sorts,
    address,
    asked_of,
    fields_of,
    is_known,
)


@dataclass(frozen=True)
class Heading:
    """A heading. `href`: sorts by it, and the other way round where it is sorted by it; empty where it can't be."""

    text: str
    href: str
    aria_sort: str
    is_number: bool


@dataclass(frozen=True)
class Chosen:
    """A filter that is in force, in words, and the address without it."""

    label: str
    words: str
    without: str


@dataclass(frozen=True)
class SavedFilter:
    """A filter that the person saved; `href` is empty where it can't be used any more."""

    filter_id: str
    name: str
    href: str
    words: str


@dataclass(frozen=True)
class Tab:
    """One of several lists on one page. `count`: None where it is not counted."""

    key: str
    name: str
    href: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True)
class ShownList:
    """A page of a list, for its template and the macros of list_tools.html.j2."""

    name: str
    path: str
    rows: Sequence[Any]
    count_words: str
    headings: Sequence[Heading]
    filters: Sequence[Filter]
    values: dict[str, str]
    chosen: Sequence[Chosen]
    clear: str
    sort: str
    sorts: Sequence[tuple[str, str]]
    fields: Sequence[tuple[str, str]]
    saved: Sequence[SavedFilter]
    older: str | None
    newest: str | None
    tabs: Sequence[Tab] = ()
    note: str = ""

    @property
    def is_filtered(self) -> bool:
        return bool(self.chosen)


def show_list(request: Request, desk_list: DeskList, reader: Reader) -> ShownList:
    """A page of a list that is read as a whole."""
    asked = asked_of(desk_list, reader, request.query_params)
    everything = list(desk_list.rows(reader, asked))
    rows = everything[asked.start : asked.start + desk_list.page_rows]
    shown = shown_page(request, desk_list, reader, asked, rows)
    end = asked.start + desk_list.page_rows
    path = request.url.path
    return replace(
        shown,
        count_words=count_words(desk_list, asked.start, len(rows), len(everything)),
        older=address(path, desk_list, asked, start=end) if len(everything) > end else None,
        newest=address(path, desk_list, asked) if asked.start else None,
    )


def shown_page(request: Request, desk_list: DeskList, reader: Reader, asked: Asked, rows: Sequence[Any]) -> ShownList:
    """The page of these rows. How many there are and the addresses of other pages are left to who has counted them."""
    path, filters, columns = request.url.path, desk_list.filters_for(reader), desk_list.columns_for(reader)
    return ShownList(
        name=desk_list.name, path=desk_list.path, rows=rows, count_words="",
        headings=[_heading(path, desk_list, asked, one) for one in columns if not one.is_in_files_alone],
        filters=[one for one in filters if one.kind not in (Kind.TAB, Kind.HIDDEN)],
        values=dict(asked.values),
        chosen=[
            Chosen(one.label, words, address(path, desk_list, asked, **{one.key: ""}))
            for one, words in chosen_words(filters, asked)
        ],
        clear=address(path, desk_list, replace(asked, values=_tabs_alone(filters, asked))),
        sort=asked.sort, sorts=_sorts(columns), fields=fields_of(desk_list, asked),
        saved=saved_filters(str(request.scope.get("root_path", "")), desk_list, reader),
        older=None, newest=None,
    )  # fmt: skip


def chosen_words(filters: Sequence[Filter], asked: Asked) -> list[tuple[Filter, str]]:
    """The filters that are in force, each with its value in words. A tab is none: one is always chosen."""
    return [
        (one, one.words_of(asked[one.key]) or "not in this list")
        for one in filters
        if asked.has(one.key) and one.kind != Kind.TAB
    ]


def count_words(desk_list: DeskList, start: int, shown: int, total: int, *, is_more: bool = False) -> str:
    """`1 to 50 of 312 incidents`; `is_more`: there are more than `total`."""
    if not shown:
        return f"No {desk_list.nouns}"
    of = f"{total:,} {desk_list.noun if total == 1 else desk_list.nouns}"
    if is_more:
        of = f"more than {of}"
    return of if shown == total and not is_more else f"{start + 1:,} to {start + shown:,} of {of}"


def tabs_of(request: Request, desk_list: DeskList, reader: Reader, counted: Mapping[str, DeskList]) -> list[Tab]:
    """The tabs of a list; the filters that are chosen stay. `counted`: tab -> the list that its rows are counted in."""
    asked = asked_of(desk_list, reader, request.query_params)
    tab = next(one for one in desk_list.filters_for(reader) if one.kind == Kind.TAB)
    path = request.url.path
    return [
        Tab(
            key, name, address(path, desk_list, asked, **{tab.key: key}), key == asked[tab.key],
            _count(counted[key], reader, replace(asked, values={**asked.values, tab.key: key}))
            if key in counted else None,
        )
        for key, name in tab.choices
    ]  # fmt: skip


def _count(desk_list: DeskList, reader: Reader, asked: Asked) -> int:
    return sum(1 for _ in desk_list.read(reader, asked)) if is_known(desk_list.filters_for(reader), asked) else 0


def saved_filters(root: str, desk_list: DeskList, reader: Reader) -> list[SavedFilter]:
    """The filters that the person saved for a list. One that names what they may not see any more leads nowhere."""
    found = []
    filters = desk_list.filters_for(reader)
    for one in reader.services.saved_filters.of(reader.person.name, desk_list.name):
        asked = stored_filter(desk_list, reader, one.asked)
        href = words = ""
        if asked is not None:
            href = address(f"{root}/{desk_list.path}", desk_list, asked)
            words = "; ".join(f"{each.label}: {value}" for each, value in chosen_words(filters, asked))
        found.append(SavedFilter(one.filter_id, one.name, href, words))
    return found


def stored_filter(desk_list: DeskList, reader: Reader, kept: dict[str, str]) -> Asked | None:
    """What a saved filter asks for; None where a value of it is none that the person can choose now."""
    filters = {one.key: one for one in desk_list.filters_for(reader)}
    for key, value in kept.items():
        if key == "sort":
            continue
        one = filters.get(key)
        if one is None or not isinstance(value, str):
            return None
        try:
            words = one.words_of(value)
        except ValueError:  # a day that erasure has replaced
            return None
        if words is None:
            return None
    asked = asked_of(desk_list, reader, kept)
    return asked if is_known(list(filters.values()), asked) else None


def _heading(path: str, desk_list: DeskList, asked: Asked, column: Column) -> Heading:
    if column.sorts == Sorts.NOT:
        return Heading(column.heading, "", "", column.is_number)
    is_sorted = asked.sort_key == column.key
    is_descending = not asked.is_descending if is_sorted else column.sorts.is_descending_first
    direction = ("descending" if asked.is_descending else "ascending") if is_sorted else "none"
    href = address(path, desk_list, asked, sort=f"{'-' * is_descending}{column.key}")
    return Heading(column.heading, href, direction, column.is_number)


def _sorts(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """(value, words) of every order that can be asked for, the usual direction of each column first."""
    found = []
    for column in columns:
        if column.sorts == Sorts.NOT:
            continue
        for is_descending in sorted((True, False), reverse=column.sorts.is_descending_first):
            words = f"{column.heading}: {column.sorts.words(is_descending=is_descending)}"
            found.append((f"{'-' * is_descending}{column.key}", words))
    return found


def _tabs_alone(filters: Sequence[Filter], asked: Asked) -> dict[str, str]:
    return {one.key: asked[one.key] for one in filters if one.kind == Kind.TAB and asked.has(one.key)}
