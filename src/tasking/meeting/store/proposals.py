"""Proposals and the steps taken with them. The first decision counts, and every step is in the log."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tasking.model.proposal import BACK, BY_THE_RULES, Standing, Status, Step, Verb
from tasking.model.trigger import Proposal, evidence_from_stored
from tasking.warehouse import tables
from tasking.warehouse.among import is_among
from tasking.warehouse.as_of import is_current, is_member, on
from tasking.warehouse.audit_log import Entry, append_entries, append_log
from tasking.warehouse.engine import Warehouse, transaction_lock

_CHUNK = 900  # values in one IN list; SQLite's old limit is 999


def take_step(warehouse: Warehouse, step: Step, by: str, seen: int | None = None) -> Step | None:
    """Stores a step and logs it under `by`. Returns the step where it was taken.

    `seen`: how many steps the actor knew of; where a person has taken another since then, that one is returned instead.
    Where the status does not allow the step, the last step is returned; None where there is none.
    """
    s = tables.step
    with warehouse.writing() as connection:
        transaction_lock(connection, step.subject_id)
        standing = _standings(connection, [step.subject_id])[step.subject_id]
        if not _is_allowed(step, standing):
            return standing.steps[-1] if standing.steps else None
        since = [one for one in standing.history[seen:] if one.verb not in BY_THE_RULES] if seen is not None else []
        if since:
            return since[-1]
        connection.execute(sa.insert(s).values({**step._asdict(), "number": len(standing.history) + 1}))
        append_log(connection, step.at, by, f"{_kind(step.subject_id)}: {step.verb}", step.subject_id, step.reason)
    return step


def _is_allowed(step: Step, standing: Standing) -> bool:
    """True where the status allows the step. One that takes another back may only name a step that counts."""
    if step.verb in BACK:
        return step.undoes in {one.number for one in standing.steps}
    return step.verb in standing.open_verbs


def lock_subjects(warehouse: Warehouse, subject_ids: Iterable[str]) -> None:
    """Locks proposals or taskings until the surrounding transaction ends, so that nobody else takes a step with them.

    They are locked in the order of their ids, so that two callers cannot deadlock.
    """
    with warehouse.writing() as connection:
        for subject_id in sorted(set(subject_ids)):
            transaction_lock(connection, subject_id)


def standings(warehouse: Warehouse, subject_ids: Iterable[str]) -> dict[str, Standing]:
    """The standing of proposals and taskings, by id; one without any step has an empty standing."""
    with warehouse.reading() as connection:
        return _standings(connection, list(subject_ids))


def store_proposals(warehouse: Warehouse, raised: Sequence[tuple[Proposal, str]], by: str, now: datetime) -> set[str]:
    """Stores proposals, each once, with a note for the log. Returns the ids of those that were new."""
    t = tables.proposal
    ids = [proposal.proposal_id for proposal, _ in raised]
    with warehouse.writing() as connection:
        if raised:
            transaction_lock(connection, "proposals")
        stored: set[str] = set()
        for start in range(0, len(ids), _CHUNK):
            query = sa.select(t.c.proposal_id).where(t.c.proposal_id.in_(ids[start : start + _CHUNK]))
            stored.update(connection.execute(query).scalars())
        fresh = [(proposal, why) for proposal, why in raised if proposal.proposal_id not in stored]
        if fresh:
            connection.execute(sa.insert(t), [vars(proposal) for proposal, _ in fresh])
            entries = [Entry(by, "proposal: raised", proposal.proposal_id, why) for proposal, why in fresh]
            append_entries(connection, now, entries)
    return {proposal.proposal_id for proposal, _ in fresh}


def proposals(warehouse: Warehouse, until: date = date.max, only: str | None = None) -> list[Proposal]:
    """The proposals raised up to a day, the oldest first; with `only`, the one of that id."""
    t = tables.proposal
    query = sa.select(t).where(t.c.raised_on <= until).order_by(t.c.raised_on, t.c.proposal_id)
    if only is not None:
        query = query.where(t.c.proposal_id == only)
    with warehouse.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [Proposal(**{**row, "evidence": evidence_from_stored(row["evidence"], row["raised_on"])}) for row in rows]


def reports_as_of(warehouse: Warehouse, report_ids: Sequence[str], day: date) -> list[dict[str, Any]]:
    """The fields of reports that evidence quotes, as they were on a day; the earliest received first."""
    r, i = tables.report, tables.incident_report
    found: list[dict[str, Any]] = []
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = (
                sa.select(
                    r.c.report_id, r.c.feed, r.c.category, r.c.place_name, r.c.town, r.c.ward, r.c.occurred_from,
                    r.c.is_occurred_time_known, r.c.received_at, r.c.is_restricted, i.c.incident_id,
                )
                .join(i, (i.c.report_id == r.c.report_id) & is_member(i, on(day)))
                .where(r.c.report_id.in_(list(report_ids[start : start + _CHUNK])), is_current(r, on(day)))
            )  # fmt: skip
            found += [dict(row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda row: (row["received_at"], row["report_id"]))


def restricted_among(warehouse: Warehouse, incidents: Sequence[Mapping[str, Any]], day: date) -> frozenset[str]:
    """Those of the incidents of some evidence that are restricted as of a day, though they may not have been then.

    An incident is restricted by a report that it has, or had before it was merged away, or that the evidence quotes.
    """
    # all of report: a report that was restricted in any revision up to the day counts as restricted
    # all of incident_report: of an incident that was merged away, the reports that it had
    r, i, n = tables.report, tables.incident_report, tables.incident_name
    is_now = is_member(i, on(day))
    of_incidents = sa.select(i.c.incident_id, i.c.report_id)
    had: dict[str, set[str]] = defaultdict(set)
    for one in incidents:
        had[one["incident_id"]].update(one.get("reports", ()))
    with warehouse.reading() as connection:
        now = _pairs(connection, of_incidents.where(is_now), i.c.incident_id, had)
        gone = had.keys() - {incident for incident, _ in now}
        before = _pairs(connection, of_incidents, i.c.incident_id, gone)
        before |= _pairs(connection, sa.select(n.c.incident_id, n.c.report_id), n.c.incident_id, gone)
        for incident, report in now | before:
            had[incident].add(report)
        reports = {report for some in had.values() for report in some}
        lies_in = dict(
            _pairs(connection, sa.select(i.c.report_id, i.c.incident_id).where(is_now), i.c.report_id, reports)
        )
        is_restricted = (r.c.is_restricted, r.c.day <= day)
        by_itself = _pairs(connection, sa.select(r.c.report_id, r.c.feed).where(*is_restricted), r.c.report_id, reports)
        with_one = of_incidents.join(r, r.c.report_id == i.c.report_id).where(is_now, *is_restricted)
        restricted = {one for one, _ in _pairs(connection, with_one, i.c.incident_id, lies_in.values())}
    hidden = {report for report, _ in by_itself} | {one for one, where in lies_in.items() if where in restricted}
    return frozenset(incident for incident, some in had.items() if some & hidden)


def _pairs(
    connection: sa.Connection, query: sa.Select[Any], column: sa.Column[Any], values: Iterable[str]
) -> set[tuple[str, str]]:
    """The rows of a query of two columns whose `column` is among the values, in chunks."""
    found: set[tuple[str, str]] = set()
    wanted = sorted(set(values))
    for start in range(0, len(wanted), _CHUNK):
        rows = connection.execute(query.where(column.in_(wanted[start : start + _CHUNK])))
        found.update((row[0], row[1]) for row in rows)
    return found


def rekey_subjects(warehouse: Warehouse, new: dict[str, str]) -> int:
    """Replaces old pseudonyms in the subject keys of proposals. Returns how many were changed."""
    t = tables.proposal
    changed = 0
    with warehouse.writing() as connection:
        for row in connection.execute(sa.select(t.c.proposal_id, t.c.subject_key)).all():
            if row.subject_key in new:
                connection.execute(
                    sa.update(t).where(t.c.proposal_id == row.proposal_id).values(subject_key=new[row.subject_key])
                )
                changed += 1
    return changed


def _standings(connection: sa.Connection, subject_ids: Sequence[str]) -> dict[str, Standing]:
    s, p = tables.step, tables.proposal
    steps: dict[str, list[Step]] = defaultdict(list)
    began_as: dict[str, Status] = {}
    for start in range(0, len(subject_ids), _CHUNK):
        chunk = subject_ids[start : start + _CHUNK]
        query = sa.select(s).where(is_among(s.c.subject_id, chunk)).order_by(s.c.subject_id, s.c.number)
        for row in connection.execute(query).mappings():
            kept = {name: row[name] for name in Step._fields}
            step = Step(**{**kept, "verb": Verb(row["verb"])})
            if step.verb in (Verb.GROW, Verb.REACH):
                step = step._replace(details=evidence_from_stored(step.details, step.day))
            steps[row["subject_id"]].append(step)
        raised = sa.select(p.c.proposal_id, p.c.evidence).where(is_among(p.c.proposal_id, chunk))
        for found in connection.execute(raised):
            began_as[found.proposal_id] = Status.WARNING if found.evidence.get("is_warning") else Status.PROPOSED
    return {
        one: Standing(tuple(steps[one]), is_tasking=one.startswith("T-"), began_as=began_as.get(one, Status.PROPOSED))
        for one in subject_ids
    }


def _kind(subject_id: str) -> str:
    return "tasking" if subject_id.startswith("T-") else "proposal"
