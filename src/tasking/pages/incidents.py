"""Incidents as a list, filtered and sorted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tasking import casefile
from tasking.config.desk_feed import DESK
from tasking.linkage.incident_filter import IncidentFilter, IncidentOrder, IncidentRow, SortedBy
from tasking.model.access import May
from tasking.model.casefile import IncidentState
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.big_lists import BigList
from tasking.pages.list_view import ShownList
from tasking.pages.lists import Asked, Cell, Column, DeskList, Filter, Kind, Reader, Sorts
from tasking.pages.occurrence import occurrence
from tasking.pages.render import page, place_of
from tasking.services import Services
from tasking.warehouse.pagination import Cursor

router = APIRouter()
_PAGE: Final = 50
_STATES: Final = {IncidentState.NEW: "New", IncidentState.IN_HAND: "In hand", IncidentState.CLOSED: "Closed"}


@router.get("/incidents")
def incidents(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """Incidents by category, partner, ward, place and day, the newest first or in another order."""
    reader = Reader(host_of(request).open_services(), person)
    return _listed(request, reader, _BIG.show(request, reader))


def _page_of(reader: Reader, asked: Asked, after: Cursor | None, most: int) -> list[IncidentRow]:
    found = reader.services.linkage.incidents(
        _wanted(asked), reader.person.visibility, after, most, is_oldest_first=not asked.is_descending
    )
    return _with_status(reader, found)


def _with_status(reader: Reader, rows: Sequence[IncidentRow]) -> list[IncidentRow]:
    statuses = casefile.statuses_of(reader.services.casefile, [one.incident_id for one in rows])
    return [replace(one, status=statuses[one.incident_id].words) for one in rows]


def _count(reader: Reader, asked: Asked, most: int) -> int:
    return reader.services.linkage.incident_count(_wanted(asked), reader.person.visibility, most)


def _in_order(reader: Reader, asked: Asked, span: range, most: int) -> tuple[list[IncidentRow], int] | None:
    services = reader.services
    by = SortedBy(asked.sort_key)
    order = IncidentOrder(by, asked.is_descending, *_ranks(services, by))
    found = services.linkage.sorted_incidents(_wanted(asked), reader.person.visibility, order, span, most)
    return (_with_status(reader, found[0]), found[1]) if found else None


def _ranks(services: Services, by: SortedBy) -> tuple[dict[str, int], dict[str, int]]:
    """Where a feed or a category, and a sign of harm that names an incident, comes when sorted as people read it."""
    if by != SortedBy.WHAT:
        return _places_among(services.names, services.names.values()), {}
    labels = services.conventions.categories.labels
    signs = {name: sign.label for name, sign in services.harm.signs.items() if sign.label}
    every = [*labels.values(), *signs.values()]
    return _places_among(labels, every), _places_among(signs, every)


def _places_among(words: Mapping[str, str], every: Iterable[str]) -> dict[str, int]:
    """Code -> where its words come among all the words, small and capital letters being one."""
    places = {one: place for place, one in enumerate(sorted({one.casefold() for one in every}))}
    return {code: places[one.casefold()] for code, one in words.items()}


def _wanted(asked: Asked) -> IncidentFilter:
    return IncidentFilter(
        since=asked.day("since"), until=asked.day("until"), category=asked["category"], feed=asked["feed"],
        ward=asked["ward"], place=asked["place"], is_shared=asked.has("shared"),
        state=IncidentState(asked["status"]) if asked["status"] else None,
    )  # fmt: skip


def _columns(reader: Reader) -> list[Column]:
    services = reader.services

    def when(one: IncidentRow) -> Cell:
        return occurrence(one.occurred_from, one.is_occurred_time_known, services.partnership.zone)

    return [
        Column("reported", "Reported", lambda one: one.day, Sorts.TIME, is_open=True),
        Column("what", "What", lambda one: services.what(one.category, one.signs)),
        Column("where", "Where", place_of),
        Column("when", "When", when, Sorts.TIME),
        Column("reports", "Reports", lambda one: one.reports, Sorts.NUMBER, is_open=True),
        Column("by", "Reported by", lambda one: ", ".join(services.partners_of(one.feeds)), is_open=True),
        Column("incident", "Incident", lambda one: one.incident_id, Sorts.NOT, is_in_files_alone=True),
        Column("status", "Status", lambda one: one.status, Sorts.NOT),
    ]


def _filters(reader: Reader) -> list[Filter]:
    services = reader.services
    categories = services.conventions.categories.choices(has_restricted=reader.person.can(May.RESTRICTED))
    partners = [(name, services.names[name]) for name in (*services.partnership.feeds, DESK)]
    return [
        Filter("category", "Category", choices=categories),
        Filter("feed", "Reported by", choices=partners, any_words="Anyone"),
        Filter("ward", "Ward", choices=[(name, name) for name in services.gazetteer.ward_names]),
        Filter("status", "Status", choices=[(one.value, _STATES[one]) for one in IncidentState]),
        Filter("since", "From", Kind.DAY),
        Filter("until", "To", Kind.DAY),
        Filter("shared", "Reported more than once", Kind.FLAG),
        Filter("place", "Place", Kind.HIDDEN, known=lambda name: _known_place(reader, name)),
    ]


def _known_place(reader: Reader, name: str) -> str | None:
    """A place by its public name, where this person may see an incident there."""
    at = IncidentFilter(place=name)
    found = reader.once(f"at {name}", lambda: reader.services.linkage.incidents(at, reader.person.visibility, None, 1))
    return name if found else None


LIST: Final = DeskList(
    name="incidents", path="incidents", title="Incidents", noun="incident", nouns="incidents", columns=_columns,
    filters=_filters, read=lambda reader, asked: _BIG.read(reader, asked), sort="-reported",
    is_hidden=lambda one: one.is_restricted, is_sorted_when_read=True, count=_count, page_rows=_PAGE,
)  # fmt: skip
_BIG: Final[BigList] = BigList(LIST, _page_of, _count, _in_order, lambda one: one.cursor)
LISTS: Final = (LIST,)


def _listed(request: Request, reader: Reader, shown: ShownList) -> Response:
    services = reader.services
    return page(
        request, reader.person, services, "incidents", listed=shown, place_of=place_of,
        reported_by=lambda one: ", ".join(services.partners_of(one.feeds)),
    )  # fmt: skip
