"""Groups and operations that people start without a rule's proposal, and the places that they add to any group."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.meeting import NewGroup
from tasking.model.access import May
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import TypedDayOrNone
from tasking.pages.decision_answer import answer_decision
from tasking.pages.flash import redirect_with_flash
from tasking.pages.render import page
from tasking.pages.visible import proposal_for
from tasking.services import Services

router = APIRouter()
_PLACE_FIELDS = 3


@router.get("/groups/new")
def new_group(request: Request, person: Annotated[Person, Depends(allowed(May.DECIDE))]) -> Response:
    """The form that starts a group or an operation."""
    services = host_of(request).open_services()
    return page(
        request, person, services, "group_new", themes=list(meeting.themes_offered(services.rules)),
        places=place_names(services), place_fields=range(_PLACE_FIELDS), today=meeting.today(services.meeting),
        partners=services.partners_of(services.partnership.feeds),
    )  # fmt: skip


@router.post("/groups/new")
def start_new(
    request: Request,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    name: Annotated[str, Form(min_length=2, max_length=120)],
    theme: Annotated[str, Form(max_length=120)],
    lead: Annotated[str, Form(min_length=2, max_length=120)],
    objective: Annotated[str, Form(min_length=3, max_length=500)],
    place: Annotated[list[Annotated[str, Form(max_length=200)]], Form()],
    partner: Annotated[list[str] | None, Form()] = None,
    review_on: TypedDayOrNone = None,
    begins_on: TypedDayOrNone = None,
    ends_on: TypedDayOrNone = None,
) -> Response:
    """Starts a group or an operation at places of the gazetteer."""
    services = host_of(request).open_services()
    new = NewGroup(name, theme, place, lead, objective, partner or [], review_on, begins_on, ends_on)
    proposal_id = meeting.start_by_hand(services.meeting, person.name, new)
    root = str(request.scope.get("root_path", ""))
    return redirect_with_flash(f"{root}/groups/{proposal_id}", "Started.")


@router.post("/groups/{proposal_id}/do/add-place")
def add_place(
    request: Request,
    proposal_id: str,
    place: Annotated[str, Form(min_length=2, max_length=200)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
) -> Response:
    """Adds a place of the gazetteer to a group."""
    services = host_of(request).open_services()
    proposal_for(services, proposal_id, person)
    return _answered(request, services, meeting.add_place(services.meeting, proposal_id, person.name, place))


@router.post("/groups/{proposal_id}/do/remove-place")
def remove_place(
    request: Request,
    proposal_id: str,
    place: Annotated[str, Form(min_length=2, max_length=200)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
) -> Response:
    """Removes a place from a group."""
    services = host_of(request).open_services()
    proposal_for(services, proposal_id, person)
    return _answered(request, services, meeting.remove_place(services.meeting, proposal_id, person.name, place))


def place_names(services: Services) -> list[str]:
    """The public places of the gazetteer that are no streets, for a list to choose from."""
    return sorted({named.name for named in services.gazetteer.names.values() if not named.is_street})


def _answered(request: Request, services: Services, taken: Any) -> Response:
    return answer_decision(request, services, taken)
