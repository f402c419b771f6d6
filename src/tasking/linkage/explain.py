"""What people are shown of incidents: their reports and why they are linked, and the pairs for clerical review."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from tasking.linkage.service import LinkageService
from tasking.linkage.store import incidents, review
from tasking.linkage.strength import ShownEvidence, public_words
from tasking.model.category import category_label
from tasking.model.day import local_time
from tasking.model.errors import TaskingError
from tasking.model.incident import Evidence
from tasking.warehouse.audit_log import Entry, log
from tasking.warehouse.visibility import FULL_VISIBILITY, Visibility

_ASKED: Final = {"merge": "same incident?", "part": "in one incident now: same or different?"}


@dataclass(frozen=True)
class ExplainedReport:
    """A report of an incident as it may be shown: its reference, what it is in public words, and why it is linked."""

    reference: str
    words: str
    evidence: tuple[ShownEvidence, ...]


def explain_incident(service: LinkageService, name: str, actor: str) -> list[ExplainedReport]:
    """The reports of an incident, the first one first, each with the evidence of its link. Reading a restricted one is
    logged. Raises TaskingError where there is none."""
    incident = name
    if ":" in name:
        incident = incidents.incidents_of(service.warehouse, reports_named(service, name))[name]
    rows = service.reports_side_by_side(incident, FULL_VISIBILITY)
    if not rows:
        raise TaskingError(f"There is no incident {name}")
    if any(row["is_restricted"] for row in rows):
        log(service.warehouse, Entry(actor, "restricted incident looked at", incident, ""), service.clock())
    return [
        ExplainedReport(
            row["report_id"],
            _in_public(service, row["category"], row["place_name"], row["received_at"]) + _why(service, row),
            () if row["merged_by"] else row["evidence"],
        )
        for row in rows
    ]


def _why(service: LinkageService, row: Mapping[str, Any]) -> str:
    """Why a report is in its incident, to end a line with; empty for the first."""
    if row["linked_to"] is None:
        return ""
    if row["merged_by"]:
        actor, at, note = row["merged_by"]
        because = f", because: {note}" if note else ""
        return f"; merged with {row['linked_to']} by {actor} {local_time(at, service.partnership.zone)}{because}"
    return f"; {row['strength']} with {row['linked_to']}"


def review_pairs(service: LinkageService, first: date, last: date) -> list[dict[str, Any]]:
    """The pairs of reports for clerical review: their incidents may be one, or the first may not belong to the incident
    of both, and nobody has decided. `question`: why.

    Where either report is restricted, the question says how near, how far apart in time and whether the people are the
    same: not what it is about, and not where.
    """
    pending = []
    for row in review.open_review_pairs(service.warehouse, first, last):
        evidence = [one for one in row["evidence"] if not row["is_restricted"] or _may_be_shown_of_restricted(one)]
        evidence = [one._replace(words=public_words(one.words)) for one in evidence]
        why = ", ".join(one.words for one in evidence if one.weight > 0) or "compare the reports"
        against = ", ".join(one.words for one in evidence if one.weight < 0)
        why = f"{_ASKED[row['kind']]} {why}{f'; but {against}' if against else ''}"
        if row["is_restricted"]:
            question = f"Restricted: {why}"
        else:
            one, other = (
                _in_public(service, row[f"category_{side}"], row[f"place_name_{side}"], row[f"received_at_{side}"])
                for side in "ab"
            )
            question = f"{one}, and {other}: {why}"
        pending.append({**row, "question": question})
    return pending


def _may_be_shown_of_restricted(one: Evidence) -> bool:
    """True for evidence that says neither what a report is about nor where it was."""
    return one.comparison in ("when", "who", "told again") or one.words.startswith(("same spot", "near, "))


def _in_public(service: LinkageService, category: str, place: str | None, received_at: datetime) -> str:
    local = received_at.astimezone(service.partnership.zone)
    label = category_label(category, service.conventions.categories.labels)
    return f"{label}, {place or 'place not named'}, reported {local:%a} {local.day} {local:%b} {local:%H:%M}"


def reports_named(service: LinkageService, name: str, visibility: Visibility = FULL_VISIBILITY) -> list[str]:
    """The reports that a name means: an incident's, or the one report itself."""
    if ":" in name:
        if not incidents.incidents_of(service.warehouse, [name]):
            raise TaskingError(f"There is no report {name}. Enter a report as feed:reference.")
        return [name]
    return members_of(service, name, visibility)


def members_of(service: LinkageService, name: str, visibility: Visibility = FULL_VISIBILITY) -> list[str]:
    """The reports of an incident, by its id or by one of them, the first one first.

    Raises TaskingError where there is none; it names who merged or split it, where `visibility` allows that.
    """
    if ":" in name:
        incident = incidents.incidents_of(service.warehouse, reports_named(service, name))[name]
        return members_of(service, incident, visibility)
    members = [row["report_id"] for row in incidents.reports_of(service.warehouse, name)]
    if not members:
        last = review.newest_on(service.warehouse, name, visibility)
        was = (
            f" any more: {last.action} by {last.actor} {local_time(last.at, service.partnership.zone)}" if last else ""
        )
        raise TaskingError(f"There is no incident {name}{was}")
    return members
