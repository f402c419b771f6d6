"""Incidents: reports side by side, why they are one, and a person's word on it, which lasts."""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from tasking.linkage import decisions, explain
from tasking.linkage.incident_filter import IncidentFilter
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import ShownDayOrNone
from tasking.pages.flash import redirect_with_flash, referring_page
from tasking.pages.pagination import MAX_COUNT, cursor_of, next_page
from tasking.pages.render import page, told_where
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility

router = APIRouter()
_PAGE: Final = 50
_ASKED_DAYS: Final = 28
_LOOK: Final = "restricted incident looked at"


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
    """Finds an incident by its own reference, a partner's, or a public place. What is typed stays out of addresses."""
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
        return RedirectResponse(next_page_at(request, place), 303)
    return _listed(request, person, services, [], {}, is_search=True, town=town)


def next_page_at(request: Request, place: str) -> str:
    """The list of a public place."""
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
        wards=_wards(services), told_where=told_where_of,
        told_by=lambda one: _told_by(services, one),
        partners={name: services.feeds[name].partner for name in services.partnership.feeds}, older=older, town=town,
        newest=next_page(request, here, None) if newest else None,
    )  # fmt: skip


def told_where_of(one: Any) -> str:
    return told_where({"place_name": one.place_name, "town": one.town, "ward": one.ward})


def _told_by(services: Services, one: Any) -> str:
    """The partners that told of an incident, each once."""
    return ", ".join(
        dict.fromkeys(services.feeds[feed].partner if feed in services.feeds else feed for feed in one.feeds)
    )


@router.get("/incidents/confirm")
def confirm(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    skip: Annotated[int, Query(ge=0, le=MAX_COUNT)] = 0,
) -> Response:
    """The pairs that may be one incident, one after the other: the newest day's first, of a day the likeliest."""
    services = host_of(request).open_services()
    newest = services.briefings.newest_day() or date.min
    since = max(newest, date.min + timedelta(days=_ASKED_DAYS)) - timedelta(days=_ASKED_DAYS)
    questions = _public_questions(services, since)
    one = questions[skip] if skip < len(questions) else None
    pair = []
    if one is not None:
        for side in ("a", "b"):
            pair.append(
                (
                    one[f"incident_{side}"],
                    one[f"report_{side}"],
                    _sides(services, one[f"incident_{side}"], PUBLIC_VISIBILITY),
                )
            )
        if person.can(May.DETAILS):
            for incident, _, _ in pair:
                services.audit_log.write(person.name, "incident looked at", incident)
    return page(
        request, person, services, "confirm", one=one, pair=pair, number=skip + 1, total=len(questions), skip=skip,
        labels=services.conventions.categories.labels,
        partners={name: feed.partner for name, feed in services.feeds.items()},
    )  # fmt: skip


def _public_questions(services: Services, since: date) -> list[dict[str, Any]]:
    """The questions about incidents that are not restricted, whatever they were when they were asked: the newest day's
    first, of a day the likeliest."""
    asked = [one for one in explain.review_pairs(services.linkage, since, date.max) if not one["is_restricted"]]
    ids = {one[f"incident_{side}"] for one in asked for side in ("a", "b")}
    withheld = services.guard.withheld_incidents(ids, PUBLIC_VISIBILITY)
    public = [one for one in asked if not withheld & {one["incident_a"], one["incident_b"]}]
    return sorted(public, key=lambda one: one["asked_on"], reverse=True)


@router.post("/incidents/confirm")
def answer(
    request: Request,
    report_a: Annotated[str, Form(max_length=300)],
    report_b: Annotated[str, Form(max_length=300)],
    is_same: Annotated[bool, Form()],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    skip: Annotated[int, Form(ge=0, le=MAX_COUNT)] = 0,
) -> Response:
    """One incident, or never one; then the next question."""
    services = host_of(request).open_services()
    one, other = _named(services, report_a, person), _named(services, report_b, person)
    (decisions.merge if is_same else decisions.keep_apart)(
        services.linkage, one, other, person.name, visibility=person.visibility
    )
    words = "One incident." if is_same else "Kept apart, for good."
    return redirect_with_flash(f"{request.url.path}?skip={skip}" if skip else request.url.path, words)


@router.get("/incidents/{incident_id}")
def incident(request: Request, incident_id: str, person: Annotated[Person, Depends(allowed())]) -> Response:
    """The reports of an incident side by side; of a restricted one, the question why somebody wants to see it."""
    services = host_of(request).open_services()
    reports = _sides(services, incident_id, person.visibility)
    if any(row["is_restricted"] for row in reports):
        return page(request, person, services, "why_look", what="This incident", action=f"incidents/{incident_id}/look",
                    back="incidents")  # fmt: skip
    if person.can(May.DETAILS):
        services.audit_log.write(person.name, "incident looked at", incident_id)
    return _shown(request, person, services, incident_id, reports)


@router.post("/incidents/{incident_id}/look")
def look(
    request: Request,
    incident_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.RESTRICTED))],
) -> Response:
    """A restricted incident, for the reason that was given."""
    services = host_of(request).open_services()
    reports = _sides(services, incident_id, person.visibility)
    services.audit_log.write(person.name, _LOOK, incident_id, reason)
    return _shown(request, person, services, incident_id, reports)


@router.post("/incidents/{incident_id}/split")
def split(
    request: Request,
    incident_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    report: Annotated[list[str] | None, Form()] = None,
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes the chosen reports out of the incident, for good."""
    services = host_of(request).open_services()
    _sides(services, incident_id, person.visibility)
    chosen = report or []
    if not chosen:
        raise TaskingError("choose the reports that go")
    decisions.split(services.linkage, incident_id, chosen, person.name, note, person.visibility)
    return redirect_with_flash(
        _page_of(request, services, chosen[0], person), "Split, for good. This is what was taken out."
    )


@router.post("/incidents/{incident_id}/merge")
def merge(
    request: Request,
    incident_id: str,
    other: Annotated[str, Form(min_length=2, max_length=200)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Makes this and another incident one, for good."""
    services = host_of(request).open_services()
    _sides(services, incident_id, person.visibility)
    made = decisions.merge(
        services.linkage, incident_id, _named(services, other, person), person.name, note, person.visibility
    )
    return redirect_with_flash(_page_of(request, services, made, person), "One incident, for good.")


@router.post("/incidents/{incident_id}/never")
def never(
    request: Request,
    incident_id: str,
    other: Annotated[str, Form(min_length=2, max_length=200)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Says that this and another incident are never one."""
    services = host_of(request).open_services()
    _sides(services, incident_id, person.visibility)
    decisions.keep_apart(
        services.linkage, incident_id, _named(services, other, person), person.name, note, person.visibility
    )
    return redirect_with_flash(referring_page(request), "Never one, for good.")


def _shown(request: Request, person: Person, services: Services, incident_id: str, reports: Any) -> Response:
    ids = [row["report_id"] for row in reports]
    return page(
        request, person, services, "incident", incident_id=incident_id, reports=reports, told_where=told_where,
        decisions=services.linkage.decisions_on(ids, person.visibility),
        labels=services.conventions.categories.labels,
        partners={name: feed.partner for name, feed in services.feeds.items()},
        is_restricted=any(row["is_restricted"] for row in reports),
    )  # fmt: skip


def _sides(services: Services, incident_id: str, visibility: Visibility) -> list[dict[str, Any]]:
    """The reports of an incident. Raises HTTPException 404 where there is none that somebody may see."""
    reports = services.linkage.reports_side_by_side(incident_id, visibility)
    if not reports:
        raise HTTPException(404)
    return reports


def _named(services: Services, other: str, person: Person) -> str:
    """An incident by what somebody typed: its reference or a partner's. Raises TaskingError where there is none that
    they may see."""
    ids = services.linkage.incidents_named(other.strip(), services.partnership.feeds, person.visibility)
    if len(ids) != 1:
        raise TaskingError(
            "two partners have that reference: write it as feed:reference" if ids else "there is no such incident"
        )
    return ids[0]


def _page_of(request: Request, services: Services, name: str, person: Person) -> str:
    """The page of an incident, or of a report's; the list, where a decision has made of it what they may not see."""
    ids = services.linkage.incidents_named(name, (), person.visibility)
    return f"{request.scope.get('root_path', '')}/incidents" + (f"/{ids[0]}" if ids else "")


def _wards(services: Services) -> list[str]:
    return sorted({name for name, _ in services.gazetteer.ward_outlines})
