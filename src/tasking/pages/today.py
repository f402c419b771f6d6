"""Today: the briefing as posted, its versions, the decisions still to take, and the map."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from tasking import delivery, meeting
from tasking.model.access import May
from tasking.model.briefing import Briefing
from tasking.model.clearance import Clearance
from tasking.model.proposal import Verb
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.approval_form import approval_form
from tasking.pages.charts import district_map
from tasking.pages.day_fields import ShownDayOrNone
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.render import page
from tasking.pages.visible import restricted_among
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()
_DAYS_LISTED: Final = 15


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
    """The briefing of a day (the newest by default) in a version (the newest by default)."""
    services = host_of(request).open_services()
    days = services.briefings.days(day, _DAYS_LISTED)
    shown_day = day or (days[0] if days else None)
    if shown_day is None:
        return page(request, person, services, "today_empty")
    shown = delivery.shown_briefing(services.delivery, shown_day, version)
    versions = services.briefings.versions(shown_day)
    is_newest = shown_day == services.briefings.newest_day() and shown.edition.version == versions[-1]
    waiting = _open_questions(services, shown) if is_newest else frozenset()
    return page(
        request, person, services, "today", b=_with_harm(services, shown, person), e=shown.edition, pictures=(),
        days=sorted({*days, shown_day}, reverse=True), is_newest=is_newest, versions=versions,
        waiting=waiting, today=meeting.today(services.meeting),
        forms={proposal_id: approval_form(services, proposal_id) for proposal_id in waiting},
        map=district_map(services.geography, shown.briefing.map_cells),
        posts=services.delivery.posts(shown_day),
    )  # fmt: skip


def _with_harm(services: Services, shown: delivery.ShownBriefing, person: Person) -> Briefing:
    """The briefing, with the parts of each incident's harm for those who may read details; none of an incident that has
    become restricted since."""
    public = shown.briefing
    if not person.can(May.DETAILS):
        return public
    ((_, content),) = services.briefings.last_versions(public.day, 1, shown.edition.version)
    whole = Briefing.read(content).cleared_for(Clearance.DESK)
    ids = {*(one.incident_id for one in whole.night), *(one.incident_id for one in whole.taskings)}
    hidden = services.guard.withheld_incidents(ids, PUBLIC_VISIBILITY)
    night = tuple(
        one.model_copy(update={"harm": () if full.incident_id in hidden else full.harm})
        for one, full in zip(public.night, whole.night, strict=True)
    )
    taskings = tuple(
        one.model_copy(update={"harm": () if full.incident_id in hidden else full.harm})
        for one, full in zip(public.taskings, whole.taskings, strict=True)
    )
    return public.model_copy(update={"night": night, "taskings": taskings})


def _open_questions(services: Services, shown: delivery.ShownBriefing) -> frozenset[str]:
    """The ids of the decisions and taskings in the briefing that nobody has decided."""
    decisions = [one.proposal_id for one in shown.briefing.decisions]
    taskings = [one.proposal_id for one in shown.briefing.taskings]
    hidden = restricted_among(services, decisions) | services.guard.withheld_taskings(PUBLIC_VISIBILITY, taskings)
    standing = services.meeting.standings([one for one in (*decisions, *taskings) if one not in hidden])
    return frozenset(one for one, stands in standing.items() if Verb.APPROVE in stands.open_verbs)
