"""Log: who saw, changed, posted, released, merged, approved; filtered, and as a file."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response, StreamingResponse

from tasking.desk import Desk
from tasking.model.access import May
from tasking.model.cells import inert
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.days import ShownDayOrNone, TypedDayOrNone
from tasking.pages.lists import MOST
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
    start: Annotated[int, Query(ge=0, le=MOST)] = 0,
) -> Response:
    """Entries, the newest first; `start` is how many newer ones there are. Numbers of entries are for those who see all
    of them: the gaps would tell the others how many they do not."""
    desk = host_of(request).open_desk()
    found = browsing.log_entries(desk.warehouse, _wanted(desk, actor, action, since, until), person.sight)
    entries = list(islice(found, start, start + _PAGE + 1))
    actors, actions = browsing.log_names(desk.warehouse, person.sight)
    here = {"actor": actor, "action": action, "since": str(since or ""), "until": str(until or "")}
    return page(
        request, person, desk, "log", entries=entries[:_PAGE], actors=actors, actions=actions, here=here,
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
    """The entries as CSV, all of them; that somebody took them is an entry too."""
    desk = host_of(request).open_desk()
    wanted = _wanted(desk, actor, action, since, until)
    store.log(desk.warehouse, store.Entry(person.name, "log exported", "log", ""), desk.clock())
    headers = {"Content-Disposition": 'attachment; filename="log.csv"'}
    return StreamingResponse(_lines(desk, wanted, person), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(desk: Desk, wanted: LogWanted, person: Person) -> Iterator[str]:
    """The entries as lines of CSV, the numbers left empty for those who do not see every entry."""
    hidden = () if person.can(May.RESTRICTED) else ("entry_number",)
    entries = browsing.log_entries(desk.warehouse, wanted, person.sight)
    yield ",".join(_COLUMNS) + "\r\n"
    while some := list(islice(entries, _AT_ONCE)):
        out = io.StringIO()
        writer = csv.writer(out)
        for entry in some:
            writer.writerow(["" if name in hidden else inert(entry[name]) for name in _COLUMNS])
        yield out.getvalue()


def _wanted(desk: Desk, actor: str, action: str, since: date | None, until: date | None) -> LogWanted:
    zone = desk.partnership.zone
    return LogWanted(
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
