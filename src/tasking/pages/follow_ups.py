"""Follow-ups: the people to contact, by when and about what; what was recorded about each; texts for letters."""

from datetime import date, datetime, time
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.meeting import Due, FollowUp, Tasking
from tasking.meeting.follow_up_texts import TEMPLATES, text_values
from tasking.model.access import May
from tasking.model.follow_up import RESULTS, Contact, How, Result, State
from tasking.model.proposal import Status
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import TypedDay
from tasking.pages.flash import redirect_with_flash
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.render import page
from tasking.pages.visible import follow_up_for, follow_ups_for, taskings_for
from tasking.services import Services

router = APIRouter()
Show = Literal["today", "overdue", "open", "done", "restricted"]
_TABS: Final[dict[str, str]] = {"today": "Due today", "overdue": "Overdue", "open": "All open", "done": "Done"}
_TAKEN_ON: Final = frozenset({Status.OPEN, Status.DONE, Status.DROPPED})
_PAGE: Final = 50
_Reason = Annotated[str, Form(min_length=3, max_length=500)]


@router.get("/follow-ups")
def follow_ups(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    show: Show = "open",
    partner: str = "",
    start: Annotated[int, Query(ge=0, le=MAX_COUNT)] = 0,
) -> Response:
    """The follow-ups of one tab, earliest due first; settled ones newest first.

    Restricted ones have a tab of their own, which those who may not see them do not have.
    """
    services = host_of(request).open_services()
    everything = [one for one in follow_ups_for(services, person) if _is_of(services, one, partner)]
    public = [one for one in everything if not one.is_restricted]
    kinds: dict[str, list[FollowUp]] = {kind: [one for one in public if _is(services, one, kind)] for kind in _TABS}
    kinds["done"].sort(key=_settled_at, reverse=True)
    names = dict(_TABS)
    if person.can(May.RESTRICTED):
        names["restricted"] = "Restricted"
        restricted = [one for one in everything if one.is_restricted]
        kinds["restricted"] = sorted(restricted, key=lambda one: one.state != State.OPEN)  # open ones first
    found = kinds.get(show, [])
    shown = found[start : start + _PAGE]
    return page(
        request, person, services, "follow_ups", show=show, partner=partner, found=shown,
        tabs=[(kind, name, len(kinds[kind])) for kind, name in names.items()],
        counts=meeting.counts_of(services.meeting, public), hours=services.partnership.follow_ups.hours,
        partners=_partners(services), labels=services.conventions.categories.labels,
        due=lambda one: one.due(services.meeting), reported_to=lambda one: _reported_to(services, one),
        taskings=_taskings_by_incident(services, person, shown),
        older=_address(request, show, partner, start + _PAGE) if len(found) > start + _PAGE else None,
        newest=_address(request, show, partner, 0) if start else None,
    )  # fmt: skip


@router.get("/follow-ups/{follow_up_id}")
def follow_up(request: Request, follow_up_id: str, person: Annotated[Person, Depends(allowed())]) -> Response:
    """One follow-up; how to reach the person only with May.DETAILS, which is logged. For a restricted one, a form that
    asks for the reason first."""
    services = host_of(request).open_services()
    one = follow_up_for(services, follow_up_id, person)
    if one.is_restricted:
        return page(request, person, services, "why_look", what="This follow-up", back="follow-ups?show=restricted",
                    action=f"follow-ups/{follow_up_id}/look")  # fmt: skip
    return _shown(request, person, services, one)


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
    contact = Contact(how, partner, _moment(services, on, at), result, note)
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
    return redirect_with_flash(_list_of(request, one), "Cancelled. Nobody contacts the person about these reports.")


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
    """The page of a follow-up. Whoever sees how to reach the person is in the log."""
    callers: list[dict[str, Any]] = []
    if person.can(May.DETAILS):
        callers = meeting.callers_of(services.meeting, one, person.name, person.visibility, reason)
    taskings = _taskings_by_incident(services, person, [one])
    done = list({each.tasking_id: each for some in taskings.values() for each in some}.values())
    values = text_values(services.meeting, one, done, callers)
    now = services.clock().astimezone(services.partnership.zone)
    return page(
        request, person, services, "follow_up", one=one, callers=callers, taskings=done, now=now,
        due=one.due(services.meeting), today=meeting.today(services.meeting),
        texts=[(how, services.follow_up_texts.render(how, values)) for how in TEMPLATES],
        labels=services.conventions.categories.labels, reported_to=lambda some: _reported_to(services, some),
        partners=meeting.partners_of(services.meeting), ways=list(RESULTS),
        results=list(dict.fromkeys(result for some in RESULTS.values() for result in some)),
    )  # fmt: skip


def _is(services: Services, one: FollowUp, kind: str) -> bool:
    if kind == "done":
        return one.state != State.OPEN
    if one.state != State.OPEN:
        return False
    return kind == "open" or one.due(services.meeting) == (Due.TODAY if kind == "today" else Due.OVERDUE)


def _is_of(services: Services, one: FollowUp, partner: str) -> bool:
    return not partner or partner in _reported_to(services, one)


def _reported_to(services: Services, one: FollowUp) -> list[str]:
    """The partners that the person reported to, each once."""
    names = (services.feeds[feed].partner if feed in services.feeds else feed for feed in one.feeds)
    return list(dict.fromkeys(names))


def _partners(services: Services) -> list[str]:
    return sorted({feed.partner for feed in services.feeds.values()})


def _settled_at(one: FollowUp) -> tuple[datetime, str]:
    assert one.settled_by is not None  # noqa: S101 - of settled ones only
    return one.settled_by.at, one.follow_up_id


def _taskings_by_incident(services: Services, person: Person, some: list[FollowUp]) -> dict[str, list[Tasking]]:
    """Follow-up id -> the taskings of its incidents that somebody took on and `person` may see."""
    wanted = {report.incident_id for one in some for report in one.reports if report.incident_id}
    incident_of = services.meeting.incidents_of_taskings(wanted)
    found: dict[str, list[Tasking]] = {one.follow_up_id: [] for one in some}
    if not incident_of:
        return found
    taskings = [
        each for each in taskings_for(services, person) if each.tasking_id in incident_of and each.status in _TAKEN_ON
    ]
    for one in some:
        incidents = {report.incident_id for report in one.reports}
        found[one.follow_up_id] = [each for each in taskings if incident_of[each.tasking_id] in incidents]
    return found


def _moment(services: Services, on: date, at: time) -> datetime:
    return datetime.combine(on, at.replace(tzinfo=None), services.partnership.zone)


def _list_of(request: Request, one: FollowUp) -> str:
    root = str(request.scope.get("root_path", ""))
    return f"{root}/follow-ups?show={'restricted' if one.is_restricted else 'open'}"


def _address(request: Request, show: str, partner: str, start: int) -> str:
    asked = {"show": show, "partner": partner, "start": str(start) if start else ""}
    return f"{request.url.path}?{urlencode({name: value for name, value in asked.items() if value})}"
