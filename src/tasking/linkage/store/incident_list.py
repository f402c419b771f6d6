"""Incidents in a list, on the map, and one with its reports side by side."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tasking.linkage.incident_filter import IncidentFilter, IncidentRow
from tasking.linkage.store.incidents import evidence_of
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.pagination import Cursor
from tasking.warehouse.visibility import Visibility


def incidents(
    warehouse: Warehouse, wanted: IncidentFilter, visibility: Visibility, after: Cursor | None, most: int
) -> list[IncidentRow]:
    """Incidents that somebody may see, the newest day first; at most `most`, from after a cursor on."""
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(
            i.c.incident_id, r.c.report_id, r.c.day, r.c.category, r.c.place_name, r.c.town, r.c.ward, r.c.received_at,
            r.c.occurred_from, r.c.is_occurred_time_known,
        )
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(is_current(r, NOW), _is_first(r, i), visibility.incident(i.c.incident_id))
        .order_by(r.c.day.desc(), r.c.report_id.desc())
        .limit(most)
    )  # fmt: skip
    if after is not None:
        query = query.where(r.c.day <= after.day, (r.c.day < after.day) | (r.c.report_id < after.key))
    for condition in _conditions(wanted, r, i):
        query = query.where(condition)
    with warehouse.engine.connect() as connection:
        rows = connection.execute(query).all()
        totals = _totals(connection, [row.incident_id for row in rows])
    listed = []
    for row in rows:
        reports, feeds, is_restricted = totals[row.incident_id]
        kept = {name: getattr(row, name) for name in IncidentRow.__dataclass_fields__ if name in row._fields}
        cursor = Cursor(row.day, row.report_id)
        listed.append(IncidentRow(**kept, cursor=cursor, reports=reports, feeds=feeds, is_restricted=is_restricted))
    return listed


def _conditions(wanted: IncidentFilter, r: Any, i: Any) -> list[Any]:
    conditions = []
    if wanted.since is not None:
        conditions.append(r.c.day >= wanted.since)
    if wanted.until is not None:
        conditions.append(r.c.day <= wanted.until)
    for name in ("category", "ward"):
        if value := getattr(wanted, name):
            conditions.append(r.c[name] == value)
    if wanted.first_reported_by:
        conditions.append(r.c.feed == wanted.first_reported_by)
    if wanted.place:
        conditions.append(r.c.place_name == wanted.place)
    if wanted.ids:
        conditions.append(i.c.incident_id.in_(wanted.ids))
    if wanted.feed:
        conditions.append(_another(r, i, lambda other, _: other.c.feed == wanted.feed))
    if wanted.is_shared:
        conditions.append(_another(r, i, lambda other, _: other.c.report_id != r.c.report_id))
    return conditions


def _is_first(r: Any, i: Any) -> Any:
    """True for the first report of an incident."""
    return ~_another(
        r, i,
        lambda other, _: (other.c.received_at < r.c.received_at)
        | ((other.c.received_at == r.c.received_at) & (other.c.report_id < r.c.report_id)),
    )  # fmt: skip


def _another(r: Any, i: Any, which: Any) -> Any:
    """True where another report of the same incident, as it is now, meets a condition."""
    other, member = tables.report.alias(), tables.incident_report.alias()
    return sa.exists(
        sa.select(1)
        .select_from(member)
        .join(other, (other.c.report_id == member.c.report_id) & is_current(other, NOW))
        .where(member.c.incident_id == i.c.incident_id, is_member(member, NOW), which(other, member))
    ).correlate(r, i)


def _totals(connection: sa.Connection, incident_ids: Sequence[str]) -> dict[str, tuple[int, tuple[str, ...], bool]]:
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(i.c.incident_id, r.c.feed, r.c.is_restricted)
        .join(r, (r.c.report_id == i.c.report_id) & is_current(r, NOW))
        .where(i.c.incident_id.in_(list(incident_ids)), is_member(i, NOW))
        .order_by(r.c.received_at, r.c.report_id)
    )
    rows: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        rows.setdefault(row.incident_id, []).append(row)
    return {
        incident: (len(some), tuple(dict.fromkeys(row.feed for row in some)), any(row.is_restricted for row in some))
        for incident, some in rows.items()
    }


def located(warehouse: Warehouse, wanted: IncidentFilter, visibility: Visibility) -> list[dict[str, Any]]:
    """The incidents of some days within the area, each where and when its first report has it."""
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(
            i.c.incident_id, r.c.day, r.c.category, r.c.ward, r.c.town, r.c.place_name, r.c.latitude, r.c.longitude,
            r.c.occurred_from, r.c.is_occurred_time_known,
        )
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(is_current(r, NOW), ~r.c.is_out_of_area, _is_first(r, i), visibility.incident(i.c.incident_id))
    )  # fmt: skip
    for condition in _conditions(wanted, r, i):
        query = query.where(condition)
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def incidents_named(warehouse: Warehouse, reference: str, feeds: Sequence[str], visibility: Visibility) -> list[str]:
    """The incidents that a reference means, of those that somebody may see: their own, or that of a partner's
    report."""
    i = tables.incident_report
    reports = [reference, *(f"{feed}:{reference}" for feed in feeds)]
    query = (
        sa.select(i.c.incident_id)
        .where(is_member(i, NOW), i.c.incident_id.in_([reference]) | i.c.report_id.in_(reports))
        .where(visibility.incident(i.c.incident_id))
        .distinct()
    )
    with warehouse.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def reports_side_by_side(warehouse: Warehouse, incident_id: str, visibility: Visibility) -> list[dict[str, Any]]:
    """The reports of an incident as they are now, the first told first, with the link of each and what each says; none
    where somebody may not see it. A link to a report that has left the incident is left out: it may be anywhere.

    Holds who it is about and in whose words: for those who may see that, and once they are known to."""
    r, p, i = tables.report, tables.report_person, tables.incident_report
    query = (
        sa.select(
            r.c.report_id, r.c.revision, r.c.feed, r.c.source_ref, r.c.day, r.c.category, r.c.category_text,
            r.c.received_at, r.c.occurred_from, r.c.occurred_to, r.c.is_occurred_time_known, r.c.place_name,
            r.c.place_text, r.c.town, r.c.ward, r.c.postcode, r.c.latitude, r.c.longitude, r.c.is_restricted,
            r.c.sensitivity, r.c.is_vulnerable,
            r.c.is_anonymous, r.c.wants_feedback, r.c.delivery_id, r.c.row_number,
            p.c.text, p.c.caller_name, p.c.caller_phone, p.c.caller_email, p.c.subject_name,
            i.c.linked_on, i.c.linked_to, i.c.score, i.c.evidence, i.c.version,
        )
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .join(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .where(i.c.incident_id == incident_id, is_current(r, NOW), visibility.incident(i.c.incident_id))
        .order_by(r.c.received_at, r.c.report_id)
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    here = {row["report_id"] for row in rows}
    for row in rows:
        has_link = row["linked_to"] in here
        row["linked_to"] = row["linked_to"] if has_link else None
        row["evidence"] = evidence_of(row["evidence"]) if has_link else ()
    return rows


def decisions_on(warehouse: Warehouse, report_ids: Sequence[str], visibility: Visibility) -> list[dict[str, Any]]:
    """What people decided about any of some reports, the newest first: once for each time they decided. A decision on
    one of them and a report that somebody may not see is left out. `is_undo`: it takes another back; `is_undone`: it
    was taken back."""
    d = tables.link_decision
    back = d.alias("back")
    is_undone = sa.exists().where(back.c.undoes == d.c.decision_number)
    ids = list(report_ids)
    query = (
        sa.select(
            d.c.decided_at,
            d.c.actor,
            d.c.is_same,
            d.c.note,
            d.c.undoes.is_not(None).label("is_undo"),
            is_undone.label("is_undone"),
        )
        .where(
            d.c.report_a.in_(ids) | d.c.report_b.in_(ids),
            visibility.report(d.c.report_a),
            visibility.report(d.c.report_b),
        )
        .distinct()
        .order_by(d.c.decided_at.desc())
    )
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
