"""The audit log: filtered on a page, or exported as CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response, StreamingResponse

from tasking.model.access import May
from tasking.model.cells import escape_formula
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import ShownDayOrNone, TypedDayOrNone
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.render import page
from tasking.services import Services
from tasking.warehouse.log_list import LogFilter

router = APIRouter()
_PAGE: Final = 100
_AT_ONCE: Final = 5_000
_COLUMNS: Final = ("entry_number", "at", "actor", "action", "subject", "note")


@router.get("/log")
def log(
    request: Request,
    person: Annotated[Person, Depends(allowed(May.LOG))],
    actor: str = "",
    action: str = "",
    since: ShownDayOrNone = None,
    until: ShownDayOrNone = None,
    start: Annotated[int, Query(ge=0, le=MAX_COUNT)] = 0,
) -> Response:
    """Entries, newest first, from offset `start`. Only users who see every entry see entry numbers: gaps would tell
    others how many are hidden."""
    services = host_of(request).open_services()
    found = services.audit_log.entries(_wanted(services, actor, action, since, until), person.visibility)
    entries = list(islice(found, start, start + _PAGE + 1))
    actors, actions = services.audit_log.names(person.visibility)
    here = {"actor": actor, "action": action, "since": str(since or ""), "until": str(until or "")}
    return page(
        request, person, services, "log", entries=entries[:_PAGE], actors=actors, actions=actions, here=here,
        older=_address(request, here, start + _PAGE) if len(entries) > _PAGE else None,
        newest=_address(request, here, 0) if start else None,
    )  # fmt: skip


@router.post("/log/export")
def export(
    request: Request,
    person: Annotated[Person, Depends(allowed(May.LOG))],
    actor: Annotated[str, Form()] = "",
    action: Annotated[str, Form()] = "",
    since: TypedDayOrNone = None,
    until: TypedDayOrNone = None,
) -> Response:
    """All matching entries as CSV. The export is logged too."""
    services = host_of(request).open_services()
    wanted = _wanted(services, actor, action, since, until)
    services.audit_log.write(person.name, "log exported", "log")
    headers = {"Content-Disposition": 'attachment; filename="log.csv"'}
    return StreamingResponse(_lines(services, wanted, person), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(services: Services, wanted: LogFilter, person: Person) -> Iterator[str]:
    """The entries as CSV, in chunks; entry numbers are empty for users who do not see every entry."""
    hidden = () if person.can(May.RESTRICTED) else ("entry_number",)
    entries = services.audit_log.entries(wanted, person.visibility)
    yield ",".join(_COLUMNS) + "\r\n"
    while some := list(islice(entries, _AT_ONCE)):
        out = io.StringIO()
        writer = csv.writer(out)
        for entry in some:
            writer.writerow(["" if name in hidden else escape_formula(entry[name]) for name in _COLUMNS])
        yield out.getvalue()


def _wanted(services: Services, actor: str, action: str, since: date | None, until: date | None) -> LogFilter:
    zone = services.partnership.zone
    return LogFilter(
        actor=actor,
        action=action,
        since=datetime.combine(since, time(), zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
    )


def _address(request: Request, here: dict[str, str], start: int) -> str:
    from urllib.parse import urlencode

    asked: dict[str, Any] = {name: value for name, value in here.items() if value}
    if start:
        asked["start"] = start
    return request.url.path + (f"?{urlencode(asked)}" if asked else "")
