"""The audit log: filtered on a page, or taken as a file."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from tasking.model.access import May
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.list_view import count_words, shown_page
from tasking.pages.lists import Asked, Column, DeskList, Filter, Kind, Reader, Sorts, address, asked_of
from tasking.pages.render import page
from tasking.warehouse.log_list import LogFilter

router = APIRouter()
_PAGE: Final = 100


def _read(reader: Reader, asked: Asked) -> Iterator[dict[str, Any]]:
    zone = reader.services.partnership.zone
    since, until = asked.day("since"), asked.day("until")
    wanted = LogFilter(
        actor=asked["actor"],
        action=asked["action"],
        since=datetime.combine(since, time(), zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
        is_oldest_first=not asked.is_descending,
    )
    return reader.services.audit_log.entries(wanted, reader.person.visibility)


def _columns(reader: Reader) -> list[Column]:
    """Only people who see every entry see its number: gaps would tell others how many are hidden."""
    del reader
    return [
        Column("entry_number", "No.", lambda one: one["entry_number"], Sorts.NOT, needs=frozenset({May.RESTRICTED})),
        Column("at", "When", lambda one: one["at"], Sorts.TIME),
        Column("actor", "Who", lambda one: one["actor"], Sorts.NOT),
        Column("action", "What", lambda one: one["action"], Sorts.NOT),
        Column("subject", "Of what", lambda one: one["subject"], Sorts.NOT),
        Column("note", "Note", lambda one: one["note"], Sorts.NOT),
    ]


def _filters(reader: Reader) -> list[Filter]:
    actors, actions = reader.once("names", lambda: reader.services.audit_log.names(reader.person.visibility))
    return [
        Filter("actor", "Who", choices=[(one, one) for one in actors], any_words="Anyone"),
        Filter("action", "What", choices=[(one, one) for one in actions], any_words="Anything"),
        Filter("since", "From", Kind.DAY),
        Filter("until", "To", Kind.DAY),
    ]


LIST: Final = DeskList(
    name="log", path="log", title="Log", noun="entry", nouns="entries", columns=_columns, filters=_filters, read=_read,
    sort="-at", needs=frozenset({May.LOG}), is_sorted_when_read=True, is_about_restricted=True, page_rows=_PAGE,
)  # fmt: skip
LISTS: Final = (LIST,)


@router.get("/log")
def log(request: Request, person: Annotated[Person, Depends(allowed(May.LOG))]) -> Response:
    """Entries, newest first, from an offset on."""
    services = host_of(request).open_services()
    reader = Reader(services, person)
    asked = asked_of(LIST, reader, request.query_params)
    found = list(islice(LIST.rows(reader, asked), asked.start, asked.start + _PAGE + 1))
    entries, is_more = found[:_PAGE], len(found) > _PAGE
    end, path = asked.start + len(entries), request.url.path
    shown = replace(
        shown_page(request, LIST, reader, asked, entries),
        count_words=count_words(LIST, asked.start, len(entries), end, is_more=is_more),
        older=address(path, LIST, asked, start=end) if is_more else None,
        newest=address(path, LIST, asked) if asked.start else None,
    )
    return page(request, person, services, "log", listed=shown)
