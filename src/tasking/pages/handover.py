"""The handover: what somebody who was not at the meeting missed, to read, to print or as PDF."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.briefing import meeting_papers
from tasking.meeting.sheet import Sheet
from tasking.meeting.sheet_pdf import sheet_pdf
from tasking.model.access import May
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import ShownDayOrNone
from tasking.pages.pdf import pdf_file
from tasking.pages.render import page
from tasking.services import Services

router = APIRouter()


@router.get("/handover")
def handover(request: Request, person: Annotated[Person, Depends(allowed())], since: ShownDayOrNone = None) -> Response:
    """What was decided after the meeting of a day: by default the last one that the reader was at."""
    services = host_of(request).open_services()
    first = since or _last_there(services, person)
    return page(
        request, person, services, "handover", sheet=_sheet(services, person, first), since=first,
        today=meeting.today(services.meeting),
    )  # fmt: skip


@router.get("/handover/pdf")
def handover_pdf(
    request: Request, person: Annotated[Person, Depends(allowed())], since: ShownDayOrNone = None
) -> Response:
    """The same as PDF."""
    services = host_of(request).open_services()
    first = since or _last_there(services, person)
    return pdf_file(sheet_pdf(_sheet(services, person, first)), f"handover-since-{first}.pdf")


def _last_there(services: Services, person: Person) -> date:
    names = [person.name, *(one.name for one in services.partnership.people if one.account == person.name)]
    return meeting_papers.missed_since(services.briefings, names, meeting.today(services.meeting))


def _sheet(services: Services, person: Person, since: date) -> Sheet:
    day = meeting.today(services.meeting)
    return meeting_papers.handover_since(services.briefings, since, day, has_details=person.can(May.DETAILS))
