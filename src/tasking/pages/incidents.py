"""Incidents as a list, filtered; and the search by reference or public place."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from tasking.linkage.incident_filter import IncidentFilter
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import ShownDayOrNone
from tasking.pages.pagination import cursor_of, next_page
from tasking.pages.render import page, place_label
from tasking.services import Services

router = APIRouter()
_PAGE: Final = 50


@router.get("/incidents")
def incidents(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    since: ShownDayOrNone = None,
    until: ShownDayOrNone = None,
    category: str = "",
    feed: str = "",
    ward: str = "",
    place: str = "",
    shared: bool = False,
    after: str = "",
) -> Response:
    """Incidents, the newest first, by category, partner, ward, place and day."""
    services = host_of(request).open_services()
    wanted = IncidentFilter(
        since=since, until=until, category=category, feed=feed, ward=ward, place=place, is_shared=shared
    )  # fmt: skip
    found = services.linkage.incidents(wanted, person.visibility, cursor_of(after), _PAGE + 1)
    here = {
        "since": str(since or ""), "until": str(until or ""), "category": category, "feed": feed, "ward": ward,
        "place": place, "shared": "true" if shared else "",
    }  # fmt: skip
    older = next_page(request, here, found[_PAGE - 1].cursor) if len(found) > _PAGE else None
    return _listed(request, person, services, found[:_PAGE], here, newest=bool(after), older=older)


@router.post("/incidents/search")
def search(
    request: Request,
    reference: Annotated[str, Form(min_length=2, max_length=200)],
    person: Annotated[Person, Depends(allowed())],
) -> Response:
    """Finds an incident by its own or a partner's reference, or lists those at a public place.

    A POST, so that the search term is not in addresses.
    """
    host = host_of(request)
    if not host.limits.allows(person.name):
        raise HTTPException(429, "Too many searches within a minute. Wait a little.")
    services = host.open_services()
    ids = services.linkage.incidents_named(reference.strip(), services.partnership.feeds, person.visibility)
    if ids:
        found = services.linkage.incidents(IncidentFilter(ids=tuple(ids)), person.visibility, None, _PAGE)
        return _listed(request, person, services, found, {}, is_search=True)
    place, town = services.gazetteer.public_name(reference)
    if place:
        return RedirectResponse(_place_address(request, place), 303)
    return _listed(request, person, services, [], {}, is_search=True, town=town)


def _place_address(request: Request, place: str) -> str:
    """The address of the list filtered by a public place."""
    path = next_page(request, {"place": place}, None)
    return path.replace("/incidents/search", "/incidents")


def _listed(
    request: Request,
    person: Person,
    services: Services,
    found: Any,
    here: dict[str, str],
    *,
    newest: bool = False,
    older: str | None = None,
    is_search: bool = False,
    town: str | None = None,
) -> Response:
    categories = services.conventions.categories
    open_labels = {
        one.code: one.label for one in categories.categories if not one.restricted or person.can("restricted")
    }
    return page(
        request, person, services, "incidents", found=found, here=here, labels=categories.labels,
        is_search=is_search, categories=sorted(open_labels.items(), key=lambda one: one[1]),
        wards=_wards(services), place_label=_place_of,
        told_by=lambda one: _told_by(services, one),
        partners={name: services.feeds[name].partner for name in services.partnership.feeds}, older=older, town=town,
        newest=next_page(request, here, None) if newest else None,
    )  # fmt: skip


def _place_of(one: Any) -> str:
    return place_label({"place_name": one.place_name, "town": one.town, "ward": one.ward})


def _told_by(services: Services, one: Any) -> str:
    """The partners that reported an incident, each once."""
    return ", ".join(
        dict.fromkeys(services.feeds[feed].partner if feed in services.feeds else feed for feed in one.feeds)
    )


def _wards(services: Services) -> list[str]:
    return sorted({name for name, _ in services.gazetteer.ward_outlines})
