"""Findings of trigger rules, and the proposals made from them with their evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

CELL_M: Final = 600  # side of the squares in which rules look for neighbours; no rule looks beyond the next square
MOST_RADIUS_M: Final = 400  # with the slack of a place that is known by its street or postcode, still one square
MOST_MEANS_RADIUS_M: Final = 2000  # of a rule about a rare means, which compares every incident with every other


def cell_of(east_m: int, north_m: int) -> int:
    """The number of the square that a spot of the British National Grid is in: 100,000 times its column and its row."""
    return east_m // CELL_M * 100_000 + north_m // CELL_M


class Proposes(StrEnum):
    """What a rule asks people to do."""

    GROUP = "group"  # set up a task-and-finish group
    TASKING = "tasking"  # prevention work around a place
    OWNER = "owner"  # inform the owner of the case that a threshold is met
    RESTRICTED = "restricted"  # the restricted route, such as MARAC
    NOTE = "note"  # the analyst looks at it
    ESCALATE = "escalate"  # somebody senior takes it up


class CountedReport(NamedTuple):
    """A report that a finding counts."""

    report_id: str
    incident_id: str
    feed: str
    complainant: str | None


@dataclass(frozen=True)
class Finding:
    """What a rule found on a day about one subject.

    `subject_key` is the rule's own key of the subject; it names nobody in public. `counts` are reports, incidents,
    complainants, partners, and any other column of the rule's query. A warning is one short of the rule's numbers.
    """

    theme: str
    subject_key: str
    reports: tuple[CountedReport, ...]
    counts: Mapping[str, float]
    east_m: int | None = None
    north_m: int | None = None
    is_warning: bool = False
    measures: Mapping[str, Any] = field(default_factory=dict)  # a test's own figures, for the evidence

    @property
    def incident_ids(self) -> frozenset[str]:
        return frozenset(one.incident_id for one in self.reports)


EVIDENCE_SCHEMA: Final = 2  # schema 1 has no number
_EVIDENCE: Final[Mapping[str, Any]] = {
    "rule": "", "version": 0, "title": "", "why": "", "theme": "", "numbers": {}, "parameters": {}, "counts": {},
    "measures": {}, "incidents": [], "feeds_present": [], "feeds_missing": {}, "data_from": {},
    "is_partial": False, "is_warning": False,
}  # fmt: skip
_INCIDENT: Final[Mapping[str, Any]] = {
    "incident_id": "", "reports": [], "category": "", "place": None, "when": "", "is_restricted": True,
}  # fmt: skip


def evidence_from_stored(stored: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Stored evidence of any schema version: missing fields have defaults, unknown ones are kept.

    `day`: on which it was found, for evidence that does not say.
    """
    evidence = {**_EVIDENCE, "day": str(day), "since": str(day), **stored}
    return evidence | {"incidents": [{**_INCIDENT, **one} for one in evidence["incidents"]]}


@dataclass(frozen=True)
class Proposal:
    """A proposal of a rule, for people to decide on. `evidence` is kept as it was on the day."""

    proposal_id: str
    raised_on: date
    rule: str
    theme: str
    subject: str  # a public place, or a reference that names nobody
    subject_key: str
    east_m: int | None
    north_m: int | None
    is_restricted: bool
    evidence: Mapping[str, Any]
