"""The agenda of today's meeting, to print or as PDF: nothing on it that chat may not have."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.briefing import meeting_papers
from tasking.meeting.sheet_pdf import sheet_pdf
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import ShownDayOrNone
from tasking.pages.pdf import pdf_file
from tasking.pages.render import page

router = APIRouter()


@router.get("/meeting/agenda")
def agenda(request: Request, person: Annotated[Person, Depends(allowed())], day: ShownDayOrNone = None) -> Response:
    """The agenda as a page to print."""
    services = host_of(request).open_services()
    wanted = day or meeting.today(services.meeting)
    sheet = meeting_papers.agenda_of(services.briefings, wanted)
    return page(
        request, person, services, "sheet", sheet=sheet, back="meeting", back_name="Meeting",
        pdf=f"meeting/agenda/pdf?day={wanted}",
    )  # fmt: skip


@router.get("/meeting/agenda/pdf")
def agenda_pdf(request: Request, _: Annotated[Person, Depends(allowed())], day: ShownDayOrNone = None) -> Response:
    """The agenda as PDF, of two pages at most."""
    services = host_of(request).open_services()
    wanted = day or meeting.today(services.meeting)
    return pdf_file(sheet_pdf(meeting_papers.agenda_of(services.briefings, wanted)), f"agenda-{wanted}.pdf")
