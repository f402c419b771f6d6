"""Held rows: grouped by reason; corrected, released, rejected, or returned to the partner as a file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from tasking.intake import quarantine
from tasking.intake.error_return import build_error_return
from tasking.intake.held_filter import HeldFilter
from tasking.intake.report_checks import ANOTHER_EVENT, LIFTS_RESTRICTION
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.check import check_page
from tasking.pages.day_fields import TypedDayOrNone
from tasking.pages.flash import briefing_link, own_path, redirect_with_flash, referring_page
from tasking.pages.held_list import HELD_ROWS, LIST, reasons
from tasking.pages.list_view import tabs_of
from tasking.pages.lists import Reader
from tasking.pages.render import on, page
from tasking.services import Services
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

router = APIRouter()
LISTS: Final = (LIST,)
_OF_ANOTHER: Final = (ANOTHER_EVENT, LIFTS_RESTRICTION)
_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@router.get("/held")
def held(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """The held rows: the reasons with their counts, and the rows of a state, those that are still held by default."""
    services = host_of(request).open_services()
    reader = Reader(services, person)
    shown = HELD_ROWS.show(request, reader)
    groups = reasons(reader)
    chosen = next((one for one in groups if one["key"] == shown.values.get("reason")), None)
    total = sum(one["held_rows"] for one in groups)
    return page(
        request, person, services, "held", groups=groups, chosen=chosen, partners=services.names, total=total,
        listed=replace(shown, tabs=tabs_of(request, LIST, reader, {})), state=shown.values["state"],
        feed=chosen["feed"] if chosen else shown.values.get("feed", ""), day=shown.values.get("day", ""),
    )  # fmt: skip


@router.get("/held/{held_id}")
def row(request: Request, held_id: str, person: Annotated[Person, Depends(allowed(May.DETAILS))]) -> Response:
    """One held row with its cells; for a restricted one, a form that asks for the reason first."""
    services = host_of(request).open_services()
    found = _found(services, held_id, person)
    if found["is_withheld"]:
        return page(request, person, services, "why_look", what="This held row", action=f"held/{held_id}/look",
                    back="held")  # fmt: skip
    services.audit_log.write(person.name, "held row looked at", held_id)
    return _shown(request, person, services, found, {}, "")


@router.post("/held/{held_id}/look")
def look(
    request: Request,
    held_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.DETAILS, May.RESTRICTED))],
) -> Response:
    """A restricted held row; the reason given is logged."""
    services = host_of(request).open_services()
    found = _found(services, held_id, person)
    services.audit_log.write(person.name, "restricted held row looked at", held_id, reason)
    return _shown(request, person, services, found, {}, "")


@router.post("/held/{held_id}/correct")
async def correct(
    request: Request, held_id: str, person: Annotated[Person, Depends(allowed(May.DETAILS, May.DECIDE))]
) -> Response:
    """Accepts the row with the corrected cells; if a check still fails, shows the form again with the reason."""
    host = host_of(request)
    form = await request.form()
    typed = {name.removeprefix("cell:"): str(value) for name, value in form.items() if name.startswith("cell:")}
    return await run_in_threadpool(_corrected, host, request, held_id, typed, person)


def _corrected(host: Any, request: Request, held_id: str, typed: dict[str, str], person: Person) -> Response:
    services = host.open_services()
    found = _found(services, held_id, person)
    sent = found["row_as_sent"]
    changes = {name: value.strip() for name, value in typed.items() if value.strip() != sent.get(name, "")}
    if not changes:
        return _shown(
            request,
            person,
            services,
            found,
            typed,
            "Nothing was changed. Correct a cell, or release the row unchanged.",
        )
    try:
        ledger = quarantine.amend(services.intake, held_id, changes, person.name)
    except TaskingError as error:
        tried = ", ".join(sorted(changes.keys() & sent.keys()))
        services.audit_log.write(person.name, "held row not taken", held_id, tried)
        return _shown(
            request, person, services, found, typed, _why_not(str(error).removeprefix(f"{held_id} is "), person)
        )
    again = host.rerun_briefing(found["day"], person.name)
    words = f"Accepted. {_still(ledger.held)} in this delivery. {again}"
    return redirect_with_flash(_list(request), words, link=briefing_link(request, found["day"]))


@router.post("/held/{held_id}/release")
def release(
    request: Request, held_id: str, person: Annotated[Person, Depends(allowed(May.DETAILS, May.DECIDE))]
) -> Response:
    """Accepts the row unchanged, if the check that held it allows a person to release it."""
    host = host_of(request)
    services = host.open_services()
    found = _found(services, held_id, person)
    ledger = quarantine.amend(services.intake, held_id, {}, person.name)
    again = host.rerun_briefing(found["day"], person.name)
    words = f"Released. {_still(ledger.held)} in this delivery. {again}"
    return redirect_with_flash(_list(request), words, link=briefing_link(request, found["day"]))


@router.post("/held/{held_id}/reject")
def reject(
    request: Request,
    held_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
) -> Response:
    """Rejects the row: it is not a report for us. The reason is logged."""
    host = host_of(request)
    services = host.open_services()
    found = _found(services, held_id, person)
    quarantine.reject(services.intake, [held_id], reason, person.name)
    return redirect_with_flash(_list(request), f"Rejected. {host.rerun_briefing(found['day'], person.name)}")


@router.post("/held")
def in_bulk(
    request: Request,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    what: Annotated[Literal["release", "reject"], Form()],
    row: Annotated[list[str] | None, Form()] = None,
    reason: Annotated[str, Form(max_length=500)] = "",
    checked: Annotated[str, Form(max_length=10)] = "",
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Releases or rejects several rows that are held for the same reason, once that is checked. `back`: the path of the
    list that they were selected in."""
    host = host_of(request)
    services = host.open_services()
    found = [_found(services, one, person) for one in dict.fromkeys(row or [])]
    if not found:
        raise TaskingError("Select at least one row.", field="row")
    if len({(one["feed"], one["reason"]) for one in found}) > 1:
        raise TaskingError("Select rows that are held for the same reason.", field="row")
    if what == "reject" and not reason.strip():
        raise TaskingError("Enter a reason for rejecting it.", field="reason")
    if checked != "yes":
        return _check(request, person, services, found, what, reason.strip())
    ids = [one["held_id"] for one in found]
    kept: list[str] = []
    if what == "reject":
        done = quarantine.reject(services.intake, ids, reason, person.name)
    else:
        done, kept = quarantine.release_all(services.intake, ids, person.name)
    days = sorted({one["day"] for one in found if one["held_id"] in done})
    again = " ".join(dict.fromkeys(host.rerun_briefing(day, person.name) for day in days[-3:]))
    said = f"{len(done)} {'rejected' if what == 'reject' else 'released'}. {again}"
    if kept:
        said += f" {len(kept)} still held: {kept[0]}"
    where = own_path(str(request.scope.get("root_path", "")), back) if back else _list(request)
    link = briefing_link(request, days[-1]) if days else None
    return redirect_with_flash(where, said, is_error=bool(kept and not done), link=link)


def _check(
    request: Request, person: Person, services: Services, found: Sequence[dict[str, Any]], what: str, reason: str
) -> Response:
    """Asks whether to release or reject the rows, which are listed with what the list of held rows has of them."""
    root, back = str(request.scope.get("root_path", "")), referring_page(request)
    back = back if back.removeprefix(root).startswith("/held") else _list(request)
    first, count = found[0], f"{len(found)} held row{'s' if len(found) != 1 else ''}"
    lines = [
        f"Row {one['row_number']}, {on(one['day'])}, {one['source_ref'] or 'no reference'}"
        + (" (restricted)" if one["is_withheld"] else "")
        for one in found
    ]
    rows: list[tuple[str, str | Sequence[str]]] = [
        ("Partner", services.names.get(first["feed"], first["feed"])), ("Held because", first["reason"]),
        ("Rows", lines),
    ]  # fmt: skip
    is_rejected, is_one = what == "reject", len(found) == 1
    if is_rejected:
        becomes = "It will not become a report." if is_one else "They will not become reports."
    else:
        becomes = "It becomes a report as it was sent." if is_one else "They become reports as they were sent."
    return check_page(
        request, person, services, title=f"{'Reject' if is_rejected else 'Release'} {count}",
        rows=[*rows, ("Why you are rejecting", reason)] if is_rejected else rows,
        button="Reject" if is_rejected else "Release", action="held", back=back.removeprefix(f"{root}/"),
        fields=[("what", what), ("reason", reason), ("back", back), *(("row", one["held_id"]) for one in found)],
        warning=f"{becomes} It can’t be undone.",
    )  # fmt: skip


@router.post("/held/return/{form}")
def error_return(
    request: Request,
    form: Literal["xlsx", "csv"],
    feed: Annotated[str, Form(max_length=100)],
    person: Annotated[Person, Depends(allowed(May.DETAILS, May.DECIDE))],
    reason: Annotated[str, Form(max_length=2000)] = "",
    day: TypedDayOrNone = None,
) -> Response:
    """A file of held rows for the partner to correct. The export is logged."""
    services = host_of(request).open_services()
    if feed not in services.feeds:
        raise HTTPException(404)
    wanted = HeldFilter(feed=feed, reason=reason, day=day)
    has_restricted = person.can(May.RESTRICTED)
    content = build_error_return(services.intake, wanted, form, has_restricted=has_restricted)
    action = (
        "restricted error return made" if has_restricted and _has_withheld(services, wanted) else "error return made"
    )
    services.audit_log.write(person.name, action, feed, reason or "all reasons")
    name = f"{feed}-to-correct{f'-{day}' if day else ''}.{form}"
    return Response(content, media_type=_TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _has_withheld(services: Services, wanted: HeldFilter) -> bool:
    everything, public = (
        len(services.intake.held_as_sent(wanted, visibility)) for visibility in (FULL_VISIBILITY, PUBLIC_VISIBILITY)
    )
    return everything != public


def _why_not(reason: str, person: Person) -> str:
    """Why a row is still held. If another report has the reference, users without May.RESTRICTED learn only that it
    exists, not when it was received or whether it is restricted."""
    if not person.can(May.RESTRICTED) and any(one in reason for one in _OF_ANOTHER):
        return "still held: another report has that reference. Check it with the partner"
    return reason


def _shown(
    request: Request, person: Person, services: Services, found: dict[str, Any], typed: dict[str, str], problem: str
) -> Response:
    feed = services.feeds.get(found["feed"])  # None if it is no longer declared
    cells = [
        (name, typed.get(name, found["row_as_sent"].get(name, "")), name in found["columns_at_fault"])
        for name in (feed.fields.columns if feed else found["row_as_sent"])
    ]
    return page(
        request, person, services, "held_row", row=found, partner=feed.partner if feed else found["feed"],
        problem=problem, cells=sorted(cells, key=lambda cell: not cell[2]),
        contact=feed.contact if feed else "the partner",
    )  # fmt: skip


def _found(services: Services, held_id: str, person: Person) -> dict[str, Any]:
    """A row that is held. Raises HTTPException 404 where there is none that somebody may see, TaskingError where it is
    held no more."""
    found = services.intake.held_row(held_id, person.visibility)
    if found is None:
        raise HTTPException(404)
    if found["state"] != "held":
        raise TaskingError(f"Row {found['row_number']} of {on(found['day'])} is already {found['state']}.")
    return found


def _still(held: int) -> str:
    return "No rows are still held" if held == 0 else f"{held} row{'s' if held != 1 else ''} still held"


def _list(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}/held"
