"""Deletes data past its retention period, class by class. What is under a legal hold is kept."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from tasking.privacy.store import casefile
from tasking.privacy.store.legal_holds import in_force, reports_held
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

_CHUNK: Final = 900
_CLOSED: Final = "expired"  # a held row whose cells are emptied, so that nobody can correct it any more


def old_deliveries(warehouse: Warehouse, before: date) -> list[str]:
    """The hashes of kept files of days before `before` only, without those that contain a report under a legal hold."""
    # all of report: a delivery is kept while any revision came with it
    d, r = tables.delivery, tables.report
    with warehouse.engine.connect() as connection:
        newest = sa.select(d.c.sha256).group_by(d.c.sha256).having(sa.func.max(d.c.day) < before)
        old = set(connection.execute(newest).scalars())
        held = sorted(reports_held(connection, in_force(warehouse)))
        for start in range(0, len(held), _CHUNK):
            kept = sa.select(d.c.sha256).join(r, r.c.delivery_id == d.c.delivery_id)
            old -= set(connection.execute(kept.where(r.c.report_id.in_(held[start : start + _CHUNK]))).scalars())
    return sorted(old)


def purge_held(connection: sa.Connection, before: date) -> int:
    """Empties the cells of held rows of days before `before`; that they were held, and why, stays. Returns how many."""
    h = tables.held
    old = (h.c.day < before, h.c.state != _CLOSED)
    waiting = sa.case((h.c.state == "held", _CLOSED), else_=h.c.state)
    changed = connection.execute(
        sa.update(h)
        .where(*old, sa.cast(h.c.row_as_sent, sa.Text) != "{}")
        .values(row_as_sent={}, about={}, source_ref=None, can_be_released=False, state=waiting)
    )
    return changed.rowcount


def purge_people(connection: sa.Connection, before: date, kept: Collection[str]) -> int:
    """Removes the callers, the persons reported about, the texts and the signals of old reports, with the notes and
    attachments of these. Returns how many reports."""
    # all of report: every revision is purged
    p, r, s = tables.report_person, tables.report, tables.report_signal
    old = sa.select(p.c.report_id).join(r, (r.c.report_id == p.c.report_id) & (r.c.revision == p.c.revision))
    ids = _without(connection.execute(old.where(r.c.day < before)).scalars(), kept)
    for chunk in ids:
        connection.execute(sa.delete(s).where(s.c.report_id.in_(chunk)))
        casefile.remove_words(connection, chunk)
    return sum(connection.execute(sa.delete(p).where(p.c.report_id.in_(chunk))).rowcount for chunk in ids)


def empty_columns(connection: sa.Connection, columns: Sequence[str], before: date, kept: Collection[str]) -> int:
    """Empties columns of old reports, in every revision. Returns how many reports."""
    # all of report: every revision is emptied
    r = tables.report
    if not columns:
        return 0
    has_any = sa.or_(*(r.c[name].is_not(None) for name in columns))
    ids = _without(connection.execute(sa.select(r.c.report_id).where(r.c.day < before, has_any)).scalars(), kept)
    for chunk in ids:
        connection.execute(sa.update(r).where(r.c.report_id.in_(chunk)).values(dict.fromkeys(columns)))
    return sum(map(len, ids))


def purge_reports(connection: sa.Connection, before: date, kept: Collection[str]) -> int:
    """Removes reports of which every revision is old, with everything that refers to them. Returns how many."""
    # all of report: every revision is purged
    r = tables.report
    old = sa.select(r.c.report_id).group_by(r.c.report_id).having(sa.func.max(r.c.day) < before)
    ids, count = _without(connection.execute(old).scalars(), kept), 0
    referring: tuple[Any, ...] = (
        tables.report_person, tables.report_signal, tables.report_fact, tables.incident_report, tables.incident_name,
        tables.feedback, tables.follow_up_report, tables.report_correction,
    )  # fmt: skip
    for chunk in ids:
        for table in referring:
            connection.execute(sa.delete(table).where(table.c.report_id.in_(chunk)))
        q = tables.link_question
        connection.execute(sa.delete(q).where(sa.or_(q.c.report_a.in_(chunk), q.c.report_b.in_(chunk))))
        casefile.remove_words(connection, chunk)
        casefile.remove_statuses(connection, chunk)
        connection.execute(sa.delete(r).where(r.c.report_id.in_(chunk)))
        count += len(chunk)
    connection.execute(sa.delete(tables.report_by_hand).where(tables.report_by_hand.c.day < before))
    a, about = tables.follow_up, tables.follow_up_report
    left = sa.select(about.c.act_number)
    connection.execute(sa.delete(a).where(a.c.act_number.not_in(left)))
    for table, column, subject in (
        (tables.tasking, tables.tasking.c.proposed_on, tables.tasking.c.tasking_id),
        (tables.proposal, tables.proposal.c.raised_on, tables.proposal.c.proposal_id),
    ):
        gone = sa.select(subject).where(column < before)
        connection.execute(sa.delete(tables.step).where(tables.step.c.subject_id.in_(gone)))
        connection.execute(sa.delete(table).where(column < before))
    return count


def purge_by_day(connection: sa.Connection, table: str, before: date) -> int:
    """Removes the rows of a table with a column `day`, such as briefing. Returns how many."""
    found = tables.metadata.tables[table]
    return connection.execute(sa.delete(found).where(found.c.day < before)).rowcount


def purge_saved_filters(connection: sa.Connection, before: datetime) -> int:
    """Removes the filters that people saved before a time. Returns how many."""
    return connection.execute(sa.delete(tables.saved_filter).where(tables.saved_filter.c.saved_at < before)).rowcount


def purge_meetings(connection: sa.Connection, before: date) -> int:
    """Removes meetings with what was recorded there, and their minutes. Returns how many meetings."""
    purge_by_day(connection, "minutes", before)
    purge_by_day(connection, "meeting_entry", before)
    return purge_by_day(connection, "meeting_session", before)


def purge_log(connection: sa.Connection, before: Any) -> int:
    """Removes the oldest entries of the log; the hash chain of the others still verifies from the first of them."""
    return connection.execute(sa.delete(tables.log).where(tables.log.c.at < before)).rowcount


def posted_before(warehouse: Warehouse, before: date) -> list[Any]:
    """Messages, replies and pictures of days before `before` that a channel may still show, replies first."""
    o = tables.outbox
    with warehouse.engine.connect() as connection:
        query = (
            sa.select(o.c.day, o.c.channel, o.c.kind, o.c.part, o.c.message_ref)
            .where(o.c.day < before, o.c.state == "sent", o.c.message_ref.is_not(None))
            .order_by(o.c.day, o.c.channel, o.c.kind, o.c.part.desc())
        )
        return list(connection.execute(query).all())


def _without(ids: Any, kept: Collection[str]) -> list[list[str]]:
    wanted = sorted(set(ids) - set(kept))
    return [wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK)]
