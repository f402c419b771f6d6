"""Today: the briefing as posted, its versions, what the meeting decides, and the map; earlier days, to read only."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from tasking import delivery, meeting
from tasking.meeting import sessions
from tasking.model.access import May
from tasking.model.briefing import Briefing, IncidentLine, NightIncident, TaskingLine
from tasking.model.clearance import Clearance
from tasking.model.proposal import Verb
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.approval_form import approval_form
from tasking.pages.attention import attention
from tasking.pages.charts import district_map
from tasking.pages.day_fields import ShownDayOrNone
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.render import page
from tasking.pages.tonight import headline_of
from tasking.pages.visible import restricted_among
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()
_DAYS_LISTED: Final = 15
_Line = TypeVar("_Line", NightIncident, TaskingLine, IncidentLine)


@router.get("/")
def first(request: Request, _: Annotated[Person, Depends(allowed())]) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/today", 302)


@router.get("/today")
def today(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    day: ShownDayOrNone = None,
    version: Annotated[int | None, Query(ge=1, le=MAX_COUNT)] = None,
) -> Response:
    """The briefing of today, or of another day, in a version (the newest by default). Where today has none, why."""
    services = host_of(request).open_services()
    now = meeting.today(services.meeting)
    shown_day = day or now
    days = services.briefings.days(max(shown_day, now), _DAYS_LISTED)
    if version is None and services.briefings.newest(shown_day) is None:
        return _without_briefing(request, person, services, shown_day, days)
    shown = delivery.shown_briefing(services.delivery, shown_day, version)
    versions = services.briefings.versions(shown_day)
    is_today = shown_day == now
    waiting = _open_questions(services, shown) if is_today and shown.edition.version == versions[-1] else frozenset()
    return page(
        request, person, services, "today", b=_for_desk(services, shown, person), e=shown.edition, pictures=(),
        days=sorted({*days, shown_day}, reverse=True), is_today=is_today, versions=versions,
        waiting=waiting, today=now, attention=attention(services, person) if is_today else None,
        forms={proposal_id: approval_form(services, proposal_id) for proposal_id in waiting},
        map=district_map(services.geography, shown.briefing.map_cells),
        posts=services.delivery.posts(shown_day),
        session=sessions.session_of(services.meeting, now) if is_today else None,
        unfinished=sessions.unfinished_before(services.meeting, now) if is_today else (),
    )  # fmt: skip


def _without_briefing(
    request: Request, person: Person, services: Services, day: date, days: Sequence[date]
) -> Response:
    """Today, or another day, that has no briefing: whether that is as it should be, and where to go on."""
    now, calendar = meeting.today(services.meeting), services.partnership.calendar
    return page(
        request, person, services, "today_empty", day=day, today=now, days=days,
        headline=headline_of(services, day, has_details=person.can(May.DETAILS)) if day >= now else None,
        has_meeting=calendar.is_meeting_day(day), following=calendar.meeting_days_after(day, 1),
        unfinished=sessions.unfinished_before(services.meeting, now) if day == now else (),
    )  # fmt: skip


def _for_desk(services: Services, shown: delivery.ShownBriefing, person: Person) -> Briefing:
    """The briefing with what the desk adds to it: which incident each line is, and, for those who may read details, the
    parts of its harm. Nothing of either for an incident that has become restricted since."""
    public = shown.briefing
    ((_, content),) = services.briefings.last_versions(public.day, 1, shown.edition.version)
    whole = Briefing.read(content).cleared_for(Clearance.DESK)
    of_areas = {line.incident_id for area in whole.areas for line in area.incidents}
    ids = of_areas | {one.incident_id for one in whole.night} | {one.incident_id for one in whole.taskings}
    hidden = services.guard.withheld_incidents(ids, PUBLIC_VISIBILITY)

    def added(line: _Line, full: _Line) -> _Line:
        more: dict[str, Any] = {} if full.incident_id in hidden else {"incident_id": full.incident_id}
        if more and person.can(May.DETAILS) and not isinstance(full, IncidentLine):
            more["harm"] = full.harm
        return line.model_copy(update=more)

    def each(lines: Sequence[_Line], fuller: Sequence[_Line]) -> tuple[_Line, ...]:
        return tuple(added(line, full) for line, full in zip(lines, fuller, strict=True))

    areas = tuple(
        area.model_copy(update={"incidents": each(area.incidents, full.incidents)})
        for area, full in zip(public.areas, whole.areas, strict=True)
    )
    return public.model_copy(
        update={
            "night": each(public.night, whole.night),
            "taskings": each(public.taskings, whole.taskings),
            "areas": areas,
        }
    )


def _open_questions(services: Services, shown: delivery.ShownBriefing) -> frozenset[str]:
    """The ids of the decisions and taskings in the briefing that nobody has decided."""
    decisions = [one.proposal_id for one in shown.briefing.decisions]
    taskings = [one.proposal_id for one in shown.briefing.taskings]
    hidden = restricted_among(services, decisions) | services.guard.withheld_taskings(PUBLIC_VISIBILITY, taskings)
    standing = services.meeting.standings([one for one in (*decisions, *taskings) if one not in hidden])
    return frozenset(one for one, stands in standing.items() if Verb.APPROVE in stands.open_verbs)
