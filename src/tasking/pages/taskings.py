"""Taskings by status, the steps people take with them, and feedback owed to callers."""

from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from tasking import delivery, meeting
from tasking.meeting import Tasking
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.proposal import PAST, Status, Verb
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.approval_form import ApprovalForm, TypedFields, approval_form_of, approve_as_typed
from tasking.pages.day_fields import TypedDay, TypedDayOrNone
from tasking.pages.flash import redirect_with_flash, referring_page
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.render import page
from tasking.pages.visible import tasking_for, taskings_for
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()
Show = Literal["open", "mine", "overdue", "proposed", "done"]
_TABS: Final[dict[Show, str]] = {
    "open": "Open", "mine": "Mine", "overdue": "Overdue", "proposed": "Proposed", "done": "Done or let go",
}  # fmt: skip
_LATELY_DAYS: Final = 28
_PAGE: Final = 100


@router.get("/taskings")
def taskings(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    show: Show = "open",
    start: Annotated[int, Query(ge=0, le=MAX_COUNT)] = 0,
    waiting: Annotated[int, Query(ge=0, le=MAX_COUNT)] = 0,
) -> Response:
    """The taskings of one tab, earliest due date first; finished ones newest first."""
    services = host_of(request).open_services()
    today = meeting.today(services.meeting)
    everything = taskings_for(services, person)
    kinds = {kind: [one for one in everything if _is(one, kind, person, today)] for kind in _TABS}
    kinds["done"].reverse()
    found = kinds[show]
    owed = _owed(services)
    return page(
        request, person, services, "taskings", show=show,
        tabs=[(kind, _TABS[kind], len(kinds[kind])) for kind in _TABS],
        found=found[start : start + _PAGE], today=today, owed=owed[waiting : waiting + _PAGE], owed_count=len(owed),
        owners=_owners(services),
        partners={name: feed.partner for name, feed in services.feeds.items()},
        older=f"{request.url.path}?show={show}&start={start + _PAGE}" if len(found) > start + _PAGE else None,
        newest=f"{request.url.path}?show={show}" if start else None,
        owed_older=f"{request.url.path}?show={show}&waiting={waiting + _PAGE}#feedback"
        if len(owed) > waiting + _PAGE else None,
        owed_newest=f"{request.url.path}?show={show}#feedback" if waiting else None,
        forms={one.tasking_id: approval_form_of(services, one) for one in found[start : start + _PAGE]
               if show == "proposed" and "approve" in _verbs(one)},
        next_meeting=services.partnership.calendar.meeting_days_after(today, 1), verbs=_verbs, past=PAST,
    )  # fmt: skip


def _owed(services: Services) -> list[dict[str, Any]]:
    """The reports whose callers are owed feedback, without those of restricted incidents."""
    owed = meeting.feedback_owed(services.meeting)
    readable = services.guard.readable_reports([one["report_id"] for one in owed], PUBLIC_VISIBILITY)
    return [one for one in owed if one["report_id"] in readable]


def _is(one: Tasking, kind: str, person: Person, today: date) -> bool:
    is_late_news = (today - one.proposed_on).days <= _LATELY_DAYS
    match kind:
        case "open":
            return one.status == Status.OPEN
        case "mine":
            taken = one.standing.last(Verb.TAKE, Verb.ASSIGN, Verb.APPROVE)
            is_taken = taken is not None and taken.verb == Verb.TAKE and taken.actor == person.name
            is_owner = person.name.casefold() in {owner.casefold() for owner in one.owners}
            return one.status == Status.OPEN and (is_taken or is_owner)
        case "overdue":
            return one.is_overdue
        case "proposed":
            return one.status in (Status.PROPOSED, Status.WITHDRAWN) and is_late_news
        case _:
            over = one.standing.last(Verb.DONE, Verb.DROP, Verb.REJECT)
            return over is not None and over.day >= today - timedelta(days=_LATELY_DAYS)


def _verbs(one: Tasking) -> list[str]:
    """The steps that are offered: none with a tasking whose decision was undone."""
    if one.status == Status.WITHDRAWN and one.proposal_id:
        return []
    return [verb.value for verb in one.standing.open_verbs]


@router.post("/taskings")
def add(
    request: Request,
    what: Annotated[str, Form(min_length=3, max_length=300)],
    owner: Annotated[str, Form(min_length=2, max_length=120)],
    due_on: TypedDay,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    place: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Adds a tasking that the meeting decided."""
    services = host_of(request).open_services()
    tasking_id = meeting.add_tasking(services.meeting, person.name, what, owner, place, due_on)
    return redirect_with_flash(f"{request.url.path}?show=open", f"Added: {what.strip()}.", anchor=tasking_id)


@router.post("/taskings/feedback")
def feedback(
    request: Request,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    report: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Records that the people behind these reports were told what was done."""
    if not report:
        raise TaskingError("choose whom you have told")
    services = host_of(request).open_services()
    readable = services.guard.readable_reports(report, person.visibility)
    if unknown := [one for one in report if one not in readable]:
        raise TaskingError(f"there is no report {unknown[0][:100]}; a report is written feed:reference")
    given = meeting.give_feedback(services.meeting, report, person.name)
    return redirect_with_flash(referring_page(request), f"{given} recorded as told.", anchor="feedback")


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
    delivery.refresh_all(services.delivery, [tasking_id])
    return redirect_with_flash(_list_of(request), taken.words(services.meeting), is_error=not taken.counted)


def _list_of(request: Request) -> str:
    """The page that a form was sent from; the list, where that was the form shown again."""
    where = referring_page(request)
    return where if "/taskings/" not in where else f"{request.scope.get('root_path', '')}/taskings?show=proposed"


@router.post("/taskings/{tasking_id}/undo")
def undo(
    request: Request,
    tasking_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes the newest decision on a tasking back; where a proposal's approval made it, that too."""
    services = host_of(request).open_services()
    tasking_for(services, tasking_id, person)
    taken = meeting.undo(services.meeting, tasking_id, person.name, reason)
    delivery.refresh_all(services.delivery, [tasking_id, taken.step.subject_id])
    return redirect_with_flash(referring_page(request), taken.words(services.meeting))


@router.post("/taskings/{tasking_id}/{verb}")
def step(
    request: Request,
    tasking_id: str,
    verb: Literal["take", "assign", "done", "carry", "drop", "reject"],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    owner: Annotated[str, Form(max_length=120)] = "",
    due_on: TypedDayOrNone = None,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes a step with a tasking; if it was decided already, the first decision counts."""
    services = host_of(request).open_services()
    tasking_for(services, tasking_id, person)
    taken = _take(services, tasking_id, Verb(verb), person, owner, due_on, reason)
    delivery.refresh_all(services.delivery, [tasking_id])
    return redirect_with_flash(referring_page(request), taken.words(services.meeting), is_error=not taken.counted)


def _take(
    services: Services, tasking_id: str, verb: Verb, person: Person, owner: str, due_on: date | None, reason: str
) -> meeting.DecisionResult:
    if verb == Verb.ASSIGN:
        return meeting.assign(services.meeting, tasking_id, person.name, owner)
    if verb == Verb.CARRY:
        if due_on is None:
            raise TaskingError("say until when")
        return meeting.carry(services.meeting, tasking_id, person.name, due_on, reason)
    return meeting.decide(services.meeting, tasking_id, verb, person.name, reason)


def _owners(services: Services) -> list[str]:
    return sorted(services.partnership.taskings.declared_owners)
