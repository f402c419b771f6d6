"""Notes on an incident: added, and withdrawn with a reason. They may name people, so they need May.DETAILS."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from tasking import casefile
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.check import check_page
from tasking.pages.flash import redirect_with_flash
from tasking.pages.visible import incident_reports
from tasking.services import Services

router = APIRouter()
_MayWrite = Annotated[Person, Depends(allowed(May.DETAILS, May.DECIDE))]


@router.post("/incidents/{incident_id}/notes")
def add(
    request: Request,
    incident_id: str,
    text: Annotated[str, Form(max_length=10_000)],
    person: _MayWrite,
    report: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Adds a note to one of the reports of an incident, the first by default."""
    services = host_of(request).open_services()
    reports = incident_reports(services, incident_id, person.visibility)
    casefile.add_note(
        services.casefile, report_of(reports, report), text, person.name,
        is_restricted=any(row["is_restricted"] for row in reports),
    )  # fmt: skip
    return redirect_with_flash(f"{_root(request)}/incidents/{incident_id}", "Note added.", anchor="notes")


@router.post("/notes/{note_id}/withdraw")
def withdraw(
    request: Request,
    note_id: str,
    person: _MayWrite,
    reason: Annotated[str, Form(max_length=500)] = "",
    checked: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Withdraws a note, once that is checked: it is not shown any more."""
    services = host_of(request).open_services()
    one = casefile.note_of(services.casefile, note_id, person.visibility)
    if one is None:
        raise HTTPException(404)
    incident = incident_of(services, one.report_id, person)
    if not reason.strip():
        raise TaskingError("Enter why you are withdrawing the note", field="reason")
    if checked != "yes":
        return check_page(
            request, person, services, title="Withdraw this note", button="Withdraw note",
            rows=[("Note", one.text), ("Written by", one.actor), ("Reason", reason)],
            action=f"notes/{note_id}/withdraw", fields=[("reason", reason)], back=f"incidents/{incident}",
            warning="Nobody can read the note after this. It can’t be undone.",
        )  # fmt: skip
    casefile.withdraw(services.casefile, one, person.name, reason)
    return redirect_with_flash(f"{_root(request)}/incidents/{incident}", "Note withdrawn.", anchor="notes")


def report_of(reports: list[dict[str, str]], chosen: str) -> str:
    """The report of an incident that somebody chose; the first where they chose none. Raises TaskingError for one that
    is no longer in it."""
    ids = [row["report_id"] for row in reports]
    if chosen and chosen not in ids:
        raise TaskingError("That report is no longer in this incident. Choose another one", field="report")
    return chosen or ids[0]


def incident_of(services: Services, report_id: str, person: Person) -> str:
    """The incident that a report is in. Raises HTTPException 404 where there is none that `person` may see."""
    found = services.linkage.incidents_named(report_id, (), person.visibility)
    if not found:
        raise HTTPException(404)
    return found[0]


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))
