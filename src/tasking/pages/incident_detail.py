"""One incident: its reports side by side, why they are linked, and people's permanent decisions to split or merge."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking.linkage import decisions
from tasking.linkage.report_facts import error_m_of
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.flash import redirect_with_flash, referring_page
from tasking.pages.render import page, place_label
from tasking.pages.visible import follow_ups_for, incident_named, incident_reports
from tasking.places.position_check import conflict_words
from tasking.services import Services

router = APIRouter()
_LOOK: Final = "restricted incident looked at"


@router.get("/incidents/{incident_id}")
def incident(request: Request, incident_id: str, person: Annotated[Person, Depends(allowed())]) -> Response:
    """The reports of an incident side by side; for a restricted one, a form that asks for the reason first."""
    services = host_of(request).open_services()
    reports = incident_reports(services, incident_id, person.visibility)
    if any(row["is_restricted"] for row in reports):
        return page(request, person, services, "why_look", what="This incident", action=f"incidents/{incident_id}/look",
                    back="incidents")  # fmt: skip
    if person.can(May.DETAILS):
        services.audit_log.write(person.name, "incident looked at", incident_id)
    return _incident_page(request, person, services, incident_id, reports)


@router.post("/incidents/{incident_id}/look")
def look(
    request: Request,
    incident_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.RESTRICTED))],
) -> Response:
    """A restricted incident; the reason given is logged."""
    services = host_of(request).open_services()
    reports = incident_reports(services, incident_id, person.visibility)
    services.audit_log.write(person.name, _LOOK, incident_id, reason)
    return _incident_page(request, person, services, incident_id, reports)


@router.post("/incidents/{incident_id}/split")
def split(
    request: Request,
    incident_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    report: Annotated[list[str] | None, Form()] = None,
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Splits the chosen reports off the incident, permanently."""
    services = host_of(request).open_services()
    incident_reports(services, incident_id, person.visibility)
    chosen = report or []
    if not chosen:
        raise TaskingError("choose the reports that go")
    decisions.split(services.linkage, incident_id, chosen, person.name, note, person.visibility)
    return redirect_with_flash(
        _address_of_incident(request, services, chosen[0], person),
        "Split. This is what was taken out. You can undo it below.",
    )


@router.post("/incidents/{incident_id}/merge")
def merge(
    request: Request,
    incident_id: str,
    other: Annotated[str, Form(min_length=2, max_length=200)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Merges this and another incident, permanently."""
    services = host_of(request).open_services()
    incident_reports(services, incident_id, person.visibility)
    made = decisions.merge(
        services.linkage, incident_id, incident_named(services, other, person), person.name, note, person.visibility
    )
    return redirect_with_flash(
        _address_of_incident(request, services, made, person), "One incident now. You can undo it below."
    )


@router.post("/incidents/{incident_id}/never")
def never(
    request: Request,
    incident_id: str,
    other: Annotated[str, Form(min_length=2, max_length=200)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Keeps this and another incident apart, permanently."""
    services = host_of(request).open_services()
    incident_reports(services, incident_id, person.visibility)
    decisions.keep_apart(
        services.linkage, incident_id, incident_named(services, other, person), person.name, note, person.visibility
    )
    return redirect_with_flash(referring_page(request), "Kept apart. You can undo it below.")


@router.post("/incidents/{incident_id}/undo")
def undo(
    request: Request,
    incident_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes the newest decision on the reports of this incident back."""
    services = host_of(request).open_services()
    report_id = incident_reports(services, incident_id, person.visibility)[0]["report_id"]
    words = decisions.undo(services.linkage, incident_id, person.name, note, person.visibility)
    return redirect_with_flash(_address_of_incident(request, services, report_id, person), words)


def _incident_page(request: Request, person: Person, services: Services, incident_id: str, reports: Any) -> Response:
    ids = [row["report_id"] for row in reports]
    decided = services.linkage.decisions_on(ids, person.visibility)
    return page(
        request, person, services, "incident", incident_id=incident_id, reports=reports, place_label=place_label,
        decisions=decided, newest=_newest_that_counts(services, decided),
        today=services.clock().astimezone(services.partnership.zone).date(),
        follow_ups=follow_ups_for(services, person, incident_id),
        labels=services.conventions.categories.labels,
        conflicts=conflict_words(services.gazetteer, reports, lambda feed: error_m_of(services.linkage, feed)),
        partners={name: feed.partner for name, feed in services.feeds.items()},
        is_restricted=any(row["is_restricted"] for row in reports),
    )  # fmt: skip


def _newest_that_counts(services: Services, decided: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The newest decision that nobody took back, with its local day; None where there is none."""
    newest = next((one for one in decided if not one["is_undo"] and not one["is_undone"]), None)
    return newest and newest | {"day": newest["decided_at"].astimezone(services.partnership.zone).date()}


def _address_of_incident(request: Request, services: Services, name: str, person: Person) -> str:
    """The address of an incident's page, by the incident or one of its reports; of the list if `person` may no longer
    see it after the decision."""
    ids = services.linkage.incidents_named(name, (), person.visibility)
    return f"{request.scope.get('root_path', '')}/incidents" + (f"/{ids[0]}" if ids else "")
