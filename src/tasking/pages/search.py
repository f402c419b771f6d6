"""Search: one box on every page. The words come by POST, so that they are in no address."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from tasking.model.access import May
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import TypedDayOrNone
from tasking.pages.render import page, place_of
from tasking.pages.request_checks import reject_unusable_text
from tasking.search import Asked, Found, Kind, Reader
from tasking.search.references import address_of_tasking
from tasking.search.service import MOST_PAGES
from tasking.services import Services

router = APIRouter()
_MOST_WORDS: Final = 200
_TITLES: Final = {
    Kind.INCIDENTS: "Incidents", Kind.PLACES: "Places", Kind.PEOPLE: "People", Kind.TASKINGS: "Taskings",
    Kind.GROUPS: "Groups and proposals", Kind.FOLLOW_UPS: "Follow-ups",
}  # fmt: skip


@router.get("/search")
def empty(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """The form, without results."""
    return _page(request, person, host_of(request).open_services(), Asked(""), None)


@router.post("/search")
def search(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    q: Annotated[str, Form(max_length=_MOST_WORDS)] = "",
    kind: Annotated[str, Form(max_length=20)] = "",
    since: TypedDayOrNone = None,
    until: TypedDayOrNone = None,
    category: Annotated[str, Form(max_length=60)] = "",
    ward: Annotated[str, Form(max_length=120)] = "",
    number: Annotated[int, Form(ge=1, le=MOST_PAGES)] = 1,
) -> Response:
    """What somebody may see of what they look for. A reference of one thing leads straight to it."""
    host = host_of(request)
    services = host.open_services()
    asked = Asked(q.strip(), kind if kind in set(Kind) else "", since, until, category, ward, number)
    if not asked.text:
        return _page(request, person, services, asked, None)
    if not host.limits.allows(person.name):
        raise HTTPException(429, "You have searched too often within a minute. Wait a minute, then search again.")
    reject_unusable_text([("q", q)])
    reader = Reader(person.name, person.visibility, person.can(May.DETAILS))
    found = services.search.find(asked, reader)
    if found.target:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/{found.target}", 303)
    return _page(request, person, services, asked, found)


def _page(request: Request, person: Person, services: Services, asked: Asked, found: Found | None) -> Response:
    categories = services.conventions.categories.choices(has_restricted=person.can(May.RESTRICTED))
    return page(
        request, person, services, "search", asked=asked, found=found, kinds=_TITLES,
        categories=categories, most_pages=MOST_PAGES,
        wards=services.gazetteer.ward_names,
        place_of=place_of, rows=_rows(found) if found else {}, kept=_fields(asked),
        corrected=_corrected(found) if found else ("", ""), addresses=_addresses(request),
        partners=lambda one: ", ".join(services.partners_of(one.feeds)),
    )  # fmt: skip


def _rows(found: Found) -> dict[Kind, Any]:
    """Kind -> results, of the kinds of which there are any."""
    lists = {kind: getattr(found, kind.name.lower()) for kind in Kind}
    return {kind: some for kind, some in lists.items() if some}


def _corrected(found: Found) -> tuple[str, str]:
    """(what was searched for, what was typed) where a word was corrected."""
    if not found.corrected:
        return "", ""
    return " ".join(found.corrected.get(word, word) for word in found.words), " ".join(found.words)


def _fields(asked: Asked) -> dict[str, str]:
    """The search as fields of a form, without its page and kind."""
    days: dict[str, date | None] = {"since": asked.since, "until": asked.until}
    fields = {"q": asked.text, "category": asked.category, "ward": asked.ward}
    return {name: value for name, value in fields.items() if value} | {
        name: str(day) for name, day in days.items() if day
    }


def _addresses(request: Request) -> Mapping[str, Any]:
    """Functions that make the address of a result."""
    root = str(request.scope.get("root_path", ""))
    return {
        "place": lambda name: f"{root}/places?{urlencode({'name': name})}",
        "ward": lambda name: f"{root}/incidents?{urlencode({'ward': name})}",
        "person": lambda key: f"{root}/people/{quote(key, safe='')}",
        "tasking": lambda one: f"{root}/{address_of_tasking(one)}",
    }
