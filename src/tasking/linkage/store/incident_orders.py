"""Incidents in another order than by day, and how many there are: both up to a number that keeps a page quick."""

from typing import Any

import sqlalchemy as sa

from tasking.config.harm import UNSAID
from tasking.linkage.incident_filter import IncidentFilter, IncidentOrder, IncidentRow, SortedBy
from tasking.linkage.store.incident_list import listed, with_totals
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility


def sorted_incidents(
    warehouse: Warehouse,
    wanted: IncidentFilter,
    visibility: Visibility,
    order: IncidentOrder,
    span: range,
    most_sorted: int,
) -> tuple[list[IncidentRow], int] | None:
    """The incidents of a span of the list in another order, and how many there are; None for more than `most_sorted`.

    Incidents that are equal have the newest first. Restricted ones come last, unless it is by what a list shows of
    them.
    """
    # all of report: joined as of now by `listed`
    # all of incident_report: joined as of now by `listed`
    r, i = tables.report, tables.incident_report
    value = _value(order, r, i).label("sorted_by")
    is_shown = order.by in (SortedBy.REPORTS, SortedBy.REPORTED_BY) or not visibility.has_restricted
    is_last = sa.literal(0) if is_shown else sa.case((PUBLIC_VISIBILITY.incident(i.c.incident_id), 0), else_=1)
    found = (
        listed(wanted, visibility)
        .add_columns(value, is_last.label("is_last"))
        .order_by(r.c.day.desc(), r.c.report_id.desc())
        .limit(most_sorted + 1)
        .subquery()
    )
    by = found.c.sorted_by.desc() if order.is_descending else found.c.sorted_by
    query = (
        sa.select(found, sa.func.count().over().label("total"))
        .order_by(found.c.is_last, found.c.sorted_by.is_(None), by, found.c.day.desc(), found.c.report_id.desc())
        .offset(span.start)
        .limit(len(span))
    )
    with warehouse.reading() as connection:
        rows = connection.execute(query).all()
        total = rows[0].total if rows else 0
        return (with_totals(connection, rows), total) if total <= most_sorted else None


def _value(order: IncidentOrder, r: Any, i: Any) -> sa.ColumnElement[Any]:
    """What an incident is sorted by; of its first report, but for how many it has."""
    if order.by in (SortedBy.WHAT, SortedBy.REPORTED_BY):
        named = r.c.category if order.by == SortedBy.WHAT else r.c.feed
        ranked = sa.case(dict(order.ranks), value=named, else_=len(order.ranks)) if order.ranks else named
        if not order.sign_ranks:
            return ranked
        return sa.case((r.c.category.in_(sorted(UNSAID)), sa.func.coalesce(_sign_rank(order, i), ranked)), else_=ranked)
    if order.by == SortedBy.WHERE:
        return sa.func.lower(sa.func.coalesce(r.c.place_name, r.c.town, r.c.ward))
    if order.by == SortedBy.WHEN:
        occurred_from: sa.ColumnElement[Any] = r.c.occurred_from
        return occurred_from
    member = tables.incident_report.alias()
    count = sa.select(sa.func.count()).where(member.c.incident_id == i.c.incident_id, is_member(member, NOW))
    return count.correlate(i).scalar_subquery()


def _sign_rank(order: IncidentOrder, i: Any) -> sa.ScalarSelect[Any]:
    """The rank of the sign that names an incident: the first with a label in the first report that has one."""
    # all of report_fact: of the revision in force
    r, f, member = tables.report.alias(), tables.report_fact.alias(), tables.incident_report.alias()
    said = sa.literal(" ").concat(f.c.harm).concat(" ")
    rank = sa.case(*((said.contains(f" {name} ", autoescape=True), rank) for name, rank in order.sign_ranks.items()))
    query = (
        sa.select(rank)
        .select_from(member)
        .join(r, (r.c.report_id == member.c.report_id) & is_current(r, NOW))
        .join(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .where(member.c.incident_id == i.c.incident_id, is_member(member, NOW), rank.is_not(None))
        .order_by(r.c.received_at, r.c.report_id)
        .limit(1)
    )
    return query.correlate(i).scalar_subquery()


def incident_count(warehouse: Warehouse, wanted: IncidentFilter, visibility: Visibility, most: int) -> int:
    """How many incidents fit, counted up to `most`."""
    # all of report: joined as of now by `listed`
    r = tables.report
    newest_first = listed(wanted, visibility).order_by(r.c.day.desc(), r.c.report_id.desc())
    query = sa.select(sa.func.count()).select_from(newest_first.limit(most).subquery())
    with warehouse.reading() as connection:
        return connection.execute(query).scalar_one()
