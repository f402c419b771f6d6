"""Lists of held rows: by reason, row by row, and as sent."""

from typing import Any

import sqlalchemy as sa

from tasking.intake.held_filter import HELD, HeldFilter, HeldOrder
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.pagination import Cursor
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility


def held_reasons(warehouse: Warehouse, visibility: Visibility) -> list[dict[str, Any]]:
    """Rows that are still held, counted by feed and reason, with their first and last day; the largest count first."""
    h = tables.held
    rows = sa.func.count().label("held_rows")
    query = (
        sa.select(
            h.c.feed, h.c.reason, rows, sa.func.min(h.c.day).label("first_day"), sa.func.max(h.c.day).label("last_day"),
        )
        .where(h.c.state == "held", visibility.held(h))
        .group_by(h.c.feed, h.c.reason)
        .order_by(rows.desc(), h.c.feed, h.c.reason)
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def held(
    warehouse: Warehouse,
    wanted: HeldFilter,
    visibility: Visibility,
    after: Cursor | None,
    most: int,
    *,
    is_oldest_first: bool = False,
) -> list[dict[str, Any]]:
    """Rows that are held, or that were and are in another state now, the newest day first, without their cells."""
    h = tables.held
    query = _listed(wanted, visibility).limit(most)
    if is_oldest_first:
        query = query.order_by(h.c.day, h.c.held_id)
    else:
        query = query.order_by(h.c.day.desc(), h.c.held_id.desc())
    if after is not None and is_oldest_first:
        query = query.where(h.c.day >= after.day, (h.c.day > after.day) | (h.c.held_id > after.key))
    elif after is not None:
        query = query.where(h.c.day <= after.day, (h.c.day < after.day) | (h.c.held_id < after.key))
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def sorted_held(
    warehouse: Warehouse, wanted: HeldFilter, visibility: Visibility, order: HeldOrder, span: range, most_sorted: int
) -> tuple[list[dict[str, Any]], int] | None:
    """The rows of a span of the list in another order, and how many there are; None for more than `most_sorted`.

    Restricted ones come last.
    """
    h = tables.held
    newest_first = _listed(wanted, visibility).order_by(h.c.day.desc(), h.c.held_id.desc())
    found = newest_first.limit(most_sorted + 1).subquery()
    value: Any = found.c[order.by]
    if order.by == "feed":
        value = sa.case(dict(order.ranks), value=value, else_=len(order.ranks)) if order.ranks else value
    query = (
        sa.select(found, sa.func.count().over().label("total"))
        .order_by(found.c.is_restricted, value.is_(None), value.desc() if order.is_descending else value)
        .order_by(found.c.day.desc(), found.c.held_id.desc())
        .offset(span.start)
        .limit(len(span))
    )
    with warehouse.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    total = rows[0]["total"] if rows else 0
    return (rows, total) if total <= most_sorted else None


def held_count_of(warehouse: Warehouse, wanted: HeldFilter, visibility: Visibility, most: int) -> int:
    """How many rows fit, counted up to `most`."""
    h = tables.held
    newest_first = _listed(wanted, visibility).order_by(h.c.day.desc(), h.c.held_id.desc())
    query = sa.select(sa.func.count()).select_from(newest_first.limit(most).subquery())
    with warehouse.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def _listed(wanted: HeldFilter, visibility: Visibility) -> sa.Select[Any]:
    """The rows of a state that fit and may be seen, without their cells."""
    h = tables.held
    query = sa.select(
        h.c.held_id,
        h.c.feed,
        h.c.day,
        h.c.row_number,
        h.c.source_ref,
        h.c.reason,
        h.c.can_be_released,
        _withheld(h).label("is_restricted"),
        h.c.columns_at_fault,
        h.c.about,
        h.c.state,
    ).where(h.c.state == wanted.state, visibility.held(h))
    if wanted.state != HELD:
        query = query.where(is_open_report(h, visibility))
    for name in ("feed", "reason", "day"):
        if value := getattr(wanted, name):
            query = query.where(h.c[name] == value)
    return query


def is_open_report(h: Any, visibility: Visibility) -> sa.ColumnElement[bool]:
    """False where the report that a row became may not be seen: a correction can give it another reference."""
    # all of report: the row became a revision of its own; whether it is restricted is as of now
    r = tables.report.alias()
    became = (r.c.day == h.c.day, r.c.delivery_id == h.c.delivery_id, r.c.row_number == h.c.row_number)
    return sa.true() if visibility.has_restricted else ~sa.exists().where(*became, ~visibility.report(r.c.report_id))


def held_row(warehouse: Warehouse, held_id: str, visibility: Visibility) -> dict[str, Any] | None:
    """A held row with its file; None if there is none that `visibility` may read."""
    h, d = tables.held, tables.delivery
    query = (
        sa.select(h, d.c.sha256, d.c.file_name, d.c.size_bytes, _withheld(h).label("is_withheld"))
        .join(d, d.c.delivery_id == h.c.delivery_id)
        .where(h.c.held_id == held_id, visibility.held(h))
    )
    with warehouse.engine.connect() as connection:
        row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def _withheld(h: Any) -> Any:
    """True for rows that not everybody may read."""
    return sa.type_coerce(~PUBLIC_VISIBILITY.held(h), sa.Boolean)


def held_count(warehouse: Warehouse) -> int:
    """The number of held rows, restricted ones included: for monitoring, not for pages."""
    h = tables.held
    with warehouse.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).where(h.c.state == "held")).scalar_one()


def held_as_sent(warehouse: Warehouse, wanted: HeldFilter, visibility: Visibility) -> list[dict[str, Any]]:
    """Rows that are still held, with their cells as sent, in the order of the partner's files: for an error return."""
    h, d = tables.held, tables.delivery
    query = (
        sa.select(
            h.c.held_id,
            h.c.feed,
            h.c.day,
            h.c.row_number,
            h.c.reason,
            h.c.row_as_sent,
            h.c.columns_at_fault,
            d.c.file_name,
        )
        .join(d, d.c.delivery_id == h.c.delivery_id)
        .where(h.c.state == "held", h.c.feed == wanted.feed, visibility.held(h))
        .order_by(h.c.day, d.c.file_name, h.c.row_number)
    )
    for name in ("reason", "day"):
        if value := getattr(wanted, name):
            query = query.where(h.c[name] == value)
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
