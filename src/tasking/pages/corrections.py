"""Corrections of one report: its category, place or time, each with a reason. What the partner sent stays."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking import meeting
from tasking.intake import corrections
from tasking.linkage import linking
from tasking.model.access import May
from tasking.model.correction import Field
from tasking.model.errors import TaskingError, traceback_without_values
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import TypedDayOrNone, TypedTimeOrNone
from tasking.pages.flash import briefing_link, redirect_with_flash
from tasking.pages.render import page, place_label, report_path
from tasking.pages.report_detail import is_withheld, report_for, shown_corrections
from tasking.services import Services

router = APIRouter()
log = structlog.get_logger(__name__)
_LINKING_WAIT_S: Final = 5.0
Reason = Annotated[str, Form(max_length=500)]


@router.get("/reports/{report_id:path}/correct")
def correct_form(
    request: Request, report_id: str, person: Annotated[Person, Depends(allowed(May.DECIDE, May.DETAILS))]
) -> Response:
    """The forms that correct a report; for a restricted one, a form that asks for the reason first."""
    services = host_of(request).open_services()
    row = report_for(services, report_id, person)
    if is_withheld(services, row):
        action = f"{report_path(report_id)}/look"
        return page(request, person, services, "why_look", what="This report", action=action, back="incidents")
    services.audit_log.write(person.name, "report looked at", report_id)
    return _form(request, services, person, row)


@router.post("/reports/{report_id:path}/look")
def look(
    request: Request,
    report_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.RESTRICTED, May.DECIDE, May.DETAILS))],
) -> Response:
    """The forms that correct a restricted report; the reason given is logged."""
    services = host_of(request).open_services()
    row = report_for(services, report_id, person)
    services.audit_log.write(person.name, "restricted report looked at", report_id, reason)
    return _form(request, services, person, row)


@router.post("/reports/{report_id:path}/correct/undo")
def undo(
    request: Request,
    report_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE, May.DETAILS))],
    field: Annotated[Field, Form()],
    reason: Reason = "",
) -> Response:
    """Takes the correction of a field back."""
    services = host_of(request).open_services()
    report_for(services, report_id, person)
    day = corrections.undo(
        services.intake, report_id, field, reason, person.name, has_restricted=person.can(May.RESTRICTED)
    )
    return _done(request, services, person, report_id, day, "Undone: what the partner sent counts again.")


@router.post("/reports/{report_id:path}/correct")
def correct(
    request: Request,
    report_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE, May.DETAILS))],
    field: Annotated[Field, Form()],
    reason: Reason = "",
    category: Annotated[str, Form(max_length=100)] = "",
    place: Annotated[str, Form(max_length=200)] = "",
    chosen: Annotated[str, Form(max_length=200)] = "",
    position: Annotated[str, Form(max_length=60)] = "",
    occurred_on: TypedDayOrNone = None,
    occurred_at: TypedTimeOrNone = None,
) -> Response:
    """Corrects one field of a report. Where its words may mean several places, asks which."""
    services = host_of(request).open_services()
    row = report_for(services, report_id, person)
    if len(reason.strip()) < 3:
        raise TaskingError("Enter why it is corrected", field="reason")
    day: date
    if field == "category":
        day = corrections.correct_category(
            services.intake, report_id, category, reason, person.name, has_restricted=person.can(May.RESTRICTED)
        )
    elif field == "time":
        if occurred_on is None:
            raise TaskingError("Enter the date", field="occurred_on")
        day = corrections.correct_time(services.intake, report_id, occurred_on, occurred_at, reason, person.name)
    elif position.strip():
        day = corrections.correct_position(services.intake, report_id, position.strip(), reason, person.name)
    else:
        found = corrections.choices(services.intake, place)
        if not found:
            raise TaskingError("Enter a street or a public place of the district, or a position", field="place")
        meant = [one for one in found if one.name == chosen] if chosen else found
        if len(meant) != 1:
            return page(request, person, services, "correct_place", row=row, found=found, place=place, reason=reason)
        day = corrections.correct_place(services.intake, report_id, meant[0], reason, person.name)
    return _done(request, services, person, report_id, day, "Corrected.")


def _done(request: Request, services: Services, person: Person, report_id: str, day: date, words: str) -> Response:
    """Links again, has today's briefing made again, and shows the report; the list where it may no longer be seen."""
    try:
        linking.link(services.linkage, day, wait_s=_LINKING_WAIT_S)
    except Exception as error:  # the correction is stored, and the next run of linking follows it
        log.error("a correction is not linked for yet", where=traceback_without_values(error))
    link = None
    if services.briefings.newest(day) is not None:
        link = briefing_link(request, day)
        words = f"{words} {host_of(request).rerun_briefing(day, person.name)}"
    root = str(request.scope.get("root_path", ""))
    if services.intake.report(report_id, person.visibility) is None:
        return redirect_with_flash(f"{root}/incidents", f"{words} The report is in the restricted register now.")
    return redirect_with_flash(f"{root}/{report_path(report_id)}", words, link=link)


def _form(request: Request, services: Services, person: Person, row: Mapping[str, Any]) -> Response:
    return page(
        request, person, services, "correct", row=row, place_label=place_label, partners=services.partners,
        categories=services.conventions.categories.choices(has_restricted=True),
        corrections=shown_corrections(services, row, person), today=meeting.today(services.meeting),
    )  # fmt: skip
