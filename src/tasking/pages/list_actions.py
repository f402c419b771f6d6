"""What people do with any list: take it away as a file, save its filters, delete a filter that they saved."""

from collections.abc import Iterator
from functools import cache
from typing import IO, Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from starlette.background import BackgroundTask

from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.pages import (
    case_reviews,
    deliveries,
    duplicates,
    follow_ups,
    groups,
    held,
    incidents,
    log,
    past_groups,
    rules,
    taskings,
)
from tasking.pages.access import Person, allowed, host_of, refuse_without
from tasking.pages.flash import redirect_with_flash
from tasking.pages.list_files import MEDIA_TYPES, MOST_ROWS, About, lines_of, too_long, write_csv, write_xlsx
from tasking.pages.list_view import chosen_words, stored_filter
from tasking.pages.lists import Asked, DeskList, Kind, Reader, Sorts, address, asked_of, fields_of

router = APIRouter()
_AT_ONCE: Final = 64 * 1024
_MODULES: Final = (
    incidents, duplicates, taskings, follow_ups, groups, past_groups, case_reviews, held, deliveries, rules, log,
)  # fmt: skip


@cache
def lists() -> dict[str, DeskList]:
    """Every list of the desk by its name."""
    return {one.name: one for module in _MODULES for one in module.LISTS}


def list_named(request: Request, name: str, person: Person) -> DeskList:
    """A list. Raises HTTPException 404 where there is none of this name, 403 where the person may not read it."""
    if name not in lists():
        raise HTTPException(404)
    refuse_without(request, person, lists()[name].needs)
    return lists()[name]


@router.post("/lists/{name}/file/{form}")
async def export(
    request: Request, name: str, form: Literal["csv", "xlsx"], person: Annotated[Person, Depends(allowed())]
) -> Response:
    """The whole list with its filters and in its order, as a file. That it was taken is logged."""
    desk_list = list_named(request, name, person)
    if not host_of(request).file_limits.allows(person.name):
        raise HTTPException(429, "You have taken many files within a minute. Wait a little.")
    sent = {key: str(value) for key, value in (await request.form()).items()}
    return await run_in_threadpool(_exported, request, desk_list, form, person, sent)


def _exported(request: Request, desk_list: DeskList, form: str, person: Person, sent: dict[str, str]) -> Response:
    services = host_of(request).open_services()
    reader = Reader(services, person)
    asked = asked_of(desk_list, reader, sent)
    most = MOST_ROWS[form]
    if desk_list.has_more_than(most, reader, asked):
        raise too_long(most)  # before all of it is read
    columns, rows = desk_list.columns_for(reader), 0
    has_restricted = desk_list.is_about_restricted and person.can(May.RESTRICTED)

    def counted() -> Iterator[Any]:
        nonlocal rows, has_restricted
        for is_hidden, cells in lines_of(desk_list.rows(reader, asked), columns, desk_list.is_hidden, most):
            rows += 1
            has_restricted = has_restricted or is_hidden
            yield cells

    about = _about(desk_list, reader, asked)
    zone = services.partnership.zone
    out = write_csv(columns, counted(), zone) if form == "csv" else write_xlsx(columns, counted(), about, zone)
    words = "; ".join(f"{label}: {value}" for label, value in about.filters)
    note = f"{form}, {rows} row{'' if rows == 1 else 's'}{f'; {words}' if words else ''}"
    action = "restricted list exported" if has_restricted else "list exported"
    services.audit_log.write(person.name, action, desk_list.name, note)
    day = about.made_at.astimezone(zone).date()
    headers = {
        "Content-Disposition": f'attachment; filename="{desk_list.name}-{day}.{form}"',
        "Content-Length": str(out.tell()),
    }
    return StreamingResponse(
        _chunks(out), media_type=MEDIA_TYPES[form], headers=headers, background=BackgroundTask(out.close)
    )


def _about(desk_list: DeskList, reader: Reader, asked: Asked) -> About:
    services = reader.services
    filters = desk_list.filters_for(reader)
    tabs = [
        (one.label, one.words_of(asked[one.key]) or "")
        for one in filters
        if one.kind == Kind.TAB and asked.has(one.key)
    ]
    column = next(one for one in desk_list.columns_for(reader) if one.key == asked.sort_key)
    direction = column.sorts.words(is_descending=asked.is_descending) if column.sorts != Sorts.NOT else ""
    return About(
        partnership=services.partnership.name,
        title=desk_list.title,
        filters=[*tabs, *((one.label, words) for one, words in chosen_words(filters, asked))],
        sorted_by=f"{column.heading}, {direction}" if direction else column.heading,
        made_at=services.clock(),
        made_by=reader.person.name,
    )


def _chunks(out: IO[bytes]) -> Iterator[bytes]:
    out.seek(0)
    while some := out.read(_AT_ONCE):
        yield some


@router.post("/lists/{name}/filters")
async def save(
    request: Request,
    name: str,
    filter_name: Annotated[str, Form(min_length=1, max_length=60)],
    person: Annotated[Person, Depends(allowed())],
) -> Response:
    """Saves the filters that are chosen, and the order, under a name, for this person alone."""
    desk_list = list_named(request, name, person)
    sent = {key: str(value) for key, value in (await request.form()).items()}
    return await run_in_threadpool(_saved, request, desk_list, filter_name, person, sent)


def _saved(request: Request, desk_list: DeskList, typed: str, person: Person, sent: dict[str, str]) -> Response:
    reader = Reader(host_of(request).open_services(), person)
    called = " ".join(typed.split())
    if not called:
        raise TaskingError("Enter a name for the filter", field="filter_name")
    asked = asked_of(desk_list, reader, sent)
    kept = dict(fields_of(desk_list, asked))
    if not chosen_words(desk_list.filters_for(reader), asked) and "sort" not in kept:
        raise TaskingError("Choose a filter or an order first, then save it")
    if stored_filter(desk_list, reader, kept) is None:
        raise TaskingError("This filter shows nothing that is in the list. Choose another one.")
    is_again = reader.services.saved_filters.save(person.name, desk_list.name, called, kept)
    where = address(_page_of(request, desk_list), desk_list, asked)
    return redirect_with_flash(where, f"Filter “{called}” {'replaced' if is_again else 'saved'}.")


@router.post("/lists/{name}/filters/{filter_id}/delete")
def delete(request: Request, name: str, filter_id: str, person: Annotated[Person, Depends(allowed())]) -> Response:
    """Deletes a filter that this person saved."""
    desk_list = list_named(request, name, person)
    if not host_of(request).open_services().saved_filters.delete(person.name, filter_id):
        raise TaskingError("That filter is deleted already")
    return redirect_with_flash(_page_of(request, desk_list), "Filter deleted.")


def _page_of(request: Request, desk_list: DeskList) -> str:
    return f"{request.scope.get('root_path', '')}/{desk_list.path}"
