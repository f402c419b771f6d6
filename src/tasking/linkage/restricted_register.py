"""The restricted register: incidents that need the right to restricted matters, with what their reports say of harm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tasking.briefing.harm import HarmPart, IncidentHarm, harm_by_incident
from tasking.linkage.incident_filter import IncidentFilter, IncidentRow
from tasking.linkage.store import incident_list, restricted_list
from tasking.warehouse.pagination import Cursor
from tasking.warehouse.visibility import Visibility

if TYPE_CHECKING:
    from tasking.linkage.service import LinkageService


@dataclass(frozen=True)
class RegisterRow:
    """An incident of the register. `is_high_risk`: a partner has assessed the risk as high."""

    incident: IncidentRow
    harm: IncidentHarm
    is_high_risk: bool

    @property
    def parts(self) -> Sequence[HarmPart]:
        """What adds to its harm, the heaviest first."""
        return [part for part in self.harm.parts if part.points > 0]


def register_rows(
    service: "LinkageService", wanted: IncidentFilter, visibility: Visibility, after: Cursor | None, most: int
) -> list[RegisterRow]:
    """Restricted incidents that somebody may see, the newest day first; at most `most`, from after a cursor on."""
    found = incident_list.incidents(service.warehouse, replace(wanted, is_restricted=True), visibility, after, most)
    day = service.clock().astimezone(service.partnership.zone).date()
    rows = restricted_list.harm_rows(service.warehouse, [one.incident_id for one in found], visibility)
    harm = harm_by_incident(service.harm, rows, day, day, {})
    high_risk = {row["incident_id"] for row in rows if _is_high_risk(row)}
    return [
        RegisterRow(one, harm[one.incident_id], one.incident_id in high_risk)
        for one in found
        if one.incident_id in harm  # it was merged away while this was read
    ]


def _is_high_risk(row: Mapping[str, Any]) -> bool:
    return bool(row["is_high_risk"])
