"""Follow-ups: the people to contact, by when and about what; what was recorded about each; texts for letters."""

from dataclasses import replace
from datetime import time
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.meeting import FollowUp, Tasking
from tasking.meeting.follow_up_texts import TEMPLATES, text_values
from tasking.model.access import May
from tasking.model.day import moment_of
from tasking.model.follow_up import RESULTS, Contact, How, Result
from tasking.model.proposal import Status
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import TypedDay
from tasking.pages.flash import redirect_with_flash
from tasking.pages.follow_up_list import (
    DONE,
    DONE_FOLLOW_UPS,
    FOLLOW_UPS,
    OPEN,
    RESTRICTED,
    RESTRICTED_FOLLOW_UPS,
    public_follow_ups,
    reported_to,
)
from tasking.pages.list_view import show_list, tabs_of
from tasking.pages.lists import Reader
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.register_session import session_reason
from tasking.pages.render import page
from tasking.pages.visible import follow_up_for, taskings_for
from tasking.services import Services

router = APIRouter()
Show = Literal["today", "overdue", "open", "done", "restricted"]
LISTS: Final = (FOLLOW_UPS, DONE_FOLLOW_UPS, RESTRICTED_FOLLOW_UPS)
_TAKEN_ON: Final = frozenset({Status.OPEN, Status.DONE, Status.DROPPED})
_NOT_TAKEN_ON: Final = frozenset({Status.PROPOSED, Status.LAPSED, Status.WITHDRAWN})
_Reason = Annotated[str, Form(min_length=3, max_length=500)]


@router.get("/follow-ups")
def follow_ups(request: Request, person: Annotated[Person, Depends(allowed())], show: Show = "open") -> Response:
    """The follow-ups of one tab, earliest due first, settled ones newest first, or in another order.

    Restricted ones have a tab of their own, which those who may not see them do not have.
    """
    services = host_of(request).open_services()
    reader = Reader(services, person)
    desk_list = {"done": DONE_FOLLOW_UPS, "restricted": RESTRICTED_FOLLOW_UPS}.get(show, FOLLOW_UPS)
    shown = show_list(request, desk_list, reader)
    counted = dict.fromkeys([*OPEN, *DONE, *RESTRICTED], FOLLOW_UPS)
    return page(
        request, person, services, "follow_ups", show=show,
        listed=replace(shown, tabs=tabs_of(request, desk_list, reader, counted)),
        counts=meeting.counts_of(services.meeting, public_follow_ups(reader)),
        hours=services.partnership.follow_ups.hours,
        due=lambda one: one.due(services.meeting), reported_to=lambda one: reported_to(services, one),
        taskings=_taskings_by_incident(services, person, list(shown.rows)),
    )  # fmt: skip


@router.get("/follow-ups/{follow_up_id}")
def follow_up(request: Request, follow_up_id: str, person: Annotated[Person, Depends(allowed())]) -> Response:
    """One follow-up; how to reach the person only with May.DETAILS, which is logged. For a restricted one, a form that
    asks for the reason first, unless the register is open."""
    services = host_of(request).open_services()
    one = follow_up_for(services, follow_up_id, person)
    if not one.is_restricted:
        return _shown(request, person, services, one)
    reason = session_reason(request, person, services) if person.can(May.DETAILS) else None
    if reason is None:
        return page(request, person, services, "why_look", what="This follow-up", back="follow-ups?show=restricted",
                    action=f"follow-ups/{follow_up_id}/look")  # fmt: skip
    return _shown(request, person, services, one, reason)


@router.post("/follow-ups/{follow_up_id}/look")
def look(
    request: Request,
    follow_up_id: str,
    reason: _Reason,
    person: Annotated[Person, Depends(allowed(May.DETAILS, May.RESTRICTED))],
) -> Response:
    """A restricted follow-up; the reason given is logged."""
    services = host_of(request).open_services()
    return _shown(request, person, services, follow_up_for(services, follow_up_id, person), reason)


@router.post("/follow-ups/{follow_up_id}/record")
def record(
    request: Request,
    follow_up_id: str,
    how: Annotated[How, Form()],
    partner: Annotated[str, Form(min_length=2, max_length=120)],
    on: TypedDay,
    at: Annotated[time, Form()],
    result: Annotated[Result, Form()],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    note: Annotated[str, Form(max_length=500)] = "",
    report: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Records a contact about the reports that the page showed. One that reached nobody leaves the follow-up open."""
    services = host_of(request).open_services()
    one = follow_up_for(services, follow_up_id, person)
    contact = Contact(how, partner, moment_of(on, at, services.partnership.zone, "at"), result, note)
    act = meeting.record_contact(services.meeting, one, person.name, contact, report or ())
    said = "Recorded. The person has been contacted." if act.settles else "Recorded. The follow-up stays open."
    return redirect_with_flash(_list_of(request, one), said)


@router.post("/follow-ups/{follow_up_id}/cancel")
def cancel(
    request: Request,
    follow_up_id: str,
    reason: _Reason,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    report: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Cancels a follow-up: nobody contacts the person. The reason is logged."""
    services = host_of(request).open_services()
    one = follow_up_for(services, follow_up_id, person)
    meeting.cancel_follow_up(services.meeting, one, person.name, reason, report or ())
    return redirect_with_flash(
        _list_of(request, one), "Cancelled. The person will not be contacted about these reports."
    )


@router.post("/follow-ups/{follow_up_id}/undo")
def undo(
    request: Request,
    follow_up_id: str,
    act: Annotated[int, Form(ge=1, le=MAX_COUNT)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
) -> Response:
    """Takes back a contact or a cancellation that was recorded today."""
    services = host_of(request).open_services()
    one = follow_up_for(services, follow_up_id, person)
    meeting.undo_follow_up(services.meeting, one, person.name, act)
    return redirect_with_flash(_list_of(request, one), "Undone. The follow-up is open.")


def _shown(request: Request, person: Person, services: Services, one: FollowUp, reason: str = "") -> Response:
    """The page of a follow-up. The log records who sees how to reach the person."""
    callers: list[dict[str, Any]] = []
    if person.can(May.DETAILS):
        callers = meeting.callers_of(services.meeting, one, person.name, person.visibility, reason)
    done = _taskings_by_incident(services, person, [one])[one.follow_up_id]
    not_taken = _taskings_by_incident(services, person, [one], _NOT_TAKEN_ON)[one.follow_up_id]
    values = text_values(services.meeting, one, done, callers)
    now = services.clock().astimezone(services.partnership.zone)
    return page(
        request, person, services, "follow_up", one=one, callers=callers, taskings=done,
        not_taken=not_taken, now=now,
        due=one.due(services.meeting), today=meeting.today(services.meeting),
        texts=[(how, services.follow_up_texts.render(how, values)) for how in TEMPLATES],
        reported_to=lambda some: reported_to(services, some),
        partners=meeting.partners_of(services.meeting), ways=list(RESULTS),
        results=list(dict.fromkeys(result for some in RESULTS.values() for result in some)),
    )  # fmt: skip


def _taskings_by_incident(
    services: Services, person: Person, some: list[FollowUp], wanted_status: frozenset[Status] = _TAKEN_ON
) -> dict[str, list[Tasking]]:
    """Follow-up id -> the taskings of its incidents that have a wanted status and `person` may see."""
    wanted = {report.incident_id for one in some for report in one.reports if report.incident_id}
    incident_of = services.meeting.incidents_of_taskings(wanted)
    found: dict[str, list[Tasking]] = {one.follow_up_id: [] for one in some}
    if not incident_of:
        return found
    taskings = [each for each in taskings_for(services, person, incident_of) if each.status in wanted_status]
    for one in some:
        incidents = {report.incident_id for report in one.reports}
        found[one.follow_up_id] = [each for each in taskings if incident_of[each.tasking_id] in incidents]
    return found


def _list_of(request: Request, one: FollowUp) -> str:
    root = str(request.scope.get("root_path", ""))
    return f"{root}/follow-ups?show={'restricted' if one.is_restricted else 'open'}"
