"""How the deliveries of some days fared: expectations, and the rows that were held, without any cell."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from tasking.intake.held_filter import HELD
from tasking.intake.store.held_list import is_open_report
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import Visibility


def expectations_by_day(
    warehouse: Warehouse, feeds: Sequence[str], first: date, last: date, visibility: Visibility
) -> list[dict[str, Any]]:
    """One row for each feed, day, suite and expectation: `is_met` if each file of the day met it.

    Only for those who may see restricted reports: what holds rows or leaves cells out, and how many rows are held: the
    difference from what others may see would tell how many of them are restricted.
    """
    v = tables.validation_result
    met = sa.func.min(sa.case((v.c.is_met, 1), else_=0))
    query = (
        sa.select(v.c.feed, v.c.day, v.c.suite, v.c.expectation, v.c.severity, met.label("is_met"))
        .where(v.c.feed.in_(list(feeds)), v.c.day >= first, v.c.day <= last, _is_open_result(visibility))
        .group_by(v.c.feed, v.c.day, v.c.suite, v.c.expectation, v.c.severity)
        .order_by(v.c.feed, v.c.suite, v.c.expectation, v.c.day)
    )
    with warehouse.reading() as connection:
        return [{**row, "is_met": bool(row["is_met"])} for row in connection.execute(query).mappings()]


def held_by_day(
    warehouse: Warehouse, feeds: Sequence[str], first: date, last: date, visibility: Visibility
) -> list[dict[str, Any]]:
    """One row for each feed, day and reason: `held_rows` that were held, and `open_rows` of them that still are."""
    h = tables.held
    is_open = sa.func.sum(sa.case((h.c.state == HELD, 1), else_=0))
    query = (
        sa.select(h.c.feed, h.c.day, h.c.reason, sa.func.count().label("held_rows"), is_open.label("open_rows"))
        .where(h.c.feed.in_(list(feeds)), h.c.day >= first, h.c.day <= last)
        .where(visibility.held(h), (h.c.state == HELD) | is_open_report(h, visibility))
        .group_by(h.c.feed, h.c.day, h.c.reason)
        .order_by(h.c.feed, h.c.day, h.c.reason)
    )
    with warehouse.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def held_rows_of(
    warehouse: Warehouse, feed: str, first: date, last: date, visibility: Visibility
) -> list[dict[str, Any]]:
    """The rows of a feed that are still held: where each is in the partner's file, and why."""
    h = tables.held
    query = (
        sa.select(h.c.day, h.c.row_number, h.c.source_ref, h.c.reason, h.c.columns_at_fault)
        .where(h.c.feed == feed, h.c.day >= first, h.c.day <= last, h.c.state == HELD, visibility.held(h))
        .order_by(h.c.reason, h.c.day, h.c.row_number)
    )
    with warehouse.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _is_open_result(visibility: Visibility) -> sa.ColumnElement[bool]:
    v = tables.validation_result
    if visibility.has_restricted:
        return sa.true()
    counts_held = (v.c.suite == "delivery") & v.c.expectation.endswith("(held)")
    return v.c.severity.not_in(("row", "cell")) & (v.c.suite != "stored") & ~counts_held
