"""A report by hand: a telephone call, or somebody at the counter."""

import secrets
from datetime import date, time
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from tasking import meeting
from tasking.intake import by_hand
from tasking.intake.by_hand import CheckedReport, NewReport, Taken
from tasking.linkage import linking
from tasking.model.access import May
from tasking.model.errors import traceback_without_values
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.check import check_page
from tasking.pages.day_fields import TypedDayOrNone, TypedTimeOrNone
from tasking.pages.flash import redirect_with_flash
from tasking.pages.rejected_form import with_answers
from tasking.pages.render import on, page, report_path
from tasking.services import Services

router = APIRouter()
log = structlog.get_logger(__name__)
_NONE_OF_THESE: Final = "-"
_LINKING_WAIT_S: Final = 5.0
Line = Annotated[str, Form(max_length=200)]


def _typed(
    text: Annotated[str, Form(max_length=8000)] = "",
    category: Line = "",
    place: Line = "",
    chosen: Line = "",
    postcode: Line = "",
    occurred_on: TypedDayOrNone = None,
    occurred_at: TypedTimeOrNone = None,
    caller_name: Line = "",
    caller_phone: Line = "",
    caller_email: Line = "",
    is_anonymous: Annotated[bool, Form()] = False,
    wants_contact: Annotated[bool, Form()] = False,
    subject_name: Line = "",
    is_vulnerable: Annotated[bool, Form()] = False,
) -> NewReport:
    """A report as it was typed into the form."""
    return NewReport(
        text, category, place, chosen, postcode, occurred_on, occurred_at, caller_name, caller_phone, caller_email,
        is_anonymous, wants_contact, subject_name, is_vulnerable,
    )  # fmt: skip


@router.get("/reports/new")
def new_report(request: Request, person: Annotated[Person, Depends(allowed(May.DECIDE, May.DETAILS))]) -> Response:
    """The form for a report that somebody gives by telephone or at the counter."""
    return _form(request, host_of(request).open_services(), person)


def _form(request: Request, services: Services, person: Person) -> HTMLResponse:
    today = meeting.today(services.meeting)
    return page(
        request, person, services, "report_new", submission=secrets.token_hex(16),
        categories=services.conventions.categories.choices(has_restricted=True),
        today=today, next_briefing=_next_briefing(services),
    )  # fmt: skip


@router.post("/reports/new")
def take_report(
    request: Request,
    person: Annotated[Person, Depends(allowed(May.DECIDE, May.DETAILS))],
    new: Annotated[NewReport, Depends(_typed)],
    submission: Annotated[str, Form(max_length=64)] = "",
    checked: Annotated[str, Form(max_length=3)] = "",
    change: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Asks which place is meant where there are several, then to check the answers, then records the report. `change`:
    shows the form again with what was typed."""
    services = host_of(request).open_services()
    if change == "yes":
        empty = bytes(_form(request, services, person).body).decode()
        return HTMLResponse(with_answers(empty, request.scope["path"], _fields(new)))
    if checked == "yes":
        return _taken(request, services, person, by_hand.take(services.intake, submission, new, person.name))
    found = by_hand.choices(services.intake, new)
    report = by_hand.check(services.intake, new)  # what is wrong is said before anything is asked
    fields = [("submission", submission), *_fields(new)]
    if len(found) > 1 and not new.chosen:
        return page(
            request, person, services, "report_place", place=new.place, found=found, no_place=_NONE_OF_THESE,
            fields=[(name, value) for name, value in fields if name != "chosen"],
        )  # fmt: skip
    warning = "This report is restricted. " * report.is_restricted
    if report.is_restricted and not person.can(May.RESTRICTED):
        warning += "You will not see it again once it is recorded. "
    return check_page(
        request, person, services, title="Check the report before you record it", rows=_answers(services, report),
        action="reports/new", fields=fields, button="Record the report", back="reports/new", warning=warning.strip(),
        has_change=True,
    )  # fmt: skip


def _taken(request: Request, services: Services, person: Person, taken: Taken) -> Response:
    root = str(request.scope.get("root_path", ""))
    if taken.is_first:
        _link(services, taken.day)
    if taken.is_restricted and not person.can(May.RESTRICTED):
        return redirect_with_flash(f"{root}/reports/new", "Recorded. It is in the restricted register.")
    words = f"Recorded. The reference for the caller is {taken.reference}."
    # One that this person may not see, as it is in a restricted incident, is answered as if it had no page.
    if services.intake.report(taken.report_id, person.visibility) is None:
        return redirect_with_flash(f"{root}/reports/new", words)
    return redirect_with_flash(f"{root}/{report_path(taken.report_id)}", words)


def _link(services: Services, day: date) -> None:
    """Links the reports of a day. A failure is logged: the next run of linking links them."""
    try:
        linking.link(services.linkage, day, wait_s=_LINKING_WAIT_S)
    except Exception as error:  # the report is stored, and that is what the caller is told
        log.error("a report by hand is not linked yet", where=traceback_without_values(error))


def _next_briefing(services: Services) -> date:
    """The meeting day whose briefing has a report that is recorded now."""
    return by_hand.briefing_on(services.intake, by_hand.reporting_day(services.intake, services.clock()))


def _fields(new: NewReport) -> list[tuple[str, str]]:
    """A report as the fields of the form."""
    fields = []
    for name, value in vars(new).items():
        if isinstance(value, bool):
            fields += [(name, "true")] * value
        elif isinstance(value, time):
            fields.append((name, f"{value:%H:%M}"))
        else:
            fields.append((name, "" if value is None else str(value)))
    return fields


def _answers(services: Services, report: CheckedReport) -> list[tuple[str, str | list[str]]]:
    """What was typed, for the person to check."""
    new = report.new
    contact = [one for one in (new.caller_name, new.caller_phone, new.caller_email) if one.strip()]
    if report.place:
        where = report.place.name + (f" (“{new.place}”)" if report.place.name != new.place else "")
    else:
        where = f"{new.place} (not in the list of places)" if new.place.strip() else "Not known"
    when = on(new.occurred_on) if new.occurred_on else "Not known"
    if new.occurred_on:
        when += f", {new.occurred_at:%H:%M}" if new.occurred_at else ", time not known"
    return [
        ("What was said", new.text),
        ("Category", services.conventions.categories.labels[new.category]),
        ("Place", where + (" Outside the district: it is counted as out of area." if report.is_out_of_area else "")),
        *([("Postcode", new.postcode)] if new.postcode.strip() else []),
        ("When", when),
        ("Caller", contact or "Not known"),
        ("Stays anonymous", "Yes" if new.is_anonymous else "No"),
        ("Wants to be contacted", "Yes" if new.wants_contact else "No"),
        ("About whom", new.subject_name or "Not known"),
        ("Somebody vulnerable", "Yes" if new.is_vulnerable else "No"),
        ("In the briefing of", on(report.briefing_on)),
    ]
