"""The page of one report: its reference, in which briefing it is, its incident and why, and its corrections."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from tasking.intake import by_hand, corrections
from tasking.model.access import May
from tasking.model.category import category_label
from tasking.model.correction import Correction, Field
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.occurrence import occurrence_words
from tasking.pages.render import page, place_label
from tasking.pages.visible import follow_ups_for
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()
_NAMES: Final[Mapping[Field, str]] = {"category": "Category", "place": "Place", "time": "When"}


@router.get("/reports/{report_id:path}")
def report(request: Request, report_id: str, person: Annotated[Person, Depends(allowed())]) -> Response:
    """One report: its reference, in which briefing it is, its incident and why, and what was corrected in it."""
    services = host_of(request).open_services()
    row = report_for(services, report_id, person)
    ids = services.linkage.incidents_named(report_id, (), person.visibility)
    is_restricted = is_withheld(services, row)
    if person.can(May.DETAILS) and not is_restricted:
        services.audit_log.write(person.name, "report looked at", report_id)
    rows = services.linkage.reports_side_by_side(ids[0], person.visibility) if ids and not is_restricted else []
    return page(
        request, person, services, "report", row=row, incident_id=ids[0] if ids else None, is_restricted=is_restricted,
        mine=next((one for one in rows if one["report_id"] == report_id), None),
        others=[one for one in rows if one["report_id"] != report_id],
        follow_ups=follow_ups_for(services, person, ids[0]) if ids and not is_restricted else [],
        briefing_on=by_hand.briefing_on(services.intake, row["day"]), place_label=place_label,
        corrections=shown_corrections(services, row, person),
        partners=services.partners,
    )  # fmt: skip


def report_for(services: Services, report_id: str, person: Person) -> dict[str, Any]:
    """A report as it is now. Raises HTTPException 404 if there is none that `person` may see."""
    row = services.intake.report(report_id, person.visibility)
    if row is None:
        raise HTTPException(404)
    return row


def is_withheld(services: Services, row: dict[str, Any]) -> bool:
    """True for a report that needs May.RESTRICTED: its own page shows nothing of it, its incident's asks why."""
    return services.intake.report(row["report_id"], PUBLIC_VISIBILITY) is None


@dataclass(frozen=True)
class ShownCorrection:
    """A correction as people read it. `since`: what the partner has sent since, where it needs attention."""

    field: Field
    name: str
    sent: str
    corrected_to: str
    since: str | None
    actor: str
    at: datetime
    reason: str


def shown_corrections(services: Services, row: Mapping[str, Any], person: Person) -> list[ShownCorrection]:
    """The corrections of a report that count. A partner's own words for a place, and reasons, need May.DETAILS."""
    has_details = person.can(May.DETAILS)
    return [
        ShownCorrection(
            one.field,
            _NAMES[one.field],
            _words(services, one.field, one.sent, has_details=has_details),
            _words(services, one.field, _effective(one), has_details=has_details),
            None if one.sent_since is None else _words(services, one.field, one.sent_since, has_details=has_details),
            one.actor,
            one.at,
            one.reason if has_details else "",
        )
        for one in corrections.corrections(services.intake, row["report_id"])
    ]


def _effective(one: Correction) -> Mapping[str, Any]:
    moments = {
        name: datetime.fromisoformat(value)
        for name, value in one.corrected_to.items()
        if name.startswith("occurred_") and isinstance(value, str)
    }
    return {**one.corrected_to, **moments}


def _words(services: Services, field: Field, values: Mapping[str, Any], *, has_details: bool) -> str:
    """The value of a field in words."""
    if field == "category":
        code = str(values.get("category") or "")
        return category_label(code, services.conventions.categories.labels) or "Not known"
    if field == "place":
        if has_details and values.get("place_text"):
            return str(values["place_text"])
        public = {name: values.get(name) for name in ("place_name", "town", "ward")}
        return place_label(public)
    is_time_known = bool(values.get("is_occurred_time_known"))
    return occurrence_words(values.get("occurred_from"), is_time_known, services.partnership.zone)
