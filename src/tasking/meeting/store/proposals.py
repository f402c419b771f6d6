"""What the rules raised, and what was done with it. The first word counts, and every word is in the log."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tasking.model.delivery import Outcome
from tasking.model.proposal import BY_THE_RULES, Standing, Status, Step, Verb
from tasking.model.trigger import Proposal, evidence_read
from tasking.warehouse import tables
from tasking.warehouse.as_of import is_current, is_member, on
from tasking.warehouse.audit_log import Entry, append_entries, append_log
from tasking.warehouse.engine import Warehouse, transaction_lock

_CHUNK = 900  # values in one IN list; SQLite's old limit is 999


def take_step(warehouse: Warehouse, step: Step, by: str, seen: int | None = None) -> Step | None:
    """Stores a step and writes it into the log with `by`, who is behind it.

    `seen`: how many steps whoever decides knew of; what a person did since then stands, and this step is not taken.

    Returns the step that stood already where it is not open any more; None where it never was.
    """
    s = tables.step
    with warehouse.writing() as connection:
        transaction_lock(connection, step.subject_id)
        standing = _standings(connection, [step.subject_id])[step.subject_id]
        if step.verb not in standing.open_verbs:
            return standing.steps[-1] if standing.steps else None
        since = [one for one in standing.steps[seen:] if one.verb not in BY_THE_RULES] if seen is not None else []
        if since:
            return since[-1]
        connection.execute(sa.insert(s).values(number=len(standing.steps) + 1, **step._asdict()))
        append_log(connection, step.at, by, f"{_kind(step.subject_id)}: {step.verb}", step.subject_id, step.reason)
    return step


def hold(warehouse: Warehouse, subject_ids: Iterable[str]) -> None:
    """Keeps others from taking a step with these until the transaction around it ends, whatever order they name them
    in."""
    with warehouse.writing() as connection:
        for subject_id in sorted(set(subject_ids)):
            transaction_lock(connection, subject_id)


def standings(warehouse: Warehouse, subject_ids: Iterable[str]) -> dict[str, Standing]:
    """Where proposals and taskings stand, by id; one that nobody touched has no steps."""
    with warehouse.reading() as connection:
        return _standings(connection, list(subject_ids))


def store_proposals(warehouse: Warehouse, raised: Sequence[tuple[Proposal, str]], by: str, now: datetime) -> set[str]:
    """Stores what the rules raised, each once with why it was, for the log. Returns the ids of those that were new."""
    t = tables.proposal
    ids = [proposal.proposal_id for proposal, _ in raised]
    with warehouse.writing() as connection:
        if raised:
            transaction_lock(connection, "proposals")
        known: set[str] = set()
        for start in range(0, len(ids), _CHUNK):
            query = sa.select(t.c.proposal_id).where(t.c.proposal_id.in_(ids[start : start + _CHUNK]))
            known.update(connection.execute(query).scalars())
        fresh = [(proposal, why) for proposal, why in raised if proposal.proposal_id not in known]
        if fresh:
            connection.execute(sa.insert(t), [vars(proposal) for proposal, _ in fresh])
            entries = [Entry(by, "proposal: raised", proposal.proposal_id, why) for proposal, why in fresh]
            append_entries(connection, now, entries)
    return {proposal.proposal_id for proposal, _ in fresh}


def proposals(warehouse: Warehouse, until: date = date.max, only: str | None = None) -> list[Proposal]:
    """What the rules raised up to a day, the oldest first; or the one of an id."""
    t = tables.proposal
    query = sa.select(t).where(t.c.raised_on <= until).order_by(t.c.raised_on, t.c.proposal_id)
    if only is not None:
        query = query.where(t.c.proposal_id == only)
    with warehouse.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [Proposal(**{**row, "evidence": evidence_read(row["evidence"], row["raised_on"])}) for row in rows]


def told_reports(warehouse: Warehouse, report_ids: Sequence[str], day: date) -> list[dict[str, Any]]:
    """Reports as they were on a day, the first told first: what evidence quotes of them."""
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
    """Those of the incidents of some evidence that are restricted as of a day, whatever they were when they were
    counted: by a report that they have, that they had where they are no more, or that the evidence quotes."""
    # all of report: a report that was restricted in any revision up to the day counts as restricted
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
    """The rows, of two columns, of a query whose `column` is among the values."""
    found: set[tuple[str, str]] = set()
    wanted = sorted(set(values))
    for start in range(0, len(wanted), _CHUNK):
        rows = connection.execute(query.where(column.in_(wanted[start : start + _CHUNK])))
        found.update((row[0], row[1]) for row in rows)
    return found


def feed_days(warehouse: Warehouse, since: date, until: date) -> list[tuple[str, date, bool]]:
    """(feed, day, did all of it land) for every feed and day that was asked for."""
    t = tables.feed_day
    query = sa.select(t.c.feed, t.c.day, t.c.outcome).where(t.c.day >= since, t.c.day <= until)
    with warehouse.reading() as connection:
        return [(row.feed, row.day, row.outcome == Outcome.LANDED) for row in connection.execute(query)]


def rekey_subjects(warehouse: Warehouse, new: dict[str, str]) -> int:
    """Gives proposals that know their subject by an old pseudonym the new one. Returns how many."""
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
        query = sa.select(s).where(s.c.subject_id.in_(chunk)).order_by(s.c.subject_id, s.c.number)
        for row in connection.execute(query).mappings():
            kept = {name: row[name] for name in Step._fields}
            step = Step(**{**kept, "verb": Verb(row["verb"])})
            if step.verb in (Verb.GROW, Verb.REACH):
                step = step._replace(details=evidence_read(step.details, step.day))
            steps[row["subject_id"]].append(step)
        raised = sa.select(p.c.proposal_id, p.c.evidence).where(p.c.proposal_id.in_(chunk))
        for found in connection.execute(raised):
            began_as[found.proposal_id] = Status.WARNING if found.evidence.get("is_warning") else Status.PROPOSED
    return {
        one: Standing(tuple(steps[one]), is_tasking=one.startswith("T-"), began_as=began_as.get(one, Status.PROPOSED))
        for one in subject_ids
    }


def _kind(subject_id: str) -> str:
    return "tasking" if subject_id.startswith("T-") else "proposal"
