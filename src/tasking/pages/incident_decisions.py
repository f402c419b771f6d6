"""People's permanent decisions on an incident: split, merge, keep apart, undo. Before a split or a merge a page lists
every report on both sides and what hangs on them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking.linkage import decisions
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.flash import FlashLink, redirect_with_flash, referring_page
from tasking.pages.incident_consequences import consequences
from tasking.pages.render import page, place_label
from tasking.pages.visible import incident_named, incident_reports
from tasking.services import Services

router = APIRouter()
_KEPT: Final = {
    "split": "Taskings, groups and proposals stay with the reports that remain in the incident. Move them by hand if "
             "they belong to the reports that you take out. A follow-up goes with its reports.",
    "merge": "These stay as they are, and belong to the merged incident.",
}  # fmt: skip
Rows = list[dict[str, Any]]


class _Part(NamedTuple):
    """A side of the check page: its title, and all of its reports."""

    title: str
    reports: Rows


@router.post("/incidents/{incident_id}/split")
def split(
    request: Request,
    incident_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    report: Annotated[list[str] | None, Form()] = None,
    note: Annotated[str, Form(max_length=500)] = "",
    after: Annotated[Literal["alone", "open"], Form()] = "alone",
    checked: Annotated[str, Form(max_length=3)] = "",
    shown: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Shows what a split would do; once that is checked, splits the chosen reports off the incident, permanently."""
    services = host_of(request).open_services()
    reports = incident_reports(services, incident_id, person.visibility)
    chosen = report or []
    if not chosen:
        raise TaskingError("Choose the reports to take out of the incident", field="report")
    if checked != "yes":
        return _check_split(request, services, person, incident_id, reports, chosen, note)
    decisions.split(
        services.linkage, incident_id, chosen, person.name, note, person.visibility, is_alone=after == "alone",
        shown=shown,
    )  # fmt: skip
    taken = "report" if len(chosen) == 1 else f"{len(chosen)} reports"
    return redirect_with_flash(
        _address_of_incident(request, services, chosen[0], person),
        f"Incident split. This incident has the {taken} that you took out. You can undo it below.",
    )


def _check_split(
    request: Request, services: Services, person: Person, incident_id: str, reports: Rows, chosen: Collection[str],
    note: str,
) -> Response:  # fmt: skip
    taken = [row for row in reports if row["report_id"] in chosen]
    rest = [row for row in reports if row["report_id"] not in chosen]
    if len(taken) < len(set(chosen)):
        raise TaskingError("A report that you chose is no longer in this incident. Choose again.", field="report")
    if not rest:
        raise TaskingError("Leave at least one report in the incident", field="report")
    parts = [_Part("Taken out", taken), _Part("Stays in the incident", rest)]
    fields = [("report", row["report_id"]) for row in taken]
    return _check(
        request, services, person, "split", incident_id, parts, fields, note, {incident_id: reports},
        title="Check before you split this incident", lead=f"{incident_id} becomes two incidents.",
    )  # fmt: skip


@router.post("/incidents/{incident_id}/merge")
def merge(
    request: Request,
    incident_id: str,
    other: Annotated[str, Form(min_length=2, max_length=200)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    note: Annotated[str, Form(max_length=500)] = "",
    checked: Annotated[str, Form(max_length=3)] = "",
    shown: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Shows what a merge would do; once that is checked, merges this and another incident, permanently."""
    services = host_of(request).open_services()
    reports = incident_reports(services, incident_id, person.visibility)
    named = incident_named(services, other, person)
    if named == incident_id:
        raise TaskingError("That is this incident. Enter the reference of another one.", field="other")
    if checked != "yes":
        sides = {incident_id: reports, named: incident_reports(services, named, person.visibility)}
        parts = [_Part(name, rows) for name, rows in sides.items()]
        total = sum(len(part.reports) for part in parts)
        return _check(
            request, services, person, "merge", incident_id, parts, [("other", named)], note, sides,
            title="Check before you merge these incidents",
            lead=f"They become one incident with these {total} reports and no others. It keeps one of the two numbers.",
        )  # fmt: skip
    made = decisions.merge(services.linkage, incident_id, named, person.name, note, person.visibility, shown=shown)
    return redirect_with_flash(
        _address_of_incident(request, services, made, person), "Incidents merged. You can undo it below."
    )


def _check(
    request: Request, services: Services, person: Person, kind: Literal["split", "merge"], incident_id: str,
    parts: Sequence[_Part], fields: Sequence[tuple[str, str]], note: str, looked_at: Mapping[str, Rows], *, title: str,
    lead: str,
) -> Response:  # fmt: skip
    """The page that shows what a decision does. What it shows is sent back with the decision, and compared."""
    for incident, reports in looked_at.items():
        _log_look(services, person, incident, reports, kind)
    shown = [("shown", row["report_id"]) for part in parts for row in part.reports]
    return page(
        request, person, services, "incident_check", title=title, lead=lead, kind=kind, incident_id=incident_id,
        parts=parts, fields=[*fields, *shown], note=note, kept_words=_KEPT[kind],
        consequences=consequences(services, person, looked_at), place_label=place_label,
        partners=services.partners,
    )  # fmt: skip


def _log_look(services: Services, person: Person, incident_id: str, reports: Rows, kind: str) -> None:
    """Logs that somebody read the details of an incident on the check page."""
    if any(row["is_restricted"] for row in reports):
        services.audit_log.write(person.name, "restricted incident looked at", incident_id, f"before a {kind}")
    elif person.can(May.DETAILS):
        services.audit_log.write(person.name, "incident looked at", incident_id)


@router.post("/incidents/{incident_id}/never")
def never(
    request: Request,
    incident_id: str,
    other: Annotated[str, Form(min_length=2, max_length=200)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Keeps this and another incident apart, permanently."""
    services = host_of(request).open_services()
    incident_reports(services, incident_id, person.visibility)
    decisions.keep_apart(
        services.linkage, incident_id, incident_named(services, other, person), person.name, note, person.visibility
    )
    return redirect_with_flash(referring_page(request), "Kept apart. You can undo it below.")


@router.post("/incidents/{incident_id}/undo")
def undo(
    request: Request,
    incident_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes the newest decision on the reports of this incident back."""
    services = host_of(request).open_services()
    ids = [row["report_id"] for row in incident_reports(services, incident_id, person.visibility)]
    words = decisions.undo(services.linkage, incident_id, person.name, note, person.visibility)
    now = dict.fromkeys(found for one in ids for found in services.linkage.incidents_named(one, (), person.visibility))
    here = _address_of_incident(request, services, ids[0], person)
    other = next((one for one in now if not here.endswith(f"/{one}")), None)
    if other is None:
        return redirect_with_flash(here, words)
    link = FlashLink(f"{request.scope.get('root_path', '')}/incidents/{other}", f"See the other incident, {other}")
    return redirect_with_flash(here, f"{words} They are {len(now)} incidents again.", link=link)


def _address_of_incident(request: Request, services: Services, name: str, person: Person) -> str:
    """The address of an incident's page, by the incident or one of its reports; of the list if `person` may no longer
    see it after the decision."""
    ids = services.linkage.incidents_named(name, (), person.visibility)
    return f"{request.scope.get('root_path', '')}/incidents" + (f"/{ids[0]}" if ids else "")
