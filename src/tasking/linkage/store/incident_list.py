"""Incidents in a list, on the map, and one with its reports side by side."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from tasking.config.harm import UNSAID
from tasking.linkage.incident_filter import IncidentFilter, IncidentRow
from tasking.linkage.store.incident_signs import signs_among
from tasking.linkage.store.incident_states import has_state
from tasking.linkage.store.incidents import evidence_of
from tasking.linkage.store.review import is_on_two
from tasking.model.correction import CORRECTED
from tasking.warehouse import tables
from tasking.warehouse.among import is_among
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.first_report import another_of_incident, is_first_of_incident
from tasking.warehouse.pagination import Cursor
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999


def incidents(
    warehouse: Warehouse,
    wanted: IncidentFilter,
    visibility: Visibility,
    after: Cursor | None,
    most: int,
    *,
    is_oldest_first: bool = False,
) -> list[IncidentRow]:
    """Incidents that somebody may see, the newest day first; at most `most`, from after a cursor on."""
    r = tables.report
    query = listed(wanted, visibility).limit(most)
    if is_oldest_first:
        query = query.order_by(r.c.day, r.c.report_id)
    else:
        query = query.order_by(r.c.day.desc(), r.c.report_id.desc())
    if after is not None and is_oldest_first:
        query = query.where(r.c.day >= after.day, (r.c.day > after.day) | (r.c.report_id > after.key))
    elif after is not None:
        query = query.where(r.c.day <= after.day, (r.c.day < after.day) | (r.c.report_id < after.key))
    with warehouse.reading() as connection:
        return with_totals(connection, connection.execute(query).all())


def listed(wanted: IncidentFilter, visibility: Visibility) -> sa.Select[Any]:
    """One row for each incident that fits and may be seen, as its first report has it."""
    r, i = tables.report, tables.incident_report
    return (
        sa.select(
            i.c.incident_id, r.c.report_id, r.c.day, r.c.category, r.c.place_name, r.c.town, r.c.ward,
            r.c.occurred_from, r.c.is_occurred_time_known,
        )
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(is_current(r, NOW), is_first_of_incident(r, i), visibility.incident(i.c.incident_id))
        .where(*_conditions(wanted, r, i))
    )  # fmt: skip


def with_totals(connection: sa.Connection, rows: Sequence[Any]) -> list[IncidentRow]:
    """The rows of `listed` with how many reports each incident has, by which feeds, and whether it is restricted."""
    totals: dict[str, tuple[int, tuple[str, ...], bool]] = {}
    for start in range(0, len(rows), _CHUNK):
        totals |= _totals(connection, [row.incident_id for row in rows[start : start + _CHUNK]])
    signs = signs_among(connection, [row.incident_id for row in rows if row.category in UNSAID])
    found = []
    for row in rows:
        reports, feeds, is_restricted = totals[row.incident_id]
        kept = {name: getattr(row, name) for name in IncidentRow.__dataclass_fields__ if name in row._fields}
        cursor = Cursor(row.day, row.report_id)
        found.append(
            IncidentRow(
                **kept, cursor=cursor, reports=reports, feeds=feeds, is_restricted=is_restricted,
                signs=signs.get(row.incident_id, ""),
            )
        )  # fmt: skip
    return found


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
        conditions.append(another_of_incident(i, lambda other: other.c.feed == wanted.feed, r))
    if wanted.is_shared:
        conditions.append(another_of_incident(i, lambda other: other.c.report_id != r.c.report_id, r))
    if wanted.state is not None:
        conditions.append(has_state(i.c.incident_id, wanted.state))
    if wanted.is_restricted:
        conditions.append(~PUBLIC_VISIBILITY.incident(i.c.incident_id))
    return conditions


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
    """The incidents of some days within the area, each where and when its first report has it, with its `signs` of harm
    where its category does not say what happened."""
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(
            i.c.incident_id, r.c.day, r.c.category, r.c.ward, r.c.town, r.c.place_name, r.c.latitude, r.c.longitude,
            r.c.occurred_from, r.c.is_occurred_time_known,
        )
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(is_current(r, NOW), ~r.c.is_out_of_area, is_first_of_incident(r, i))
        .where(visibility.incident(i.c.incident_id))
    )  # fmt: skip
    for condition in _conditions(wanted, r, i):
        query = query.where(condition)
    with warehouse.reading() as connection:
        rows = connection.execute(query).mappings().all()
        signs = signs_among(connection, [row["incident_id"] for row in rows if row["category"] in UNSAID])
    return [{**row, "signs": signs.get(row["incident_id"], "")} for row in rows]


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


def incidents_now(warehouse: Warehouse, incident_ids: Sequence[str], visibility: Visibility) -> dict[str, str]:
    """Incident -> the incident that its reports are in now, which somebody may see: itself, or one it was merged into.

    One whose reports are in several incidents now is left out.
    """
    # all of incident_report: of an incident that is no more, the reports that it had
    i, n, now = tables.incident_report, tables.incident_name, tables.incident_report.alias("now")
    found: dict[str, set[str]] = {}
    with warehouse.reading() as connection:
        for start in range(0, len(incident_ids), _CHUNK):
            chunk = list(incident_ids[start : start + _CHUNK])
            for old in (i, n):
                query = (
                    sa.select(old.c.incident_id.label("old"), now.c.incident_id.label("new"))
                    .join(now, (now.c.report_id == old.c.report_id) & is_member(now, NOW))
                    .where(is_among(old.c.incident_id, chunk), visibility.incident(now.c.incident_id))
                    .distinct()
                )
                for row in connection.execute(query):
                    found.setdefault(row.old, set()).add(row.new)
    return {old: old if old in new else min(new) for old, new in found.items() if old in new or len(new) == 1}


def reports_side_by_side(warehouse: Warehouse, incident_id: str, visibility: Visibility) -> list[dict[str, Any]]:
    """The reports of an incident now, the first reported first, with the link of each and what each says; none
    where somebody may not see it. A link to a report that has left the incident is left out: it may be anywhere.
    The words and people of old reports are no longer kept: theirs are null.

    Holds who it is about and in whose words: for those who may see that, and once they are known to."""
    # all of report_fact: of the revision in force
    r, p, i, f = tables.report, tables.report_person, tables.incident_report, tables.report_fact
    query = (
        sa.select(
            r.c.report_id, r.c.revision, r.c.feed, r.c.source_ref, r.c.day, r.c.category, r.c.category_text,
            r.c.received_at, r.c.occurred_from, r.c.occurred_to, r.c.is_occurred_time_known, r.c.place_name,
            r.c.place_text, r.c.town, r.c.ward, r.c.postcode, r.c.latitude, r.c.longitude, r.c.is_restricted,
            r.c.sensitivity, r.c.is_vulnerable,
            r.c.is_anonymous, r.c.wants_feedback, r.c.delivery_id, r.c.row_number,
            r.c.content_hash.startswith(CORRECTED).label("is_corrected"),
            p.c.text, p.c.caller_name, p.c.caller_phone, p.c.caller_email, p.c.subject_name,
            i.c.linked_on, i.c.linked_to, i.c.score, i.c.evidence, i.c.version, f.c.harm.label("signs"),
        )
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
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
    was taken back; `is_alone`: linking joins no other report to what was taken out."""
    d = tables.link_decision
    back = d.alias("back")
    is_undone = sa.exists().where(back.c.undoes == d.c.decision_number)
    same_act = d.alias("same_act")
    is_alone = sa.exists().where(same_act.c.act == d.c.act, same_act.c.alone_until == date.max)
    ids = list(report_ids)
    query = (
        sa.select(
            d.c.decided_at,
            d.c.actor,
            d.c.is_same,
            is_alone.label("is_alone"),
            d.c.note,
            d.c.undoes.is_not(None).label("is_undo"),
            is_undone.label("is_undone"),
        )
        .where(
            d.c.report_a.in_(ids) | d.c.report_b.in_(ids),
            visibility.report(d.c.report_a),
            visibility.report(d.c.report_b),
            is_on_two(d),
        )
        .distinct()
        .order_by(d.c.decided_at.desc())
    )
    acts: dict[tuple[Any, ...], dict[str, Any]] = {}
    with warehouse.engine.connect() as connection:
        for row in connection.execute(query).mappings():
            act = {name: row[name] for name in ("decided_at", "actor", "note", "is_undo", "is_undone")}
            one = acts.setdefault(tuple(act.values()), act | {"is_same": True, "is_alone": False})
            one["is_same"] = one["is_same"] and row["is_same"]
            one["is_alone"] = one["is_alone"] or row["is_alone"]
    return list(acts.values())
