"""Photos and documents of an incident: added, looked at, removed with a reason. They need May.DETAILS."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, File, Form, HTTPException, Request, UploadFile
from fastapi.responses import Response

from tasking import casefile
from tasking.casefile.images import MAX_BYTES
from tasking.model.access import May
from tasking.model.casefile import Attachment
from tasking.model.errors import TaskingError
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.check import check_page
from tasking.pages.flash import redirect_with_flash
from tasking.pages.notes import incident_of, report_of
from tasking.pages.render import page
from tasking.pages.visible import incident_reports
from tasking.services import Services

router = APIRouter()
_NAMES: Final = {"image/jpeg": ("inline", "photo.jpg"), "application/pdf": ("attachment", "document.pdf")}
_MayWrite = Annotated[Person, Depends(allowed(May.DETAILS, May.DECIDE))]


@router.post("/incidents/{incident_id}/attachments")
def add(
    request: Request,
    incident_id: str,
    person: _MayWrite,
    file: Annotated[UploadFile | str, File()] = "",
    description: Annotated[str, Form(max_length=500)] = "",
    report: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Keeps a photo or a document with one of the reports of an incident, the first by default."""
    services = host_of(request).open_services()
    reports = incident_reports(services, incident_id, person.visibility)
    if isinstance(file, str) or not file.filename:
        raise TaskingError("Choose a photo", field="file")
    if len(description.strip()) < 3:
        raise TaskingError("Enter what the photo or document shows", field="description")
    casefile.add(
        services.casefile, report_of(reports, report), file.file.read(MAX_BYTES + 1), description, person.name,
        is_restricted=any(row["is_restricted"] for row in reports),
    )  # fmt: skip
    return redirect_with_flash(f"{_root(request)}/incidents/{incident_id}", "Added.", anchor="photos")


@router.get("/attachments/{attachment_id}")
def show(request: Request, attachment_id: str, person: Annotated[Person, Depends(allowed(May.DETAILS))]) -> Response:
    """A photo or document, which is logged; for a restricted one, a form that asks for the reason first."""
    services = host_of(request).open_services()
    one = _found(services, attachment_id, person)
    if casefile.is_restricted(services.casefile, one):
        return page(request, person, services, "why_look", what="This", action=f"attachments/{attachment_id}/look",
                    back=f"incidents/{incident_of(services, one.report_id, person)}")  # fmt: skip
    services.audit_log.write(person.name, "attachment looked at", one.report_id, attachment_id)
    return _served(services, one)


@router.post("/attachments/{attachment_id}/look")
def look(
    request: Request,
    attachment_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.DETAILS, May.RESTRICTED))],
) -> Response:
    """A photo or document of a restricted incident; the reason given is logged."""
    services = host_of(request).open_services()
    one = _found(services, attachment_id, person)
    services.audit_log.write(person.name, "restricted attachment looked at", one.report_id, reason)
    return _served(services, one)


@router.post("/attachments/{attachment_id}/remove")
def remove(
    request: Request,
    attachment_id: str,
    person: _MayWrite,
    reason: Annotated[str, Form(max_length=500)] = "",
    checked: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Removes a photo or document for good, once that is checked."""
    services = host_of(request).open_services()
    one = _found(services, attachment_id, person)
    incident = incident_of(services, one.report_id, person)
    if not reason.strip():
        raise TaskingError("Enter why you are removing it", field="reason")
    kind = "photo" if one.is_photo else "document"
    if checked != "yes":
        return check_page(
            request, person, services, title=f"Remove this {kind}", button=f"Remove {kind}",
            rows=[("What it shows", one.description), ("Added by", one.actor), ("Reason", reason)],
            action=f"attachments/{attachment_id}/remove", fields=[("reason", reason)], back=f"incidents/{incident}",
            warning=f"The {kind} is deleted. It can’t be undone.",
        )  # fmt: skip
    casefile.remove(services.casefile, one, person.name, reason)
    return redirect_with_flash(f"{_root(request)}/incidents/{incident}", f"{kind.capitalize()} removed.",
                               anchor="photos")  # fmt: skip


def _found(services: Services, attachment_id: str, person: Person) -> Attachment:
    """An attachment. Raises HTTPException 404 where there is none that `person` may see."""
    one = casefile.attachment_of(services.casefile, attachment_id, person.visibility)
    if one is None:
        raise HTTPException(404)
    return one


def _served(services: Services, one: Attachment) -> Response:
    """The bytes, under a name of ours and a type that browsers take as it is (every answer says nosniff)."""
    how, name = _NAMES[one.media_type]
    headers = {
        "Content-Disposition": f'{how}; filename="{name}"', "Cross-Origin-Resource-Policy": "same-origin",
    }  # fmt: skip
    return Response(casefile.content_of(services.casefile, one), media_type=one.media_type, headers=headers)


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))
