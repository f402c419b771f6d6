"""Who may read which rows. Every list of the desk asks here, so that no query decides it for itself.

A report is restricted by itself, or by its incident: one restricted report makes the whole incident so. Without the
right, what is restricted is not there: it is in no list, no count and no answer.

While linking runs again, and after it was stopped, a report counts for the incident that it was in before as well.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse

_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_QUOTES: Final = "'`\u2018\u2019"
_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_MOST_WORDS: Final = 6  # in a reference that stands among others in a subject of the log
_IN_LOG: Final = "restricted "  # how the action of an entry begins that is about something restricted


def _slim(table: sa.Table, *names: str) -> sa.TableClause:
    """A table with the columns that conditions need: an alias copies every column each time it is made."""
    return sa.table(table.name, *(sa.column(name, table.c[name].type) for name in names))


_REPORT: Final = _slim(tables.report, "report_id", "source_ref", "feed", "superseded_on", "is_restricted")
_MEMBER: Final = _slim(tables.incident_report, "incident_id", "report_id", "left_on")
_NAME: Final = _slim(tables.incident_name, "incident_id", "report_id", "doubted_on")


@dataclass(frozen=True)
class Sight:
    """What somebody may read. Each method gives a condition for a query: true for the rows that they may see."""

    has_restricted: bool = False

    def incident(self, incident_id: Any) -> sa.ColumnElement[bool]:
        """For a column of incidents as they are now."""
        return sa.true() if self.has_restricted else _is_open(incident_id)

    def named_incident(self, incident_id: Any) -> sa.ColumnElement[bool]:
        """For a column of incidents named once: an incident that is no more is as its reports are."""
        # all of incident_report: what an incident that is no more once had decides who may see its name
        if self.has_restricted:
            return sa.true()
        member, name = _MEMBER.alias(), _NAME.alias()
        once = sa.exists().where(member.c.incident_id == incident_id, ~self.report(member.c.report_id))
        before = sa.exists().where(name.c.incident_id == incident_id, ~self.report(name.c.report_id))
        now = _MEMBER.alias()
        is_there = sa.exists().where(now.c.incident_id == incident_id, is_member(now, NOW))
        return _is_open(incident_id) & (is_there | (~once & ~before))

    def report(self, report_id: Any) -> sa.ColumnElement[bool]:
        """For a column of reports."""
        if self.has_restricted:
            return sa.true()
        own, member, name = _REPORT.alias(), _MEMBER.alias(), _NAME.alias()
        by_itself = sa.exists().where(
            own.c.report_id == report_id, is_current(own, NOW), own.c.is_restricted
        )  # fmt: skip
        by_incident = sa.exists().where(
            member.c.report_id == report_id, is_member(member, NOW), ~_is_open(member.c.incident_id)
        )
        by_doubt = sa.exists().where(
            name.c.report_id == report_id, name.c.doubted_on.is_not(None), ~_is_open(name.c.incident_id)
        )
        return ~by_itself & ~by_incident & ~by_doubt

    def held(self, held: Any) -> sa.ColumnElement[bool]:
        """For the table of held rows: a row with the reference of a restricted report, or with one much like it, is
        restricted as that is."""
        # all of report: a reference may stand in any revision; whether it is restricted is as of now
        if self.has_restricted:
            return sa.true()
        known = _REPORT.alias()
        of_restricted = sa.exists().where(
            known.c.source_ref.in_(_spellings(held.c.source_ref)),
            known.c.feed == held.c.feed,
            ~self.report(known.c.report_id),
        )
        is_open: sa.ColumnElement[bool] = ~held.c.is_restricted & ~of_restricted
        return is_open

    def log_entry(self, log: Any) -> sa.ColumnElement[bool]:
        """For the log, by what was done; by what it was done to, see withheld_names."""
        if self.has_restricted:
            return sa.true()
        is_open: sa.ColumnElement[bool] = ~log.c.action.startswith(_IN_LOG)
        return is_open


EVERYBODY: Final = Sight()
KEEPER: Final = Sight(has_restricted=True)  # whoever runs this, at the command line


def _spellings(reference: Any) -> list[Any]:
    """A reference as it was sent, and as the partner may have meant it: other dashes, a spreadsheet's apostrophe or
    `.0`, small letters for capitals. Each is looked for by itself, so that the index of reports serves."""
    meant = reference
    for mark in _DASHES:
        meant = sa.func.replace(meant, mark, "-")
    for mark in _QUOTES:
        meant = sa.func.replace(meant, mark, "")
    meant = sa.func.trim(meant)
    whole = sa.func.substr(meant, 1, sa.func.length(meant) - 2)
    meant = sa.case((meant.endswith(".0"), whole), else_=meant)
    return [reference, meant, sa.func.upper(meant), sa.func.lower(meant)]


def _is_open(incident_id: Any, *, is_settled: bool = False) -> sa.ColumnElement[bool]:
    """There is no restricted report in the incident, as both are now; nor was there, where linking has yet to say.

    `is_settled`: what linking has yet to say of the other reports in it is left out.
    """
    member, before, moved, left = (
        _MEMBER.alias(), _NAME.alias(), _MEMBER.alias(),
        _NAME.alias(),
    )  # fmt: skip
    now = sa.exists().where(
        member.c.incident_id == incident_id, is_member(member, NOW), *_is_restricted(member.c.report_id)
    )
    once = sa.exists().where(
        before.c.incident_id == incident_id, before.c.doubted_on.is_not(None), *_is_restricted(before.c.report_id)
    )
    if is_settled:
        return ~now & ~once
    by_another = sa.exists().where(
        moved.c.incident_id == incident_id, is_member(moved, NOW), left.c.report_id == moved.c.report_id,
        left.c.doubted_on.is_not(None), ~_is_open(left.c.incident_id, is_settled=True),
    )  # fmt: skip
    return ~now & ~once & ~by_another


def _is_restricted(report_id: Any) -> tuple[sa.ColumnElement[bool], ...]:
    """A report's newest revision is restricted, for a query that may join it."""
    own = _REPORT.alias()
    return own.c.report_id == report_id, is_current(own, NOW), own.c.is_restricted


def withheld_incidents(warehouse: Warehouse, incident_ids: Iterable[str], sight: Sight) -> frozenset[str]:
    """Those of the incidents, by the names they had once, that are not for somebody; a name of nothing is not in it."""
    if sight.has_restricted:
        return frozenset()
    asked = list(incident_ids)
    return frozenset().union(*(_among(warehouse, *one, asked) for one in _withheld_names(sight)))


@cache
def _withheld_names(sight: Sight) -> tuple[tuple[sa.Select[Any], Any], ...]:
    """The queries for the names of incidents, as they are and as they were, that are not for somebody."""
    # all of incident_report: names that incidents had once are withheld as well
    columns = (tables.incident_report.c.incident_id, tables.incident_name.c.incident_id)
    return tuple((sa.select(one).where(~sight.named_incident(one)), one) for one in columns)


def withheld_evidence(warehouse: Warehouse, incidents: Iterable[Mapping[str, Any]], sight: Sight) -> frozenset[str]:
    """The names of those incidents of some evidence that are not for somebody, by name or by the reports quoted."""
    # all of report: only ids are read; whether a report is restricted is as of now
    some = list(incidents)
    named = {one["incident_id"] for one in some}
    reports = {report for one in some for report in one.get("reports", ())}
    r = tables.report
    query = sa.select(r.c.report_id).where(~sight.report(r.c.report_id))
    withheld = _among(warehouse, query, r.c.report_id, {"", *reports}) if not sight.has_restricted else frozenset()
    return withheld_incidents(warehouse, {"", *named}, sight) | {
        one["incident_id"] for one in some if not withheld.isdisjoint(one.get("reports", ()))
    }


def readable_reports(warehouse: Warehouse, report_ids: Iterable[str], sight: Sight) -> frozenset[str]:
    """Those of the reports that are there, and that somebody may read."""
    # all of report: only ids are read; whether a report is restricted is as of now
    r = tables.report
    return _among(warehouse, sa.select(r.c.report_id).where(sight.report(r.c.report_id)), r.c.report_id, report_ids)


def withheld_proposals(warehouse: Warehouse, sight: Sight, only: Iterable[str] | None = None) -> frozenset[str]:
    """The proposals, or those of `only`, that are not for somebody.

    They are raised by the restricted route, or count something restricted, or nothing that they rest on may be read any
    more.
    """
    if sight.has_restricted:
        return frozenset()
    return frozenset(one for one, is_withheld in _proposals(warehouse, sight, only).items() if is_withheld)


def readable_proposals(warehouse: Warehouse, proposal_ids: Iterable[str], sight: Sight) -> frozenset[str]:
    """Those of the proposals that are there, and that somebody may see."""
    found = _proposals(warehouse, sight, proposal_ids)
    return frozenset(one for one, is_withheld in found.items() if sight.has_restricted or not is_withheld)


def _proposals(warehouse: Warehouse, sight: Sight, only: Iterable[str] | None) -> dict[str, bool]:
    """Each proposal that there is, and whether it is withheld. The same is asked of the database whatever it is."""
    p, s = tables.proposal, tables.step
    proposals = sa.select(p.c.proposal_id, p.c.is_restricted, p.c.evidence)
    steps = sa.select(s.c.subject_id, s.c.details).where(s.c.subject_id.in_(sa.select(p.c.proposal_id)))
    rests_on: dict[str, list[Any]] = {}
    found: dict[str, bool] = {}
    with warehouse.engine.connect() as connection:
        for chunk in [None] if only is None else _chunks(sorted(set(only))):
            in_chunk = sa.true() if chunk is None else p.c.proposal_id.in_(chunk)
            for row in connection.execute(proposals.where(in_chunk)):
                found[row.proposal_id] = row.is_restricted
                rests_on[row.proposal_id] = list(row.evidence.get("incidents", ()))
            in_chunk = sa.true() if chunk is None else s.c.subject_id.in_(chunk)
            for step in connection.execute(steps.where(in_chunk)):
                rests_on[step.subject_id] += (step.details or {}).get("incidents", ())
    withheld = withheld_evidence(warehouse, (incident for some in rests_on.values() for incident in some), sight)
    for one, some in rests_on.items():
        counts_restricted = any(incident.get("is_restricted") for incident in some)
        has_none_left = bool(some) and withheld.issuperset(incident["incident_id"] for incident in some)
        found[one] = found[one] or counts_restricted or has_none_left
    return found


def withheld_taskings(warehouse: Warehouse, sight: Sight, only: Iterable[str] | None = None) -> frozenset[str]:
    """The taskings, or those of `only`, that are not for somebody: of a restricted incident or a restricted group."""
    if sight.has_restricted:
        return frozenset()
    t = tables.tasking
    of_incidents = sa.select(t.c.tasking_id).where(
        t.c.incident_id.is_not(None), ~sight.named_incident(t.c.incident_id)
    )  # fmt: skip
    of_groups = sa.select(t.c.tasking_id, t.c.proposal_id).where(t.c.proposal_id.is_not(None))
    wanted = [None] if only is None else list(_chunks(sorted(set(only))))
    found: set[str] = set()
    groups: dict[str, str] = {}
    with warehouse.engine.connect() as connection:
        for chunk in wanted:
            among = sa.true() if chunk is None else t.c.tasking_id.in_(chunk)
            found.update(connection.execute(of_incidents.where(among)).scalars())
            groups.update((row.tasking_id, row.proposal_id) for row in connection.execute(of_groups.where(among)))
    withheld = withheld_proposals(warehouse, sight, groups.values())
    return frozenset(found | {tasking for tasking, group in groups.items() if group in withheld})


def withheld_subjects(warehouse: Warehouse, subjects: Iterable[str], sight: Sight) -> frozenset[str]:
    """Those of the log's subjects that name something that is not for somebody. A subject may name two things."""
    # all of report: only ids are read; whether a report is restricted is as of now
    if sight.has_restricted:
        return frozenset()
    names = {subject: _names_in(subject) for subject in subjects}
    asked = {name for some in names.values() for name in some}
    r, h = tables.report, tables.held
    withheld = (
        withheld_incidents(warehouse, asked, sight)
        | _among(warehouse, sa.select(r.c.report_id).where(~sight.report(r.c.report_id)), r.c.report_id, asked)
        | _among(warehouse, sa.select(h.c.held_id).where(~sight.held(h)), h.c.held_id, asked)
        | withheld_proposals(warehouse, sight, asked)
        | withheld_taskings(warehouse, sight, asked)
    )
    return frozenset(subject for subject, some in names.items() if some & withheld)


def _names_in(subject: str) -> frozenset[str]:
    """All of a subject, what stands before and after each of its spaces, and each few words: it may name many things,
    and a partner's reference may hold spaces."""
    words = subject.split(" ")
    ends = range(1, len(words) + 1)
    few = (" ".join(words[end - most : end]) for end in ends for most in range(1, min(end, _MOST_WORDS) + 1))
    whole = ((" ".join(words[:end]), " ".join(words[end:])) for end in ends)
    return frozenset({*few, *(name for pair in whole for name in pair)})


def _among(warehouse: Warehouse, query: sa.Select[Any], column: Any, values: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    with warehouse.engine.connect() as connection:
        for chunk in _chunks(sorted(set(values))):
            found.update(connection.execute(query.where(column.in_(chunk))).scalars())
    return frozenset(found)


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


@dataclass(frozen=True)
class Guard:
    """What somebody's sight keeps from them, asked of the warehouse."""

    warehouse: Warehouse

    def withheld_incidents(self, incident_ids: Iterable[str], sight: Sight) -> frozenset[str]:
        """See withheld_incidents."""
        return withheld_incidents(self.warehouse, incident_ids, sight)

    def withheld_evidence(self, incidents: Iterable[Mapping[str, Any]], sight: Sight) -> frozenset[str]:
        """See withheld_evidence."""
        return withheld_evidence(self.warehouse, incidents, sight)

    def readable_reports(self, report_ids: Iterable[str], sight: Sight) -> frozenset[str]:
        """See readable_reports."""
        return readable_reports(self.warehouse, report_ids, sight)

    def withheld_proposals(self, sight: Sight, only: Iterable[str] | None = None) -> frozenset[str]:
        """See withheld_proposals."""
        return withheld_proposals(self.warehouse, sight, only)

    def readable_proposals(self, proposal_ids: Iterable[str], sight: Sight) -> frozenset[str]:
        """See readable_proposals."""
        return readable_proposals(self.warehouse, proposal_ids, sight)

    def withheld_taskings(self, sight: Sight, only: Iterable[str] | None = None) -> frozenset[str]:
        """See withheld_taskings."""
        return withheld_taskings(self.warehouse, sight, only)
