"""Taskings and feedback in the warehouse."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.proposal import Step, Verb
from tasking.warehouse import tables
from tasking.warehouse.as_of import is_current, on
from tasking.warehouse.audit_log import Entry, append_entries, append_log
from tasking.warehouse.engine import Warehouse, transaction_lock

_FOLLOWED: Final = ("what", "place", "owner", "due_on", "why", "incident_id", "withdrawn_on")


def store_taskings(warehouse: Warehouse, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores taskings; one whose id is stored already is left unchanged, so that a day can be run again."""
    t = tables.tasking
    with warehouse.writing() as connection:
        transaction_lock(connection, "taskings")
        ids = [row["tasking_id"] for row in rows]
        stored = set(connection.execute(sa.select(t.c.tasking_id).where(t.c.tasking_id.in_(ids))).scalars())
        fresh = [dict(row) for row in rows if row["tasking_id"] not in stored]
        if fresh:
            connection.execute(sa.insert(t), fresh)


def follow_briefing(
    warehouse: Warehouse, rows: Sequence[Mapping[str, Any]], gone: Collection[str], by: str, now: datetime, today: date
) -> None:
    """Brings the stored taskings of a day's briefing in line with its newest version, in one transaction.

    `rows`: what the newest version proposes. `gone`: ids that only older versions proposed. A tasking that anybody has
    taken a step with is left unchanged. Changes are logged under `by`.
    """
    t, s = tables.tasking, tables.step
    wanted = {row["tasking_id"]: dict(row) | {"withdrawn_on": None} for row in rows}
    ids = sorted({*wanted, *gone})
    with warehouse.writing() as connection:
        transaction_lock(connection, "taskings")
        for one in ids:
            transaction_lock(connection, one)  # the lock that take_step uses
        stored = {
            row["tasking_id"]: row for row in connection.execute(sa.select(t).where(t.c.tasking_id.in_(ids))).mappings()
        }
        touched = set(connection.execute(sa.select(s.c.subject_id).where(s.c.subject_id.in_(ids))).scalars())
        if fresh := [row for one, row in wanted.items() if one not in stored]:
            connection.execute(sa.insert(t), fresh)
        entries = []
        for one in sorted(stored.keys() - touched):
            before = stored[one]
            new = wanted.get(one, {"withdrawn_on": before["withdrawn_on"] or today})
            changed = {name: new[name] for name in _FOLLOWED if name in new and new[name] != before[name]}
            if changed:
                connection.execute(sa.update(t).where(t.c.tasking_id == one).values(changed))
                entries.append(Entry(by, _log_action(changed), one, ", ".join(sorted(changed))))
        append_entries(connection, now, entries)


def _log_action(changed: Mapping[str, Any]) -> str:
    if "withdrawn_on" not in changed:
        return "tasking: changed with its briefing"
    return "tasking: withdrawn" if changed["withdrawn_on"] else "tasking: proposed again"


def withdraw(warehouse: Warehouse, tasking_id: str, day: date) -> None:
    """Marks a tasking as withdrawn: the decision that made it has been taken back."""
    t = tables.tasking
    with warehouse.writing() as connection:
        connection.execute(sa.update(t).where(t.c.tasking_id == tasking_id).values(withdrawn_on=day))


def taskings(warehouse: Warehouse, before: date) -> list[dict[str, Any]]:
    """The taskings proposed before a day, the oldest first; `is_restricted` if from a restricted proposal."""
    t, p = tables.tasking, tables.proposal
    is_restricted = sa.func.coalesce(p.c.is_restricted, sa.false()).label("is_restricted")
    query = (
        sa.select(t, is_restricted)
        .outerjoin(p, p.c.proposal_id == t.c.proposal_id)
        .where(t.c.proposed_on < before)
        .order_by(t.c.proposed_on, t.c.tasking_id)
    )
    with warehouse.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def is_tasking(warehouse: Warehouse, tasking_id: str) -> bool:
    """True where there is a tasking of this id."""
    t = tables.tasking
    with warehouse.reading() as connection:
        query = sa.select(t.c.tasking_id).where(t.c.tasking_id == tasking_id)
        return connection.execute(query).first() is not None


def steps_between(warehouse: Warehouse, since: date, until: date, verb: Verb) -> list[Step]:
    """The steps of a verb from `since` to the day before `until`, the earliest first; none that was taken back before
    `until`."""
    s = tables.step
    back = s.alias("back")
    is_undone = sa.exists().where(
        back.c.subject_id == s.c.subject_id, back.c.undoes == s.c.number, back.c.day < until
    )  # fmt: skip
    query = sa.select(s).where(s.c.day >= since, s.c.day < until, s.c.verb == verb, ~is_undone).order_by(s.c.at)
    with warehouse.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [Step(**{name: row[name] for name in Step._fields} | {"verb": Verb(row["verb"])}) for row in rows]


def feedback_owed(warehouse: Warehouse, since: date, until: date, given_before: date) -> list[dict[str, Any]]:
    """Reports (report_id, day) of some days whose callers want feedback and had none before a day; the oldest first."""
    r, f = tables.report, tables.feedback
    query = (
        sa.select(r.c.report_id, r.c.day)
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.given_on < given_before))
        .where(r.c.day >= since, is_current(r, on(until)), f.c.report_id.is_(None))
        .where(r.c.wants_feedback, ~r.c.is_anonymous, ~r.c.is_restricted, ~r.c.is_out_of_area)
        .order_by(r.c.day, r.c.report_id)
    )
    with warehouse.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def unknown_reports(warehouse: Warehouse, report_ids: Sequence[str]) -> list[str]:
    """Those of the ids that no report has."""
    # all of report: a report is known whichever revisions there are
    r = tables.report
    with warehouse.reading() as connection:
        query = sa.select(r.c.report_id).where(r.c.report_id.in_(list(report_ids)))
        existing = set(connection.execute(query).scalars())
    return [one for one in report_ids if one not in existing]


def newest_feedback(warehouse: Warehouse, report_ids: Sequence[str]) -> tuple[str, datetime] | None:
    """(actor, time) of the newest feedback given for any of these reports; None where none was."""
    f = tables.feedback
    query = sa.select(f.c.actor, f.c.given_at).where(f.c.report_id.in_(list(report_ids)))
    with warehouse.reading() as connection:
        row = connection.execute(query.order_by(f.c.given_at.desc()).limit(1)).first()
    return (row.actor, row.given_at) if row else None


def store_feedback(warehouse: Warehouse, report_ids: Sequence[str], day: date, actor: str, now: datetime) -> int:
    """Records for each report that its caller had feedback. Returns how many were new."""
    f = tables.feedback
    with warehouse.writing() as connection:
        transaction_lock(connection, "feedback")
        query = sa.select(f.c.report_id).where(f.c.report_id.in_(list(report_ids)))
        given = set(connection.execute(query).scalars())
        fresh = [one for one in dict.fromkeys(report_ids) if one not in given]
        for report_id in fresh:
            connection.execute(sa.insert(f).values(report_id=report_id, given_on=day, given_at=now, actor=actor))
            append_log(connection, now, actor, "feedback given", report_id, "")
    return len(fresh)
