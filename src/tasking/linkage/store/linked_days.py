"""The days that were linked, what each is linked from, and its outcome."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd
import sqlalchemy as sa

from tasking.linkage.store.incidents import incidents_among, report_frame
from tasking.model.correction import CORRECTED
from tasking.model.incident import Evidence, Linkage, Membership
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, before, is_current, is_first, is_member, on
from tasking.warehouse.engine import Warehouse, transaction_lock

_CHUNK = 900  # values in one IN list; SQLite's old limit is 999


class LinkedDay(NamedTuple):
    """`reports` were new to linking on the day."""

    day: date
    version: str
    reports: int


def reports_to_link(
    warehouse: Warehouse, day: date, since: date, continuing_since: date, continuing: Sequence[str]
) -> pd.DataFrame:
    """Reports as of `day` delivered from `since` on, and those of a continuing kind from `continuing_since` on that
    name a vehicle or a reference: only by these is a report linked to an older one.

    With their features, and the incident that each was in before `day` (null where it was in none).
    """
    # all of report: a correction leaves the day of a report as it was, which is that of its first revision
    r, s, i, first = tables.report, tables.report_signal, tables.incident_report, tables.report.alias("first")
    told_on = sa.case((r.c.content_hash.startswith(CORRECTED), first.c.day), else_=r.c.day)
    is_continuing = (told_on >= continuing_since) & r.c.category.in_(list(continuing)) & s.c.is_marked
    query = (
        sa.select(
            r.c.report_id, told_on.label("day"), r.c.feed, r.c.category, r.c.received_at, r.c.caller_key,
            r.c.is_restricted, r.c.sensitivity, s.c.signals, s.c.is_sensitive, i.c.incident_id,
        )
        .join(first, (first.c.report_id == r.c.report_id) & (first.c.revision == 1))
        .join(s, (s.c.report_id == r.c.report_id) & (s.c.revision == r.c.revision))
        .outerjoin(i, (i.c.report_id == r.c.report_id) & is_member(i, before(day)))
        .where(is_current(r, on(day)))
        .where(r.c.day >= min(since, continuing_since), (told_on >= since) | is_continuing)
        .order_by(r.c.received_at, r.c.report_id)
    )  # fmt: skip
    return report_frame(warehouse, query)


def linked_days(warehouse: Warehouse) -> list[LinkedDay]:
    """The days that were linked, oldest first."""
    d = tables.linked_day
    with warehouse.reading() as connection:
        rows = connection.execute(sa.select(d).order_by(d.c.day)).all()
    return [LinkedDay(row.day, row.version, row.reports) for row in rows]


def unlinked_days(warehouse: Warehouse, until: date) -> list[date]:
    """The days up to `until` with a report that is in no incident as of its day, oldest first."""
    # all of incident_report: each report is looked for as of its own day
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(r.c.day)
        .outerjoin(i, (i.c.report_id == r.c.report_id) & (i.c.linked_on <= r.c.day))
        .where(r.c.day <= until, is_first(r, NOW), i.c.report_id.is_(None))
        .distinct()
        .order_by(r.c.day)
    )
    with warehouse.reading() as connection:
        return list(connection.execute(query).scalars())


def store_linkage(
    warehouse: Warehouse, day: date, linkage: Linkage, new_reports: int, kept: Collection[str] = ()
) -> bool:
    """Stores the outcome of linking a day. Returns whether it differs from what was stored of the day.

    Where it does, later days were linked from what is no longer so: their rows are removed, and the caller links them
    again. What is stored of the incidents in `kept` stays.
    """
    i, d = tables.incident_report, tables.linked_day
    ids = [one.report_id for one in linkage.memberships]
    with warehouse.writing() as connection:
        transaction_lock(connection, "linkage")
        previous = incidents_among(connection, ids, is_member(i, before(day)))
        stored = incidents_among(connection, ids, is_member(i, on(day)))
        version = connection.execute(sa.select(d.c.version).where(d.c.day == day)).scalar()
        now = {one.report_id: one.incident_id for one in linkage.memberships}
        if stored == now and version == linkage.version:
            _store_review_pairs(connection, day, linkage)
            return False
        _remove_from(connection, day, kept)
        moved = [one for one in linkage.memberships if previous.get(one.report_id) != one.incident_id]
        left = [one.report_id for one in moved if one.report_id in previous]
        for start in range(0, len(left), _CHUNK):
            connection.execute(
                sa.update(i)
                .where(i.c.report_id.in_(left[start : start + _CHUNK]), is_member(i, NOW))
                .values(left_on=day)
            )
        if moved:
            connection.execute(sa.insert(i), [_row(one, day, linkage.version) for one in moved])
        connection.execute(sa.insert(d).values(day=day, version=linkage.version, reports=new_reports))
        _store_review_pairs(connection, day, linkage)
    return True


def _row(one: Membership, day: date, version: str) -> dict[str, Any]:
    return {
        "report_id": one.report_id,
        "linked_on": day,
        "left_on": None,
        "incident_id": one.incident_id,
        "linked_to": one.link.report_b if one.link else None,
        "score": one.link.score if one.link else None,
        "evidence": _as_lists(one.link.evidence) if one.link else [],
        "version": version,
    }


def _store_review_pairs(connection: sa.Connection, day: date, linkage: Linkage) -> None:
    q = tables.link_question
    connection.execute(sa.delete(q).where(q.c.asked_on == day))
    if linkage.review_pairs:
        connection.execute(
            sa.insert(q),
            [
                {
                    "asked_on": day,
                    "report_a": one.report_a,
                    "report_b": one.report_b,
                    "place_in_line": number,
                    "score": one.score,
                    "is_restricted": one.is_restricted,
                    "evidence": _as_lists(one.evidence),
                    "kind": one.kind,
                }
                for number, one in enumerate(linkage.review_pairs, start=1)
            ],
        )


def _remove_from(connection: sa.Connection, day: date, kept: Collection[str]) -> None:
    """Removes the outcome of the day and of later ones, but for what is kept. What was named after their incidents
    keeps the reports that these had, in `incident_name`."""
    # all of incident_report: everything since the day is removed
    i, d, q, n = tables.incident_report, tables.linked_day, tables.link_question, tables.incident_name
    named = (i.c.incident_id == n.c.incident_id) & (i.c.report_id == n.c.report_id) & (i.c.linked_on >= day)
    names = sa.select(i.c.incident_id, i.c.report_id).where(i.c.linked_on >= day, ~sa.exists().where(named)).distinct()
    connection.execute(sa.insert(n).from_select(["incident_id", "report_id"], names))
    last = sa.select(i.c.linked_on).where(named, is_member(i, NOW))
    connection.execute(sa.update(n).where(last.exists()).values(doubted_on=last.scalar_subquery()))
    rows = connection.execute(sa.select(i.c.report_id, i.c.incident_id, i.c.linked_on).where(i.c.linked_on >= day))
    _delete(connection, [row for row in rows.all() if row.incident_id not in kept])
    stays = i.alias("stays")
    is_kept = sa.exists().where(stays.c.report_id == i.c.report_id, stays.c.linked_on >= day)
    connection.execute(sa.update(i).where(i.c.left_on >= day, ~is_kept).values(left_on=None))
    connection.execute(sa.delete(d).where(d.c.day >= day))
    connection.execute(sa.delete(q).where(q.c.asked_on >= day))


def _delete(connection: sa.Connection, memberships: Sequence[Any]) -> None:
    """Removes some rows: report_id, linked_on."""
    i = tables.incident_report
    this = (i.c.report_id == sa.bindparam("report")) & (i.c.linked_on == sa.bindparam("day", type_=i.c.linked_on.type))
    if memberships:
        connection.execute(
            sa.delete(i).where(this), [{"report": one.report_id, "day": one.linked_on} for one in memberships]
        )


def clear_doubts(warehouse: Warehouse, day: date) -> None:
    """Records that the days up to `day` are linked again, so that incidents are what their memberships say."""
    n = tables.incident_name
    with warehouse.writing() as connection:
        connection.execute(sa.update(n).where(n.c.doubted_on <= day).values(doubted_on=None))


def first_linked(warehouse: Warehouse, report_ids: Sequence[str]) -> date | None:
    """The first day on which any of the reports was put into an incident."""
    # all of incident_report: the first of all memberships is asked for
    i = tables.incident_report
    with warehouse.reading() as connection:
        return connection.execute(
            sa.select(sa.func.min(i.c.linked_on)).where(i.c.report_id.in_(list(report_ids)))
        ).scalar()


def _as_lists(evidence: Sequence[Evidence]) -> list[list[Any]]:
    return [[one.comparison, one.words, one.weight] for one in evidence]
