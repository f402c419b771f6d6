"""The list of rows that are held, or that were."""

import hashlib
from typing import Any, Final

from tasking.intake.held_filter import HELD, STATES, HeldFilter, HeldOrder
from tasking.pages.big_lists import BigList
from tasking.pages.lists import Asked, Column, DeskList, Filter, Kind, Reader, Sorts
from tasking.warehouse.pagination import Cursor

_COLUMNS: Final = {"partner": "feed", "row": "row_number", "reference": "source_ref", "reason": "reason"}


def reasons(reader: Reader) -> list[dict[str, Any]]:
    """Why rows are held: one for each feed and reason, the most rows first, with a `key` for addresses."""

    def read() -> list[dict[str, Any]]:
        found = reader.services.intake.held_reasons(reader.person.visibility)
        return [one | {"key": _key(one)} for one in found]

    return reader.once("reasons", read)


def about_of(one: dict[str, Any]) -> str:
    """What a row is about, as far as the desk may say: its grade, kind and place."""
    about = one["about"]
    return ", ".join(filter(None, (about.get("grade"), about.get("kind"), about.get("place"))))


def _key(group: dict[str, Any]) -> str:
    """A short key for a reason, for use in addresses."""
    return hashlib.sha256(f"{group['feed']}|{group['reason']}".encode()).hexdigest()[:12]


def _reason_words(reader: Reader, key: str) -> str | None:
    chosen = next((one for one in reasons(reader) if one["key"] == key), None)
    return f"{reader.services.names.get(chosen['feed'], chosen['feed'])}, {chosen['reason']}" if chosen else None


def _wanted(reader: Reader, asked: Asked) -> HeldFilter:
    chosen = next((one for one in reasons(reader) if one["key"] == asked["reason"]), None)
    return HeldFilter(
        feed=chosen["feed"] if chosen else asked["feed"], reason=chosen["reason"] if chosen else "",
        day=asked.day("day"), state=asked["state"],
    )  # fmt: skip


def _page_of(reader: Reader, asked: Asked, after: Cursor | None, most: int) -> list[dict[str, Any]]:
    return reader.services.intake.held(
        _wanted(reader, asked), reader.person.visibility, after, most, is_oldest_first=not asked.is_descending
    )


def _count(reader: Reader, asked: Asked, most: int) -> int:
    return reader.services.intake.held_count_of(_wanted(reader, asked), reader.person.visibility, most)


def _in_order(reader: Reader, asked: Asked, span: range, most: int) -> tuple[list[dict[str, Any]], int] | None:
    names = reader.services.names
    ranks = {feed: rank for rank, feed in enumerate(sorted(names, key=lambda one: names[one].casefold()))}
    order = HeldOrder(_COLUMNS[asked.sort_key], asked.is_descending, ranks)
    return reader.services.intake.sorted_held(_wanted(reader, asked), reader.person.visibility, order, span, most)


def _columns(reader: Reader) -> list[Column]:
    names = reader.services.names
    return [
        Column("day", "Day", lambda one: one["day"], Sorts.TIME),
        Column("partner", "Partner", lambda one: names.get(one["feed"], one["feed"])),
        Column("row", "Row", lambda one: one["row_number"], Sorts.NUMBER),
        Column("reference", "Reference", lambda one: one["source_ref"] or ""),
        Column("about", "About", about_of, Sorts.NOT),
        Column("reason", "Reason", lambda one: one["reason"]),
        Column("at_fault", "Cells at fault", lambda one: ", ".join(one["columns_at_fault"]), Sorts.NOT),
    ]


def _filters(reader: Reader) -> list[Filter]:
    names = reader.services.names
    return [
        Filter("state", "Rows", Kind.TAB, choices=list(STATES.items()), default=HELD),
        Filter("feed", "Partner", choices=sorted(names.items(), key=lambda one: one[1]), any_words="All partners"),
        Filter("day", "Day", Kind.DAY),
        Filter("reason", "Reason", Kind.HIDDEN, known=lambda key: _reason_words(reader, key)),
    ]


LIST: Final = DeskList(
    name="held", path="held", title="Held rows", noun="row", nouns="rows", columns=_columns, filters=_filters,
    read=lambda reader, asked: HELD_ROWS.read(reader, asked), sort="-day",
    is_hidden=lambda one: bool(one["is_restricted"]), is_sorted_when_read=True, count=_count,
)  # fmt: skip
HELD_ROWS: Final[BigList] = BigList(LIST, _page_of, _count, _in_order, lambda one: Cursor(one["day"], one["held_id"]))
