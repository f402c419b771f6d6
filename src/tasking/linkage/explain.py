"""What people are shown of incidents: the reports in them and why, and the questions that are theirs to answer."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tasking.linkage.service import LinkageService
from tasking.linkage.store import incidents as store
from tasking.linkage.store import review as people
from tasking.model.day import told_at
from tasking.model.errors import TaskingError
from tasking.model.incident import Evidence
from tasking.warehouse.audit_log import Entry, log
from tasking.warehouse.sight import KEEPER, Sight


@dataclass(frozen=True)
class Told:
    """A report of an incident as it may be shown: its reference, what it is in public words, and why it is in there."""

    reference: str
    words: str
    evidence: tuple[Evidence, ...]


def told(service: LinkageService, name: str, actor: str) -> list[Told]:
    """The reports of an incident, the first one first, with what ties each to another. Looking at a restricted one is
    written into the log. Raises TaskingError where there is none."""
    incident = store.incidents_of(service.warehouse, named(service, name))[name] if ":" in name else name
    rows = store.reports_of(service.warehouse, incident)
    if not rows:
        raise TaskingError(f"there is no incident {name}")
    if any(row["is_restricted"] for row in rows):
        log(service.warehouse, Entry(actor, "restricted incident looked at", incident, ""), service.clock())
    return [
        Told(
            row["report_id"],
            _in_public(service, row["category"], row["place_name"], row["received_at"])
            + (f"; with {row['linked_to']} ({row['score']:.2f}, {row['version']})" if row["linked_to"] else ""),
            row["evidence"],
        )
        for row in rows
    ]


def questions(service: LinkageService, first: date, last: date) -> list[dict[str, Any]]:
    """What a person is asked: two reports of incidents that may be one, and why it may be so.

    Where either side is restricted the question says how near, how far apart in time and whether somebody is the
    same: not what it is about, and not where.
    """
    asked = []
    for row in people.open_questions(service.warehouse, first, last):
        evidence = [one for one in row["evidence"] if not row["is_restricted"] or _tells_nothing(one)]
        tied = ", ".join(one.words for one in evidence if one.weight > 0) or "see both"
        against = ", ".join(one.words for one in evidence if one.weight < 0)
        told = f"{tied}{f'; but {against}' if against else ''}"
        if row["is_restricted"]:
            words = f"Restricted, for those who may see both: one incident? {told}"
        else:
            one, other = (
                _in_public(service, row[f"category_{side}"], row[f"place_name_{side}"], row[f"received_at_{side}"])
                for side in "ab"
            )
            words = f"{one}, and {other}: one incident? {told}"
        asked.append({**row, "question": words})
    return asked


def _tells_nothing(one: Evidence) -> bool:
    """True for evidence that says neither what a report is about nor where it was."""
    return one.comparison in ("when", "who", "told again") or one.words.startswith(("same spot", "near, "))


def _in_public(service: LinkageService, category: str, place: str | None, received_at: datetime) -> str:
    local = received_at.astimezone(service.partnership.zone)
    label = service.conventions.categories.labels.get(category, category)
    return f"{label}, {place or 'place not named'}, told {local:%a} {local.day} {local:%b} {local:%H:%M}"


def named(service: LinkageService, name: str, sight: Sight = KEEPER) -> list[str]:
    """The reports that a name means: an incident's, or the one report itself."""
    if ":" in name:
        if not store.incidents_of(service.warehouse, [name]):
            raise TaskingError(f"there is no report {name}; a report is written feed:reference")
        return [name]
    return members_of(service, name, sight)


def members_of(service: LinkageService, name: str, sight: Sight = KEEPER) -> list[str]:
    """The reports of an incident, by its id or by one of them, the first one first.

    Raises TaskingError where there is none; it names who merged or split it where somebody did and `sight` may be told.
    """
    if ":" in name:
        incident = store.incidents_of(service.warehouse, named(service, name))[name]
        return members_of(service, incident, sight)
    members = [row["report_id"] for row in store.reports_of(service.warehouse, name)]
    if not members:
        last = people.newest_on(service.warehouse, name, sight)
        was = f" any more: {last.action} by {last.actor} {told_at(last.at, service.partnership.zone)}" if last else ""
        raise TaskingError(f"there is no incident {name}{was}")
    return members
