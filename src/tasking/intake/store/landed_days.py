"""What a feed brought on the days before, for what is usual of it."""

from collections import defaultdict
from datetime import date, timedelta

import sqlalchemy as sa

from tasking.intake.quality.usual import WEEKS, LandedDay
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current
from tasking.warehouse.engine import Warehouse


def landed_days(warehouse: Warehouse, feed: str, until: date) -> list[LandedDay]:
    """The days of the 12 weeks before `until`, and that day itself, for which files of a feed landed, the first day
    first. A day without any row counts if its file came."""
    d, r = tables.delivery, tables.report
    since = until - timedelta(weeks=WEEKS)
    of_files = (
        sa.select(d.c.day, sa.func.sum(d.c.rows_in - d.c.ignored).label("rows"), sa.func.sum(d.c.held).label("held"))
        .where(d.c.feed == feed, d.c.day >= since, d.c.day <= until, d.c.outcome == "landed")
        .group_by(d.c.day)
        .order_by(d.c.day)
    )
    of_reports = (
        sa.select(r.c.day, r.c.category, sa.func.count().label("reports"))
        .where(r.c.feed == feed, r.c.day >= since, r.c.day <= until, is_current(r, NOW), ~r.c.is_restricted)
        .group_by(r.c.day, r.c.category)
    )
    kinds: dict[date, dict[str, int]] = defaultdict(dict)
    with warehouse.reading() as connection:
        for row in connection.execute(of_reports):
            kinds[row.day][row.category or ""] = row.reports
        return [LandedDay(row.day, row.rows, row.held, kinds[row.day]) for row in connection.execute(of_files)]
