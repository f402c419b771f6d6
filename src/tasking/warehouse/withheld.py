"""Which incidents, reports, proposals and taskings are withheld from somebody, given their visibility."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.among import is_among
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import Visibility

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_MOST_WORDS: Final = 6  # in a reference that stands among others in a subject of the log


def withheld_incidents(warehouse: Warehouse, incident_ids: Iterable[str], visibility: Visibility) -> frozenset[str]:
    """The withheld among the incidents, including obsolete ids; unknown ids are not returned."""
    if visibility.has_restricted:
        return frozenset()
    asked = list(incident_ids)
    return frozenset().union(*(_among(warehouse, *one, asked) for one in _withheld_names(visibility)))


@cache
def _withheld_names(visibility: Visibility) -> tuple[tuple[sa.Select[Any], Any], ...]:
    """Queries for the withheld ids of current and obsolete incidents, each with its column."""
    # all of incident_report: names that incidents had once are withheld as well
    columns = (tables.incident_report.c.incident_id, tables.incident_name.c.incident_id)
    return tuple((sa.select(one).where(~visibility.named_incident(one)), one) for one in columns)


def withheld_evidence(
    warehouse: Warehouse, incidents: Iterable[Mapping[str, Any]], visibility: Visibility
) -> frozenset[str]:
    """The withheld incidents in evidence: by their own id, or by a report that the evidence quotes."""
    # all of report: only ids are read; whether a report is restricted is as of now
    some = list(incidents)
    named = {one["incident_id"] for one in some}
    reports = {report for one in some for report in one.get("reports", ())}
    r = tables.report
    query = sa.select(r.c.report_id).where(~visibility.report(r.c.report_id))
    withheld = _among(warehouse, query, r.c.report_id, {"", *reports}) if not visibility.has_restricted else frozenset()
    return withheld_incidents(warehouse, {"", *named}, visibility) | {
        one["incident_id"] for one in some if not withheld.isdisjoint(one.get("reports", ()))
    }


def readable_reports(warehouse: Warehouse, report_ids: Iterable[str], visibility: Visibility) -> frozenset[str]:
    """Those of the reports that exist and may be read."""
    # all of report: only ids are read; whether a report is restricted is as of now
    r = tables.report
    return _among(
        warehouse, sa.select(r.c.report_id).where(visibility.report(r.c.report_id)), r.c.report_id, report_ids
    )


def withheld_proposals(
    warehouse: Warehouse, visibility: Visibility, only: Iterable[str] | None = None
) -> frozenset[str]:
    """The withheld proposals, among `only` or all.

    A proposal is withheld if it was raised by the restricted route, if it counts a restricted incident, if all its
    evidence is withheld now, or if it is about a withheld tasking.
    """
    if visibility.has_restricted:
        return frozenset()
    return frozenset(one for one, is_withheld in _proposals(warehouse, visibility, only).items() if is_withheld)


def readable_proposals(warehouse: Warehouse, proposal_ids: Iterable[str], visibility: Visibility) -> frozenset[str]:
    """Those of the proposals that exist and may be seen."""
    found = _proposals(warehouse, visibility, proposal_ids)
    return frozenset(one for one, is_withheld in found.items() if visibility.has_restricted or not is_withheld)


def _proposals(warehouse: Warehouse, visibility: Visibility, only: Iterable[str] | None) -> dict[str, bool]:
    """Proposal id -> whether it is withheld, with the same queries whatever the result."""
    if only is not None and not (only := sorted(set(only))):
        return {}
    p, s = tables.proposal, tables.step
    proposals = sa.select(p.c.proposal_id, p.c.is_restricted, p.c.evidence, p.c.subject_key)
    steps = sa.select(s.c.subject_id, s.c.details).where(s.c.subject_id.in_(sa.select(p.c.proposal_id)))
    rests_on: dict[str, list[Any]] = {}
    found: dict[str, bool] = {}
    about: dict[str, str] = {}
    with warehouse.reading() as connection:
        for chunk in [None] if only is None else _chunks(only):
            in_chunk = sa.true() if chunk is None else is_among(p.c.proposal_id, chunk)
            for row in connection.execute(proposals.where(in_chunk)):
                found[row.proposal_id] = row.is_restricted
                about[row.proposal_id] = row.subject_key or ""
                rests_on[row.proposal_id] = list(row.evidence.get("incidents", ()))
            in_chunk = sa.true() if chunk is None else is_among(s.c.subject_id, chunk)
            for step in connection.execute(steps.where(in_chunk)):
                rests_on[step.subject_id] += (step.details or {}).get("incidents", ())
    withheld = withheld_evidence(warehouse, (incident for some in rests_on.values() for incident in some), visibility)
    taskings = withheld_taskings(warehouse, visibility, {"", *(one for one in about.values() if one[:2] == "T-")})
    for one, some in rests_on.items():
        counts_restricted = any(incident.get("is_restricted") for incident in some)
        has_none_left = bool(some) and withheld.issuperset(incident["incident_id"] for incident in some)
        found[one] = found[one] or counts_restricted or has_none_left or about.get(one) in taskings
    return found


def withheld_taskings(
    warehouse: Warehouse, visibility: Visibility, only: Iterable[str] | None = None
) -> frozenset[str]:
    """The withheld taskings, among `only` or all: those of the restricted route, of a withheld incident or group."""
    if visibility.has_restricted:
        return frozenset()
    t = tables.tasking
    of_incidents = sa.select(t.c.tasking_id).where(
        t.c.is_restricted | (t.c.incident_id.is_not(None) & ~visibility.named_incident(t.c.incident_id))
    )
    of_groups = sa.select(t.c.tasking_id, t.c.proposal_id).where(t.c.proposal_id.is_not(None))
    wanted = [None] if only is None else list(_chunks(sorted(set(only))))
    found: set[str] = set()
    groups: dict[str, str] = {}
    with warehouse.reading() as connection:
        for chunk in wanted:
            among = sa.true() if chunk is None else is_among(t.c.tasking_id, chunk)
            found.update(connection.execute(of_incidents.where(among)).scalars())
            groups.update((row.tasking_id, row.proposal_id) for row in connection.execute(of_groups.where(among)))
    is_of_some = only is not None and set(only) != {""}  # then the same is asked for what is there and what is not
    withheld = withheld_proposals(warehouse, visibility, {"", *groups.values()} if is_of_some else groups.values())
    return frozenset(found | {tasking for tasking, group in groups.items() if group in withheld})


def withheld_subjects(warehouse: Warehouse, subjects: Iterable[str], visibility: Visibility) -> frozenset[str]:
    """The subjects of log entries that name something withheld. A subject may name several things."""
    # all of report: only ids are read; whether a report is restricted is as of now
    if visibility.has_restricted:
        return frozenset()
    names = {subject: _names_in(subject) for subject in subjects}
    asked = {name for some in names.values() for name in some}
    r, h = tables.report, tables.held
    withheld = (
        withheld_incidents(warehouse, asked, visibility)
        | _among(warehouse, sa.select(r.c.report_id).where(~visibility.report(r.c.report_id)), r.c.report_id, asked)
        | _among(warehouse, sa.select(h.c.held_id).where(~visibility.held(h)), h.c.held_id, asked)
        | withheld_proposals(warehouse, visibility, asked)
        | withheld_taskings(warehouse, visibility, asked)
    )
    return frozenset(subject for subject, some in names.items() if some & withheld)


def _names_in(subject: str) -> frozenset[str]:
    """Candidate names in a subject: the whole, each part before or after a space, and each run of a few words, since a
    subject may name several things and a partner's reference may contain spaces."""
    words = subject.split(" ")
    ends = range(1, len(words) + 1)
    few = (" ".join(words[end - most : end]) for end in ends for most in range(1, min(end, _MOST_WORDS) + 1))
    whole = ((" ".join(words[:end]), " ".join(words[end:])) for end in ends)
    return frozenset({*few, *(name for pair in whole for name in pair)})


def _among(warehouse: Warehouse, query: sa.Select[Any], column: Any, values: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    with warehouse.reading() as connection:
        for chunk in _chunks(sorted(set(values))):
            found.update(connection.execute(query.where(is_among(column, chunk))).scalars())
    return frozenset(found)


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


@dataclass(frozen=True)
class Guard:
    """The functions of this module on one warehouse, for pages."""

    warehouse: Warehouse

    def withheld_incidents(self, incident_ids: Iterable[str], visibility: Visibility) -> frozenset[str]:
        """See withheld_incidents."""
        return withheld_incidents(self.warehouse, incident_ids, visibility)

    def withheld_evidence(self, incidents: Iterable[Mapping[str, Any]], visibility: Visibility) -> frozenset[str]:
        """See withheld_evidence."""
        return withheld_evidence(self.warehouse, incidents, visibility)

    def readable_reports(self, report_ids: Iterable[str], visibility: Visibility) -> frozenset[str]:
        """See readable_reports."""
        return readable_reports(self.warehouse, report_ids, visibility)

    def withheld_proposals(self, visibility: Visibility, only: Iterable[str] | None = None) -> frozenset[str]:
        """See withheld_proposals."""
        return withheld_proposals(self.warehouse, visibility, only)

    def readable_proposals(self, proposal_ids: Iterable[str], visibility: Visibility) -> frozenset[str]:
        """See readable_proposals."""
        return readable_proposals(self.warehouse, proposal_ids, visibility)

    def withheld_taskings(self, visibility: Visibility, only: Iterable[str] | None = None) -> frozenset[str]:
        """See withheld_taskings."""
        return withheld_taskings(self.warehouse, visibility, only)
