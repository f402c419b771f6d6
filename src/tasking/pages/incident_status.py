"""The status and outcome of an incident: changed, and undone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking import casefile
from tasking.model.access import May
from tasking.model.casefile import IncidentState
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.flash import redirect_with_flash
from tasking.pages.visible import incident_reports

router = APIRouter()


@router.post("/incidents/{incident_id}/status")
def change(
    request: Request,
    incident_id: str,
    status: Annotated[IncidentState, Form()],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    outcome: Annotated[str, Form(max_length=100)] = "",
    passed_to: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    seen: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Changes the status of an incident, if nobody else has since the page was opened."""
    services = host_of(request).open_services()
    reports = incident_reports(services, incident_id, person.visibility)
    casefile.set_status(
        services.casefile, incident_id, reports, person.name, status, outcome, passed_to, reason, seen,
        person.visibility,
    )  # fmt: skip
    words = "Incident closed" if status == IncidentState.CLOSED else f"The incident is {status.value}"
    return redirect_with_flash(_address(request, incident_id), f"{words}. You can undo it below.", anchor="status")


@router.post("/incidents/{incident_id}/status/undo")
def undo(
    request: Request,
    incident_id: str,
    step: Annotated[str, Form(max_length=100)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes the newest change of status back."""
    services = host_of(request).open_services()
    reports = incident_reports(services, incident_id, person.visibility)
    undone = casefile.undo_status(services.casefile, incident_id, reports, person.name, step, reason, person.visibility)
    return redirect_with_flash(_address(request, incident_id), f"Undone: {undone.status.value}.", anchor="status")


def _address(request: Request, incident_id: str) -> str:
    return f"{request.scope.get('root_path', '')}/incidents/{incident_id}"
