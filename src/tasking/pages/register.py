"""The restricted register: restricted incidents and what follows from them, for those whose role gives the right.

It asks for a reason once a session. Nothing of it is in an address beyond which list is shown, and what is searched for
is sent by a form. Everybody else is told the same as of any page that their role does not give them.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from tasking import meeting
from tasking.linkage.incident_filter import IncidentFilter, IncidentRow
from tasking.linkage.restricted_register import RegisterRow
from tasking.meeting import Tasking
from tasking.model.access import May
from tasking.model.cells import escape_formula
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import ShownDayOrNone, TypedDayOrNone
from tasking.pages.flash import redirect_with_flash
from tasking.pages.occurrence import occurrence
from tasking.pages.pagination import cursor_of, next_page
from tasking.pages.register_lists import RegisterLists, lists_of
from tasking.pages.register_session import LASTS, close_session, open_session, session_reason
from tasking.pages.render import page, place_of
from tasking.search import Reader
from tasking.services import Services
from tasking.warehouse.pagination import Cursor

router = APIRouter()
Show = Literal["incidents", "marac", "taskings", "follow-ups", "case-reviews", "others"]
_PAGE: Final = 50
_MOST_FOUND: Final = 100
_AT_ONCE: Final = 500
_Keeper = Annotated[Person, Depends(allowed(May.RESTRICTED))]
_COLUMNS: Final = (
    "incident_id", "first_day", "category", "place", "town", "ward", "happened_at", "reports", "reported_by",
    "harm_points", "high_risk", "taskings", "status",
)  # fmt: skip


@router.get("/register")
def register(
    request: Request,
    person: _Keeper,
    show: Show = "incidents",
    since: ShownDayOrNone = None,
    until: ShownDayOrNone = None,
    category: str = "",
    feed: str = "",
    ward: str = "",
    after: str = "",
) -> Response:
    """One list of the register; the form that asks for the reason where no session is open."""
    services = host_of(request).open_services()
    if session_reason(request, person, services) is None:
        return page(request, person, services, "register_open", minutes=int(LASTS.total_seconds() // 60))
    wanted = IncidentFilter(since=since, until=until, category=category, feed=feed, ward=ward)
    here = {"since": str(since or ""), "until": str(until or ""), "category": category, "feed": feed, "ward": ward}
    found: list[RegisterRow] = []
    if show == "incidents":
        found = services.linkage.register(wanted, person.visibility, cursor_of(after), _PAGE + 1)
    older = next_page(request, here, found[_PAGE - 1].incident.cursor) if len(found) > _PAGE else None
    newest = next_page(request, here, None) if after else None
    return _shown(request, person, services, found[:_PAGE], here, show=show, older=older, newest=newest)


@router.post("/register/open")
def open_register(
    request: Request, reason: Annotated[str, Form(min_length=3, max_length=500)], person: _Keeper
) -> Response:
    """Opens the register for half an hour. The reason is logged, now and with each look."""
    answer = RedirectResponse(_address(request), 303)
    open_session(request, person, host_of(request).open_services(), reason, answer)
    return answer


@router.post("/register/close")
def close_register(request: Request, person: _Keeper) -> Response:
    """Closes the register before its time is over."""
    answer = redirect_with_flash(f"{request.scope.get('root_path', '')}/tonight", "The restricted register is closed.")
    close_session(person, host_of(request).open_services(), answer)
    return answer


@router.post("/register/search")
def search(request: Request, q: Annotated[str, Form(min_length=2, max_length=200)], person: _Keeper) -> Response:
    """The incidents of the register with some words; that somebody searched is logged, and not for what."""
    host = host_of(request)
    services = host.open_services()
    if session_reason(request, person, services) is None:
        return RedirectResponse(_address(request), 303)
    if not host.limits.allows(person.name):
        raise HTTPException(429, "There were too many searches. Wait a minute and try again.")
    words = q.strip()
    reader = Reader(person.name, person.visibility, person.can(May.DETAILS))
    ids = services.search.restricted(words, reader, _MOST_FOUND + 1)
    services.audit_log.write(person.name, "restricted register searched", "register", f"{len(ids)} found")
    wanted = IncidentFilter(ids=tuple(ids[:_MOST_FOUND]))
    found = services.linkage.register(wanted, person.visibility, None, _MOST_FOUND) if ids else []
    return _shown(request, person, services, found, {}, q=words, has_more=len(ids) > _MOST_FOUND)


@router.post("/register/export")
def export(
    request: Request,
    person: _Keeper,
    since: TypedDayOrNone = None,
    until: TypedDayOrNone = None,
    category: Annotated[str, Form(max_length=100)] = "",
    feed: Annotated[str, Form(max_length=100)] = "",
    ward: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """The incidents of the register as CSV, without names and words. The export is logged with the session's reason."""
    services = host_of(request).open_services()
    reason = session_reason(request, person, services)
    if reason is None:
        return RedirectResponse(_address(request), 303)
    services.audit_log.write(person.name, "restricted register exported", "register", reason)
    wanted = IncidentFilter(since=since, until=until, category=category, feed=feed, ward=ward)
    headers = {"Content-Disposition": 'attachment; filename="restricted-register.csv"'}
    lines = _lines(services, person, wanted, lists_of(services, person))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _lines(services: Services, person: Person, wanted: IncidentFilter, lists: RegisterLists) -> Iterator[str]:
    """The rows of an export, in chunks."""
    yield ",".join(_COLUMNS) + "\r\n"
    after: Cursor | None = None
    while found := services.linkage.register(wanted, person.visibility, after, _AT_ONCE):
        out = io.StringIO()
        writer = csv.writer(out)
        for row in found:
            cells = _cells(services, row, lists.of_incident(row.incident.incident_id))
            writer.writerow([escape_formula(cells[name]) for name in _COLUMNS])
        yield out.getvalue()
        after = found[-1].incident.cursor


def _cells(services: Services, row: RegisterRow, taskings: Sequence[Tasking]) -> dict[str, Any]:
    one = row.incident
    return {
        "incident_id": one.incident_id,
        "first_day": one.day,
        "category": services.what(one.category, one.signs),
        "place": one.place_name or "",
        "town": one.town or "",
        "ward": one.ward or "",
        "happened_at": _happened(services, one),
        "reports": one.reports,
        "reported_by": "; ".join(services.partners_of(one.feeds)),
        "harm_points": row.harm.points,
        "high_risk": "yes" if row.is_high_risk else "",
        "taskings": "; ".join(tasking.tasking_id for tasking in taskings),
        "status": _status(taskings),
    }


def _happened(services: Services, one: IncidentRow) -> str:
    zone = services.partnership.zone
    found = occurrence(one.occurred_from, one.is_occurred_time_known, zone)
    if isinstance(found, datetime):
        return found.astimezone(zone).isoformat(timespec="minutes")
    return str(found)


def _shown(
    request: Request,
    person: Person,
    services: Services,
    found: Sequence[RegisterRow],
    here: dict[str, str],
    *,
    show: Show = "incidents",
    **values: Any,
) -> Response:
    lists = lists_of(services, person)
    categories = services.conventions.categories
    usual = {"q": "", "has_more": False, "older": None, "newest": None}
    return page(
        request, person, services, "register", show=show, found=found, here=here, lists=lists,
        tabs=[("incidents", "Incidents", services.linkage.register_size(person.visibility)), *lists.tabs()],
        categories=sorted(categories.labels.items(), key=lambda one: one[1]),
        partners={feed: services.names[feed] for feed in services.partnership.feeds},
        wards=services.gazetteer.ward_names,
        reported_by=lambda one: ", ".join(services.partners_of(one.feeds)), place_of=place_of,
        status=lambda one: _status(lists.of_incident(one.incident_id)),
        today=meeting.today(services.meeting), **usual | values,
    )  # fmt: skip


def _status(taskings: Sequence[Tasking]) -> str:
    """`2 taskings: open; proposed`, or that there is none."""
    if not taskings:
        return "No tasking"
    many = f"{len(taskings)} taskings: " if len(taskings) > 1 else "Tasking "
    return many + "; ".join(one.status_words for one in taskings)


def _address(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}/register"
