"""Held rows: grouped by reason; corrected, released, rejected, or returned to the partner as a file."""

import hashlib
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from tasking.intake import quarantine
from tasking.intake.error_return import build_error_return
from tasking.intake.held_filter import HeldFilter
from tasking.intake.report_checks import LIFTS_RESTRICTION, REFERENCE_REUSED
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.day_fields import ShownDayOrNone, TypedDayOrNone
from tasking.pages.flash import redirect_with_flash, referring_page
from tasking.pages.pagination import cursor_of, next_page
from tasking.pages.render import page
from tasking.services import Services
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

router = APIRouter()
_PAGE: Final = 50
_OF_ANOTHER: Final = (REFERENCE_REUSED.partition(":")[0], LIFTS_RESTRICTION.partition(";")[0])
_TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@router.get("/held")
def held(
    request: Request,
    person: Annotated[Person, Depends(allowed())],
    feed: str = "",
    reason: str = "",
    day: ShownDayOrNone = None,
    after: str = "",
) -> Response:
    """The held rows: the reasons with their counts, and the rows held for the chosen reason."""
    services = host_of(request).open_services()
    groups = [one | {"key": _key(one)} for one in services.intake.held_reasons(person.visibility)]
    chosen = next((one for one in groups if one["key"] == reason), None)
    wanted = HeldFilter(feed=chosen["feed"] if chosen else feed, reason=chosen["reason"] if chosen else "", day=day)
    rows = services.intake.held(wanted, person.visibility, cursor_of(after), _PAGE + 1)
    partners = {name: declared.partner for name, declared in services.feeds.items()}
    here = {"feed": feed, "reason": reason, "day": str(day or "")}
    return page(
        request, person, services, "held", groups=groups, chosen=chosen, rows=rows[:_PAGE], partners=partners, day=day,
        feed=wanted.feed, total=sum(one["held_rows"] for one in groups),
        newest=next_page(request, here, None) if after else None,
        older=next_page(request, here, (rows[_PAGE - 1]["day"], rows[_PAGE - 1]["held_id"]))
        if len(rows) > _PAGE else None,
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
            request, person, services, found, typed, "Nothing was changed: mend a cell, or release the row as it is."
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
    return redirect_with_flash(_list(request), f"Taken. {_still(ledger.held)} of this delivery. {again}")


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
    return redirect_with_flash(_list(request), f"Released. {_still(ledger.held)} of this delivery. {again}")


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
) -> Response:
    """Releases or rejects several rows that are held for the same reason."""
    host = host_of(request)
    services = host.open_services()
    found = [_found(services, one, person) for one in dict.fromkeys(row or [])]
    if not found:
        raise TaskingError("choose the rows first")
    if len({(one["feed"], one["reason"]) for one in found}) > 1:
        raise TaskingError("these rows are held for different reasons: take one reason at a time")
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
        said += f" {len(kept)} stay held: {kept[0]}"
    return redirect_with_flash(referring_page(request), said, is_error=bool(kept and not done))


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
    services.audit_log.write(person.name, action, feed, reason or "every reason")
    name = f"{feed}-to-mend{f'-{day}' if day else ''}.{form}"
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
        raise TaskingError(f"row {found['row_number']} of {found['day']} is {found['state']} already")
    return found


def _still(held: int) -> str:
    return "Nothing more is held" if held == 0 else f"{held} row{'s' if held != 1 else ''} still held"


def _list(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}/held"


def _key(group: dict[str, Any]) -> str:
    """A short key for a reason, for use in addresses."""
    return hashlib.sha256(f"{group['feed']}|{group['reason']}".encode()).hexdigest()[:12]
