"""The minutes of meetings: to read, to print, as PDF; sent again, and corrected in a new version."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import Response

from tasking import delivery, meeting
from tasking.briefing import meeting_papers
from tasking.meeting import sessions
from tasking.meeting.minutes import days_with_minutes, minutes_of, minutes_sheet
from tasking.meeting.sheet_pdf import sheet_pdf
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.meeting import StoredMinutes
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import ShownDay
from tasking.pages.flash import redirect_with_flash
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.pdf import pdf_file
from tasking.pages.render import page
from tasking.services import Services

router = APIRouter()
_LISTED: Final = 250  # meetings: a year of them

Version = Annotated[int | None, Query(ge=1, le=MAX_COUNT)]
Chair = Annotated[Person, Depends(allowed(May.DECIDE))]


@router.get("/meeting/minutes")
def all_minutes(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """The meetings that have minutes, the newest first, and those that nobody finished."""
    services = host_of(request).open_services()
    unfinished = sessions.unfinished_before(services.meeting, meeting.today(services.meeting))
    days = days_with_minutes(services.meeting, _LISTED)
    return page(request, person, services, "minutes_list", days=days, unfinished=unfinished)


@router.get("/meeting/minutes/{day}")
def minutes(
    request: Request, day: ShownDay, person: Annotated[Person, Depends(allowed())], version: Version = None
) -> Response:
    """The minutes of a meeting in a version, the newest by default."""
    services = host_of(request).open_services()
    versions = _versions(services, day)
    chosen = _chosen(versions, version)
    session = sessions.session_of(services.meeting, day)
    return page(
        request, person, services, "minutes", day=day, versions=[one.minutes.version for one in versions],
        stored=chosen, sheet=minutes_sheet(services.meeting, chosen.minutes, has_details=person.can(May.DETAILS)),
        notes=meeting_papers.readable_notes(services.briefings, session) if session and person.can(May.DETAILS) else (),
        is_newest=chosen is versions[-1],
        addressees=delivery.minutes_addressees(services.delivery, chosen.minutes),
    )  # fmt: skip


@router.get("/meeting/minutes/{day}/pdf")
def minutes_pdf(
    request: Request, day: ShownDay, person: Annotated[Person, Depends(allowed())], version: Version = None
) -> Response:
    """The minutes as PDF, with the reasons for those who may read them."""
    services = host_of(request).open_services()
    chosen = _chosen(_versions(services, day), version).minutes
    sheet = minutes_sheet(services.meeting, chosen, has_details=person.can(May.DETAILS))
    return pdf_file(sheet_pdf(sheet), f"minutes-{day}-v{chosen.version}.pdf")


@router.post("/meeting/minutes/{day}/send")
def send(request: Request, day: ShownDay, person: Chair) -> Response:  # noqa: ARG001 - whoever may decide
    """Sends the newest minutes to whoever has not had them."""
    services = host_of(request).open_services()
    _versions(services, day)
    sent = delivery.send_minutes(services.delivery, day)
    return _back(request, day, sent.words or "There is nobody to send to.", is_error=bool(sent.failures))


@router.post("/meeting/minutes/{day}/correct")
def correct(
    request: Request, day: ShownDay, person: Chair, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Makes the next version of the minutes from what is recorded now, and sends it."""
    services = host_of(request).open_services()
    _versions(services, day)
    if not reason.strip():
        raise TaskingError("Enter what is corrected", field="reason")
    made = meeting_papers.correct(services.briefings, day, person.name, reason)
    sent = delivery.send_minutes(services.delivery, day)
    words = f"Version {made.version} of the minutes is made. {sent.words}".rstrip()
    return _back(request, day, words, is_error=bool(sent.failures))


@router.post("/meeting/minutes/{day}/note")
def add_note(
    request: Request, day: ShownDay, person: Chair, words: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Adds a note, for the next version of the minutes."""
    services = host_of(request).open_services()
    _versions(services, day)
    try:
        sessions.add_note(services.meeting, day, person.name, "", words)
    except TaskingError as error:
        raise TaskingError(str(error), field="words") from error
    return _back(request, day, "Note saved. It is in the minutes once you make a corrected version.")


@router.post("/meeting/minutes/{day}/note/remove")
def remove_note(
    request: Request, day: ShownDay, person: Chair, number: Annotated[int, Form(ge=1, le=MAX_COUNT)]
) -> Response:
    """Takes a note out, for the next version of the minutes."""
    services = host_of(request).open_services()
    _versions(services, day)
    sessions.remove_note(services.meeting, day, person.name, number)
    return _back(request, day, "Note removed. It is out of the minutes once you make a corrected version.")


def _versions(services: Services, day: date) -> list[StoredMinutes]:
    """The versions of a day's minutes. Raises HTTPException 404 where there are none."""
    versions = minutes_of(services.meeting, day)
    if not versions:
        raise HTTPException(404)
    return versions


def _chosen(versions: list[StoredMinutes], version: int | None) -> StoredMinutes:
    found = [one for one in versions if version in (None, one.minutes.version)]
    if not found:
        raise HTTPException(404)
    return found[-1]


def _back(request: Request, day: date, words: str, *, is_error: bool = False) -> Response:
    where = f"{request.scope.get('root_path', '')}/meeting/minutes/{day}"
    return redirect_with_flash(where, words, is_error=is_error)
