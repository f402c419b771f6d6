"""The meeting, one item at a time: who is there, where it is and what was noted are stored as it goes on."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from tasking import delivery, meeting
from tasking.briefing import meeting_papers
from tasking.meeting import sessions
from tasking.meeting.minutes import minutes_of, minutes_sheet
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.meeting import Session
from tasking.model.proposal import LIVE, PAST, Status
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import ShownDayOrNone, TypedDayOrNone
from tasking.pages.flash import redirect_with_flash
from tasking.pages.meeting_view import items_of_today, progress_of, shown_item
from tasking.pages.render import page
from tasking.pages.visible import proposals_for, restricted_among, taskings_for
from tasking.services import Services

router = APIRouter()
_MOST_TYPED: Final = 10_000
_EVERY_S: Final = 15  # a page that follows the meeting looks again

Names = Annotated[list[str] | None, Form()]
Lines = Annotated[str, Form(max_length=_MOST_TYPED)]


class Attendance(NamedTuple):
    """Who is there and who sent apologies, as typed: declared people that are ticked, then others, a line each."""

    present: list[str]
    apologies: list[str]


def attendance(
    present: Names = None, others: Lines = "", apologies: Names = None, other_apologies: Lines = ""
) -> Attendance:
    """The fields of a form that asks who is at the meeting."""
    return Attendance(
        [*(present or []), *others.splitlines()], [*(apologies or []), *other_apologies.splitlines()]
    )  # fmt: skip


@router.get("/meeting")
def show(
    request: Request, person: Annotated[Person, Depends(allowed())], item: str = "", follow: bool = False
) -> Response:
    """The item that the meeting is at, or `item`; before the meeting how to start it, and after it what was decided.

    `follow`: the page looks again by itself.
    """
    services = host_of(request).open_services()
    day = meeting.today(services.meeting)
    session = sessions.session_of(services.meeting, day)
    unfinished = sessions.unfinished_before(services.meeting, day)
    if session is None:
        return _start_page(request, person, services, day, unfinished)
    if session.finished_at and not item:
        versions = minutes_of(services.meeting, day)
        return page(
            request, person, services, "meeting_over", session=session, has_minutes=bool(versions), day=day,
            next_meeting=_next(services, day), unfinished=unfinished,
        )  # fmt: skip
    items = items_of_today(services, day)
    if not items:
        return page(request, person, services, "meeting_empty", day=day, unfinished=unfinished)
    progress = progress_of(services, session, items, item or session.item)
    is_following = follow and not item
    answer = page(
        request, person, services, "meeting", session=session, shown=shown_item(services, session, progress),
        here_item=progress_of(services, session, items, session.item).item, past=PAST, today=day,
        is_following=is_following, owners=meeting.owner_choices(services.meeting),
        next_meeting=_next(services, day), unfinished=unfinished,
        told_by=lambda one: ", ".join(services.partners_of(one.feeds)),
    )  # fmt: skip
    if is_following:
        answer.headers["Refresh"] = str(_EVERY_S)
    return answer


def _start_page(
    request: Request, person: Person, services: Services, day: date, unfinished: Sequence[date]
) -> Response:
    before = services.partnership.calendar.previous_meeting(day)
    return page(
        request, person, services, "meeting_start", day=day, items=len(items_of_today(services, day)),
        has_briefing=meeting_papers.desk_briefing(services.briefings, day) is not None,
        is_meeting_day=services.partnership.calendar.is_meeting_day(day), next_meeting=_next(services, day),
        people=_people(services, None), seen=0, unfinished=unfinished,
        earlier=before, has_earlier_briefing=meeting_papers.desk_briefing(services.briefings, before) is not None,
    )  # fmt: skip


def _next(services: Services, day: date) -> date:
    return services.partnership.calendar.meeting_days_after(day, 1)


def _people(services: Services, session: Session | None) -> dict[str, Any]:
    """What the form of attendance shows: those declared, each with whether they are there, and the others, typed."""
    present = session.present if session else ()
    apologies = session.apologies if session else ()
    declared = services.partnership.attendees
    known = {one.name for one in declared}
    return {
        "declared": [(one.name, one.partner, one.name in present, one.name in apologies) for one in declared],
        "others": [one for one in present if one not in known],
        "other_apologies": [one for one in apologies if one not in known],
    }


@router.post("/meeting/start")
def start(
    request: Request,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    typed: Annotated[Attendance, Depends(attendance)],
) -> Response:
    """Starts today's meeting; where somebody has started it already, joins it."""
    services = host_of(request).open_services()
    day = meeting.today(services.meeting)
    if meeting_papers.desk_briefing(services.briefings, day) is None:
        raise TaskingError("There is no briefing for today, so the meeting can’t be started here")
    sessions.start_meeting(services.meeting, person.name, typed.present, typed.apologies)
    return RedirectResponse(f"{_root(request)}/meeting", 303)


@router.get("/meeting/people")
def people(
    request: Request, person: Annotated[Person, Depends(allowed(May.DECIDE))], day: ShownDayOrNone = None
) -> Response:
    """Who is at the meeting: a form to change it."""
    services = host_of(request).open_services()
    session = _session(services, day)
    return page(
        request, person, services, "meeting_people", day=session.day, people=_people(services, session),
        seen=len(session.entries), is_over=session.finished_at is not None,
    )  # fmt: skip


@router.post("/meeting/people")
def change_people(
    request: Request,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    seen: Annotated[int, Form(ge=0, le=100_000)],
    typed: Annotated[Attendance, Depends(attendance)],
    day: TypedDayOrNone = None,
) -> Response:
    """Records who is there and who sent apologies."""
    services = host_of(request).open_services()
    session = _session(services, day)
    sessions.set_attendance(services.meeting, session.day, person.name, typed.present, typed.apologies, seen)
    where = f"meeting/minutes/{session.day}" if session.finished_at else "meeting"
    return redirect_with_flash(f"{_root(request)}/{where}", "Attendance saved.")


@router.get("/meeting/finish")
def check_finish(
    request: Request, person: Annotated[Person, Depends(allowed(May.DECIDE))], day: ShownDayOrNone = None
) -> Response:
    """The minutes as they would be made, to check before the meeting is finished."""
    services = host_of(request).open_services()
    session = _session(services, day)
    drafted = meeting_papers.drafted(services.briefings, session.day)
    return page(
        request, person, services, "meeting_finish", session=session,
        sheet=minutes_sheet(services.meeting, drafted, has_details=person.can(May.DETAILS)),
        addressees=delivery.minutes_addressees(services.delivery, drafted),
        left=len(drafted.not_decided),
    )  # fmt: skip


@router.post("/meeting/finish")
def finish(
    request: Request, person: Annotated[Person, Depends(allowed(May.DECIDE))], day: TypedDayOrNone = None
) -> Response:
    """Finishes the meeting, stores its minutes and sends them."""
    services = host_of(request).open_services()
    session = _session(services, day)
    meeting_papers.finish(services.briefings, session.day, person.name)
    sent = delivery.send_minutes(services.delivery, session.day)
    words = f"The meeting is finished. {sent.words}".rstrip()
    where = f"{_root(request)}/meeting/minutes/{session.day}"
    return redirect_with_flash(where, words, is_error=bool(sent.failures))


@router.get("/meeting/restricted")
def restricted(request: Request, person: Annotated[Person, Depends(allowed(May.RESTRICTED))]) -> Response:
    """What is restricted and needs a decision, by reference alone; each is opened with a reason, which is logged."""
    services = host_of(request).open_services()
    hidden = restricted_among(services)
    proposals = [
        one for one in proposals_for(services, person)
        if one.proposal.proposal_id in hidden and one.standing.status in LIVE - {Status.WARNING}
    ]  # fmt: skip
    everything = taskings_for(services, person)
    public = {one.tasking_id for one in meeting.public_taskings(services.meeting, is_all=True)}
    taskings = [
        one for one in everything
        if one.tasking_id not in public and (one.status == Status.PROPOSED or one.is_overdue)
    ]  # fmt: skip
    return page(request, person, services, "meeting_restricted", proposals=proposals, taskings=taskings)


def _session(services: Services, day: date | None) -> Session:
    """The meeting of a day (today). Raises HTTPException 404 where it was not started."""
    session = sessions.session_of(services.meeting, day or meeting.today(services.meeting))
    if session is None:
        raise HTTPException(404)
    return session


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))
