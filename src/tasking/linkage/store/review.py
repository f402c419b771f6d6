"""Clerical review: the pairs of reports that people are asked about, and what they decided.

A decision is never changed or removed; of two that contradict each other the later counts. One that is taken back is
followed by another that names it, and neither of the two counts.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.linkage.store.incidents import evidence_of
from tasking.model.incident import Decision
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse, transaction_lock
from tasking.warehouse.visibility import Visibility
from tasking.warehouse.withheld import withheld_subjects

_CHUNK: Final = 400  # values in one IN list; used twice in a query, and SQLite's old limit is 999


def earlier_review_pairs(warehouse: Warehouse, day: date, since: date) -> list[tuple[str, str]]:
    """The pairs of reports put to clerical review on the days from `since` to before `day`."""
    q = tables.link_question
    query = sa.select(q.c.report_a, q.c.report_b).where(q.c.asked_on < day, q.c.asked_on >= since)
    with warehouse.reading() as connection:
        return [(row.report_a, row.report_b) for row in connection.execute(query)]


def earlier_restricted_reviews(warehouse: Warehouse, day: date, since: date) -> int:
    """How many of them were restricted."""
    q = tables.link_question
    query = sa.select(sa.func.count()).where(q.c.asked_on < day, q.c.asked_on >= since, q.c.is_restricted)
    with warehouse.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def decisions(warehouse: Warehouse) -> list[Decision]:
    """What people decided and nobody took back, oldest first."""
    d = tables.link_decision
    with warehouse.reading() as connection:
        rows = connection.execute(sa.select(d).where(counts(d)).order_by(d.c.decision_number)).all()
    return [_decision(row) for row in rows]


def _decision(row: Any) -> Decision:
    return Decision(row.report_a, row.report_b, row.is_same, row.alone_until)


def counts(decision: sa.FromClause) -> sa.ColumnElement[bool]:
    """The condition for decisions that nobody took back, without those that take others back."""
    back = tables.link_decision.alias("back")
    is_undone = sa.exists().where(back.c.undoes == decision.c.decision_number)
    return decision.c.undoes.is_(None) & ~is_undone


def is_on_two(decision: sa.FromClause) -> sa.ColumnElement[bool]:
    """The condition for decisions on two reports. One on a report alone says nothing of the reports that it was parted
    from, which may be restricted: what it is part of is shown by the decisions of the same act on two."""
    on_two: sa.ColumnElement[bool] = decision.c.alone_until.is_(None)
    return on_two


def undone_lately(warehouse: Warehouse) -> list[Decision]:
    """The decisions that were taken back and for which nothing has been linked again yet."""
    d, r = tables.link_decision, tables.relinking
    first = sa.select(sa.func.min(r.c.decision_number)).scalar_subquery()
    with warehouse.reading() as connection:
        rows = connection.execute(sa.select(d).where(d.c.undoes.is_not(None), d.c.decision_number >= first)).all()
    return [_decision(row) for row in rows]


class Act(NamedTuple):
    """Decisions that a person took at once, by the numbers of their rows."""

    numbers: tuple[int, ...]
    decisions: tuple[Decision, ...]
    actor: str
    at: datetime


def newest_act(warehouse: Warehouse, report_ids: Sequence[str], visibility: Visibility) -> Act | None:
    """The newest act of which a decision on any of these reports still counts; None where there is none.

    Decisions that `visibility` does not allow to be read are left out.
    """
    d = tables.link_decision
    is_shown = (visibility.report(d.c.report_a), visibility.report(d.c.report_b), counts(d), is_on_two(d))
    newest: Any = None
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            chunk = list(report_ids[start : start + _CHUNK])
            query = sa.select(d).where(d.c.report_a.in_(chunk) | d.c.report_b.in_(chunk), *is_shown)
            row = connection.execute(query.order_by(d.c.decision_number.desc()).limit(1)).first()
            newest = max((one for one in (newest, row) if one), key=lambda one: one.decision_number, default=None)
        if newest is None:
            return None
        is_same_act = d.c.act == newest.act
        if newest.act is None:  # stored before migration 0016
            is_same_act = d.c.act.is_(None) & (d.c.decided_at == newest.decided_at) & (d.c.actor == newest.actor)
        rows = connection.execute(sa.select(d).where(is_same_act, counts(d)).order_by(d.c.decision_number)).all()
    decided = tuple(_decision(row) for row in rows)
    return Act(tuple(row.decision_number for row in rows), decided, newest.actor, newest.decided_at)


def newest_by(
    warehouse: Warehouse, actor: str, since: datetime, visibility: Visibility
) -> tuple[str, datetime, bool] | None:
    """(report, time, whether it is one incident with the other) of the newest decision that somebody took since a time,
    that still counts and that `visibility` allows to be read; None where there is none."""
    d = tables.link_decision
    query = (
        sa.select(d.c.report_a, d.c.decided_at, d.c.is_same)
        .where(d.c.actor == actor, d.c.decided_at >= since, counts(d), is_on_two(d))
        .where(visibility.report(d.c.report_a), visibility.report(d.c.report_b))
        .order_by(d.c.decision_number.desc())
        .limit(1)
    )
    with warehouse.reading() as connection:
        row = connection.execute(query).first()
    return (row.report_a, row.decided_at, row.is_same) if row else None


UNDONE: Final = "decision on incidents undone"
ACTIONS: Final = ("incident split", "incidents merged", "incident confirmed", "incidents kept apart", UNDONE)


class Decided(NamedTuple):
    """What somebody decided on incidents, by its entry in the log."""

    actor: str
    action: str
    at: datetime


def store_decisions(
    warehouse: Warehouse,
    decided: Sequence[Decision],
    action: str,
    subject: str,
    actor: str,
    note: str,
    now: datetime,
    first_day: date | None,
    undoes: Sequence[int] = (),
) -> None:
    """Stores a person's decision on some pairs of reports, with one entry in the log (`action` is one of ACTIONS).

    `undoes`: the numbers of the decisions that these take back, one for each.
    `first_day`: the first day that has to be linked again for it; stored beside it, until `mark_relinked`.
    """
    t = tables.link_decision
    with warehouse.writing() as connection:
        transaction_lock(connection, "linkage")
        last = connection.execute(sa.select(sa.func.max(t.c.decision_number))).scalar() or 0
        rows = [
            {
                "decision_number": last + number,
                "report_a": one.report_a,
                "report_b": one.report_b,
                "is_same": one.is_same,
                "alone_until": one.alone_until,
                "decided_at": now,
                "actor": actor,
                "note": note,
                "act": last + 1,
                "undoes": undoes[number - 1] if undoes else None,
            }
            for number, one in enumerate(decided, start=1)
        ]
        connection.execute(sa.insert(t), rows)
        if first_day is not None:
            connection.execute(sa.insert(tables.relinking).values(decision_number=last + 1, day=first_day))
        append_log(connection, now, actor, action, subject, note)


def pending_relinking(warehouse: Warehouse) -> tuple[int, date] | None:
    """The number of the newest decision that has not been linked for to the end, and the first day to link again for
    all of them; None where there is none."""
    r = tables.relinking
    with warehouse.reading() as connection:
        row = connection.execute(sa.select(sa.func.max(r.c.decision_number), sa.func.min(r.c.day))).one()
    return None if row[0] is None else (int(row[0]), row[1])


def mark_relinked(warehouse: Warehouse, number: int) -> None:
    """Records that everything is linked again for the decisions up to `number`."""
    r = tables.relinking
    with warehouse.writing() as connection:
        connection.execute(sa.delete(r).where(r.c.decision_number <= number))


def newest_shown(warehouse: Warehouse) -> int:
    """The number of the newest decision whose outcome incidents show; 0 where there is none."""
    d, r = tables.link_decision, tables.relinking
    with warehouse.reading() as connection:
        newest = connection.execute(sa.select(sa.func.max(d.c.decision_number))).scalar() or 0
        waiting = connection.execute(sa.select(sa.func.min(r.c.decision_number))).scalar()
    return int(newest) if waiting is None else int(waiting) - 1


def decided_since(
    warehouse: Warehouse, number: int, report_ids: Sequence[str], visibility: Visibility
) -> tuple[str, datetime] | None:
    """Who decided on any of these reports after decision `number`, and when; None where nobody did.

    A decision is left out where `visibility` does not allow both of its reports.
    """
    d = tables.link_decision
    ids = list(report_ids)
    with warehouse.reading() as connection:
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            query = (
                sa.select(d.c.actor, d.c.decided_at)
                .where(d.c.decision_number > number, d.c.report_a.in_(chunk) | d.c.report_b.in_(chunk))
                .where(visibility.report(d.c.report_a), visibility.report(d.c.report_b), is_on_two(d))
                .order_by(d.c.decision_number.desc())
                .limit(1)
            )
            if row := connection.execute(query).first():
                return row.actor, row.decided_at
    return None


def newest_on(warehouse: Warehouse, incident_id: str, visibility: Visibility) -> Decided | None:
    """The newest decision that `visibility` allows to be read and that named an incident, which may be gone since."""
    t = tables.log
    query = (
        sa.select(t.c.actor, t.c.action, t.c.at, t.c.subject)
        .where(t.c.action.in_(ACTIONS), t.c.subject.contains(incident_id, autoescape=True))
        .order_by(t.c.entry_number.desc())
    )
    with warehouse.reading() as connection:
        rows = connection.execute(query).all()
    withheld = withheld_subjects(warehouse, {row.subject for row in rows}, visibility)
    return next((Decided(row.actor, row.action, row.at) for row in rows if row.subject not in withheld), None)


def open_review_pairs(warehouse: Warehouse, first: date, last: date) -> list[dict[str, Any]]:
    """One row a pair that nobody has decided on, best first on each day, with what may be shown of the two reports.

    A `merge` is open while the two are in different incidents, a `part` while they are in one.
    """
    # all of report_fact: of the revisions in force
    q, r, i, d = tables.link_question, tables.report, tables.incident_report, tables.link_decision
    a, b, in_a, in_b = r.alias("a"), r.alias("b"), i.alias("in_a"), i.alias("in_b")
    fact_a, fact_b = tables.report_fact.alias("fact_a"), tables.report_fact.alias("fact_b")
    shown = ("feed", "source_ref", "category", "place_name", "received_at")
    is_one = in_a.c.incident_id == in_b.c.incident_id
    query = (
        sa.select(
            q.c.asked_on, q.c.report_a, q.c.report_b, q.c.score, q.c.is_restricted, q.c.evidence, q.c.kind,
            in_a.c.incident_id.label("incident_a"), in_b.c.incident_id.label("incident_b"),
            *(side.c[name].label(f"{name}_{letter}") for side, letter in ((a, "a"), (b, "b")) for name in shown),
            fact_a.c.harm.label("signs_a"), fact_b.c.harm.label("signs_b"),
        )
        .join(a, (a.c.report_id == q.c.report_a) & is_current(a, NOW))
        .join(b, (b.c.report_id == q.c.report_b) & is_current(b, NOW))
        .outerjoin(fact_a, (fact_a.c.report_id == a.c.report_id) & (fact_a.c.revision == a.c.revision))
        .outerjoin(fact_b, (fact_b.c.report_id == b.c.report_id) & (fact_b.c.revision == b.c.revision))
        .join(in_a, (in_a.c.report_id == q.c.report_a) & is_member(in_a, NOW))
        .join(in_b, (in_b.c.report_id == q.c.report_b) & is_member(in_b, NOW))
        .where(q.c.asked_on >= first, q.c.asked_on <= last)
        .where(sa.or_((q.c.kind == "merge") & ~is_one, (q.c.kind == "part") & is_one))
        .order_by(q.c.asked_on, q.c.place_in_line)
    )  # fmt: skip
    with warehouse.reading() as connection:
        rows = connection.execute(query).mappings().all()
        decided = connection.execute(sa.select(d.c.report_a, d.c.report_b).where(counts(d)))
        answered = {frozenset((row.report_a, row.report_b)) for row in decided}
    return [
        {**row, "evidence": evidence_of(row["evidence"])}
        for row in rows
        if frozenset((row["report_a"], row["report_b"])) not in answered
    ]
