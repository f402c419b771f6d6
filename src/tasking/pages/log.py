"""Log: who saw, changed, posted, released, merged, approved; filtered, and as a file."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response, StreamingResponse

from tasking.desk import Desk
from tasking.model.access import May
from tasking.model.cells import inert
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.days import ShownDayOrNone, TypedDayOrNone
from tasking.pages.render import page
from tasking.warehouse import browsing
from tasking.warehouse import log as store
from tasking.warehouse.browsing import LogWanted

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
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Entries, the newest first."""
    desk = host_of(request).open_desk()
    entries = browsing.log_entries(desk.warehouse, _wanted(desk, actor, action, since, until), before, _PAGE + 1)
    actors, actions = browsing.log_names(desk.warehouse)
    here = {"actor": actor, "action": action, "since": str(since or ""), "until": str(until or "")}
    return page(
        request, person, desk, "log", entries=entries[:_PAGE], actors=actors, actions=actions, here=here,
        older=_address(request, here, entries[_PAGE - 1]["entry_number"]) if len(entries) > _PAGE else None,
        newest=_address(request, here, None) if before else None,
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
    """The entries as CSV, all of them; that somebody took them is an entry too."""
    desk = host_of(request).open_desk()
    wanted = _wanted(desk, actor, action, since, until)
    store.log(desk.warehouse, store.Entry(person.name, "log exported", "log", ""), desk.clock())
    headers = {"Content-Disposition": 'attachment; filename="log.csv"'}
    return StreamingResponse(_lines(desk, wanted), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(desk: Desk, wanted: LogWanted) -> Iterator[str]:
    before: int | None = None
    yield ",".join(_COLUMNS) + "\r\n"
    while entries := browsing.log_entries(desk.warehouse, wanted, before, _AT_ONCE):
        out = io.StringIO()
        writer = csv.writer(out)
        for entry in entries:
            writer.writerow([inert(entry[name]) for name in _COLUMNS])
        yield out.getvalue()
        before = entries[-1]["entry_number"]


def _wanted(desk: Desk, actor: str, action: str, since: date | None, until: date | None) -> LogWanted:
    zone = desk.partnership.zone
    return LogWanted(
        actor=actor,
        action=action,
        since=datetime.combine(since, time(), zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
    )


def _address(request: Request, here: dict[str, str], before: int | None) -> str:
    from urllib.parse import urlencode

    asked: dict[str, Any] = {name: value for name, value in here.items() if value}
    if before is not None:
        asked["before"] = before
    return request.url.path + (f"?{urlencode(asked)}" if asked else "")
