"""Taskings by status, the steps people take with them."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking import delivery, meeting
from tasking.meeting import Tasking
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb
from tasking.model.tasking_list import Listed
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.approval_form import ApprovalForm, TypedFields, approval_form_of, approve_as_typed
from tasking.pages.day_fields import TypedDay, TypedDayOrNone
from tasking.pages.decision_answer import answer_decision, sentences
from tasking.pages.flash import redirect_with_flash, referring_page
from tasking.pages.list_view import show_list, tabs_of
from tasking.pages.lists import Reader
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.render import page
from tasking.pages.tasking_list import LIVE, OVER_DAYS, PAST_TASKINGS, STEPS, TASKINGS, owner_choices
from tasking.pages.visible import tasking_for
from tasking.services import Services

router = APIRouter()
LISTS: Final = (TASKINGS, PAST_TASKINGS)


@router.get("/taskings")
def taskings(request: Request, person: Annotated[Person, Depends(allowed())], show: Listed = Listed.OPEN) -> Response:
    """The taskings of one tab, earliest due date first, what is over newest first, or in another order."""
    services = host_of(request).open_services()
    reader = Reader(services, person)
    desk_list = TASKINGS if show in LIVE else PAST_TASKINGS
    shown = show_list(request, desk_list, reader)
    shown = replace(shown, tabs=tabs_of(request, desk_list, reader, dict.fromkeys(LIVE, TASKINGS)))
    today = meeting.today(services.meeting)
    return page(
        request, person, services, "taskings", listed=shown, show=show.value, today=today,
        owners=owner_choices(services),
        forms={one.tasking_id: approval_form_of(services, one) for one in shown.rows
               if show in (Listed.PROPOSED, Listed.LAPSED) and Verb.APPROVE in one.standing.open_verbs},
        next_meeting=services.partnership.calendar.meeting_days_after(today, 1), verbs=_verbs, past=STEPS,
        over_days=OVER_DAYS, system=meeting.SYSTEM,
    )  # fmt: skip


def _verbs(one: Tasking) -> list[str]:
    """The steps that are offered: none with a tasking whose decision was undone."""
    if one.status == Status.WITHDRAWN and one.proposal_id:
        return []
    return [verb.value for verb in one.standing.open_verbs]


@router.post("/taskings")
def add(
    request: Request,
    what: Annotated[str, Form(min_length=3, max_length=300)],
    owner: Annotated[str, Form(min_length=2, max_length=400)],
    due_on: TypedDay,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    place: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Adds a tasking that the meeting decided."""
    services = host_of(request).open_services()
    tasking_id = meeting.add_tasking(services.meeting, person.name, what, owner, place, due_on)
    told = delivery.tell_owners(services.delivery, [tasking_id])
    words = " ".join([f"Added: {what.strip()}.", *sentences(told)])
    return redirect_with_flash(f"{request.url.path}?show=open", words, anchor=tasking_id)


@router.post("/taskings/{tasking_id}/approve")
def approve(
    request: Request, tasking_id: str, person: Annotated[Person, Depends(allowed(May.DECIDE))], typed: TypedFields
) -> Response:
    """Approves a proposed tasking with who does it by when; shows the form again where that can't be used."""
    services = host_of(request).open_services()
    tasking_for(services, tasking_id, person)
    taken = approve_as_typed(services, tasking_id, person.name, typed)
    if isinstance(taken, ApprovalForm):
        return page(request, person, services, "approve", form=taken, today=meeting.today(services.meeting))
    told = delivery.announce(services.delivery, [tasking_id])
    return answer_decision(request, services, taken, told, where=_list_of(request))


def _list_of(request: Request) -> str:
    """The page that a form was sent from; the list, where that was the form shown again."""
    where = referring_page(request)
    return where if "/taskings/" not in where else f"{request.scope.get('root_path', '')}/taskings?show=proposed"


@router.post("/taskings/{tasking_id}/undo")
def undo(
    request: Request,
    tasking_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    number: Annotated[int, Form(ge=1, le=MAX_COUNT)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes the newest decision on a tasking back; where a proposal's approval made it, that too."""
    services = host_of(request).open_services()
    tasking_for(services, tasking_id, person)
    taken = meeting.undo(services.meeting, tasking_id, person.name, reason, number=number)
    delivery.refresh_all(services.delivery, [tasking_id, taken.step.subject_id])
    return redirect_with_flash(referring_page(request), taken.words(services.meeting))


@router.post("/taskings/{tasking_id}/{verb}")
def step(
    request: Request,
    tasking_id: str,
    verb: Literal["take", "assign", "done", "carry", "drop", "reject"],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    owner: Annotated[str, Form(max_length=400)] = "",
    due_on: TypedDayOrNone = None,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes a step with a tasking; if it was decided already, the first decision counts."""
    services = host_of(request).open_services()
    tasking_for(services, tasking_id, person)
    taken = _take(services, tasking_id, Verb(verb), person, owner, due_on, reason)
    is_given = taken.counted and verb == "assign"
    told = delivery.tell_owners(services.delivery, [tasking_id]) if is_given else ()
    delivery.refresh_all(services.delivery, [tasking_id])
    return answer_decision(request, services, taken, told)


def _take(
    services: Services, tasking_id: str, verb: Verb, person: Person, owner: str, due_on: date | None, reason: str
) -> meeting.DecisionResult:
    if verb == Verb.ASSIGN:
        return meeting.assign(services.meeting, tasking_id, person.name, owner)
    if verb == Verb.CARRY:
        if due_on is None:
            raise TaskingError("Enter the new due date.")
        return meeting.carry(services.meeting, tasking_id, person.name, due_on, reason)
    return meeting.decide(services.meeting, tasking_id, verb, person.name, reason)
