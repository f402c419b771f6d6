"""One incident: what it is and where it stands, its reports side by side, why they are linked, and what was added."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking import casefile, meeting
from tasking.linkage.report_facts import error_m_of
from tasking.meeting import FollowUp, Tasking
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.access import May
from tasking.model.casefile import IncidentState, TimelineEntry
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.flash import redirect_with_flash
from tasking.pages.register_session import session_reason
from tasking.pages.render import page, place_label
from tasking.pages.visible import (
    follow_ups_for,
    incident_now,
    incident_reports,
    proposals_for,
    proposals_with,
    restricted_among,
    taskings_of,
)
from tasking.places.position_check import conflict_words
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility

router = APIRouter()
_LOOK: Final = "restricted incident looked at"
_TAB: Final = {"open": "open", "done": "done", "dropped": "done", "lapsed": "lapsed", "withdrawn": "lapsed"}
Order = Literal["newest", "oldest"]


@router.get("/incidents/{incident_id}")
def incident(
    request: Request, incident_id: str, person: Annotated[Person, Depends(allowed())], order: Order = "newest"
) -> Response:
    """An incident with everything that belongs to it; for a restricted one, a form that asks for the reason first,
    unless the register is open. The number of one that was merged leads to the one it is in."""
    services = host_of(request).open_services()
    now = incident_now(services, incident_id, person)
    if now != incident_id:
        root = str(request.scope.get("root_path", ""))
        return redirect_with_flash(f"{root}/incidents/{now}", f"{incident_id} is part of this incident now.")
    reports = incident_reports(services, incident_id, person.visibility)
    if any(row["is_restricted"] for row in reports):
        reason = session_reason(request, person, services)
        if reason is None:
            return page(request, person, services, "why_look", what="This incident",
                        action=f"incidents/{incident_id}/look", back="incidents")  # fmt: skip
        services.audit_log.write(person.name, _LOOK, incident_id, reason)
        return _incident_page(request, person, services, incident_id, reports, order)
    if person.can(May.DETAILS):
        services.audit_log.write(person.name, "incident looked at", incident_id)
    return _incident_page(request, person, services, incident_id, reports, order)


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
    return _incident_page(request, person, services, incident_id, reports, "newest")


def _incident_page(
    request: Request, person: Person, services: Services, incident_id: str, reports: Any, order: Order
) -> Response:
    ids = [row["report_id"] for row in reports]
    is_restricted = any(row["is_restricted"] for row in reports)
    decided = services.linkage.decisions_on(ids, person.visibility)
    names = [incident_id, *casefile.former_names_of(services.casefile, ids)]
    taskings = taskings_of(services, person, names, has_restricted=is_restricted)
    proposals = _proposals(services, person, names, is_restricted=is_restricted)
    follow_ups = _follow_ups(services, person, incident_id, is_restricted=is_restricted)
    briefed_on = casefile.briefing_days_of(services.casefile, incident_id, reports)
    around = casefile.Around(decided, taskings, proposals, follow_ups, briefed_on)
    # What may be looked at only with a reason is not shown on the page of a public incident.
    seen = person.visibility if is_restricted else PUBLIC_VISIBILITY
    entries = casefile.timeline_of(services.casefile, incident_id, reports, around, seen)
    return page(
        request, person, services, "incident", incident_id=incident_id, reports=reports, place_label=place_label,
        decisions=decided, newest=_newest_that_counts(services, decided), order=order,
        today=meeting.today(services.meeting), follow_ups=follow_ups, taskings=taskings, proposals=proposals,
        tasking_link=tasking_link, numbers={row["report_id"]: number for number, row in enumerate(reports, 1)},
        conflicts=conflict_words(services.gazetteer, reports, lambda feed: error_m_of(services.linkage, feed)),
        partners=services.partners, is_restricted=is_restricted,
        entries=_in_order(entries, order), entry_link=lambda entry: entry_link(entry, taskings),
        briefed_on=briefed_on,
        mark=_mark(services, reports), place=reports[0]["place_name"], **_added(services, person, ids, seen),
    )  # fmt: skip


def _added(services: Services, person: Person, ids: Sequence[str], seen: Visibility) -> dict[str, Any]:
    """What people added to an incident, and the choices for adding more. Notes and photos need May.DETAILS."""
    has_details = person.can(May.DETAILS)
    status = casefile.status_of(services.casefile, ids, seen)
    return {
        "status": status,
        "states": list(IncidentState),
        "outcomes": services.partnership.outcomes,
        "passed_to": casefile.partners_to_pass_to(services.casefile),
        "notes": casefile.notes_of(services.casefile, ids, seen) if has_details else [],
        "attachments": casefile.attachments_of(services.casefile, ids, seen) if has_details else [],
        "missing_photos": casefile.missing_photos(services.casefile, ids, seen) if has_details else [],
        "people": casefile.people_in(services.casefile, ids) if has_details else {},
        "has_scanner": services.scanner is not None,
    }


def _proposals(
    services: Services, person: Person, incident_ids: Sequence[str], *, is_restricted: bool
) -> list[TrackedProposal]:
    """The proposals and groups that an incident is evidence for, by its id and those that it had; restricted ones are
    shown with a restricted incident alone."""
    found = proposals_with(services, person, proposals_for(services, person), incident_ids)
    hidden = restricted_among(services, [one.proposal.proposal_id for one in found])
    return [one for one in found if is_restricted or one.proposal.proposal_id not in hidden]


def _follow_ups(services: Services, person: Person, incident_id: str, *, is_restricted: bool) -> list[FollowUp]:
    found = follow_ups_for(services, person, incident_id)
    return [one for one in found if is_restricted or not one.is_restricted]


def tasking_link(one: Tasking) -> str:
    """The place of a tasking in the lists, below the root of the desk."""
    return f"taskings?show={_TAB.get(one.status.value, 'proposed')}#{one.tasking_id}"


def entry_link(entry: TimelineEntry, taskings: Sequence[Tasking]) -> str:
    """Where a line of the timeline leads, below the root of the desk; empty where it leads nowhere."""
    return next((tasking_link(one) for one in taskings if entry.link == f"taskings/{one.tasking_id}"), entry.link)


def _in_order(entries: Sequence[TimelineEntry], order: Order) -> list[TimelineEntry]:
    return list(entries) if order == "newest" else list(reversed(entries))


def _mark(services: Services, reports: Sequence[Any]) -> str:
    """`New` or `Updated` since the last meeting before today; empty where nothing came since."""
    calendar, day = services.partnership.calendar, meeting.today(services.meeting)
    before = calendar.previous_meeting(day)
    received = [row["received_at"] for row in reports]
    if min(received) >= calendar.starts_at(before):
        return "New"
    is_later = max(received) >= calendar.starts_at(before) or max(row["day"] for row in reports) > before
    return "Updated" if is_later else ""


def _newest_that_counts(services: Services, decided: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The newest decision that nobody took back, with its local day; None where there is none."""
    newest = next((one for one in decided if not one["is_undo"] and not one["is_undone"]), None)
    return newest and newest | {"day": newest["decided_at"].astimezone(services.partnership.zone).date()}
