"""Lists of deliveries: each feed's day, its files and the reports that they brought."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tasking.model.correction import CORRECTED
from tasking.model.delivery import Outcome
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import Visibility

_LANDED = [outcome for outcome in Outcome if outcome.has_landed]


def deliveries(warehouse: Warehouse, feeds: Sequence[str], since: date, until: date) -> list[dict[str, Any]]:
    """One row for each feed and day that was polled: its outcome, its ledger, and when its file came."""
    f, d = tables.feed_day, tables.delivery
    figures = ("rows_in", "new_reports", "repeats", "revisions", "held", "out_of_area", "ignored")
    query = (
        sa.select(
            f.c.feed, f.c.day, f.c.outcome, f.c.reason, f.c.asked_at, sa.func.min(d.c.received_at).label("received_at"),
            *(sa.func.coalesce(sa.func.sum(d.c[name]), 0).label(name) for name in figures),
        )
        .outerjoin(d, (d.c.feed == f.c.feed) & (d.c.day == f.c.day) & (d.c.outcome == "landed"))
        .where(f.c.feed.in_(list(feeds)), f.c.day >= since, f.c.day <= until)
        .group_by(f.c.feed, f.c.day, f.c.outcome, f.c.reason, f.c.asked_at)
        .order_by(f.c.day.desc())
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def last_polled(warehouse: Warehouse, until: date) -> datetime | None:
    """When any feed was last polled for a day up to `until`; None if none ever was."""
    f = tables.feed_day
    query = sa.select(sa.func.max(f.c.asked_at)).where(f.c.day <= until)
    with warehouse.engine.connect() as connection:
        found: datetime | None = connection.execute(query).scalar()
    return found


def last_landed(warehouse: Warehouse) -> dict[str, date]:
    """The last day on which each feed landed."""
    f = tables.feed_day
    query = sa.select(f.c.feed, sa.func.max(f.c.day).label("day")).where(f.c.outcome.in_(_LANDED)).group_by(f.c.feed)
    with warehouse.engine.connect() as connection:
        return {row.feed: row.day for row in connection.execute(query)}


def files(warehouse: Warehouse, feed: str, day: date) -> list[dict[str, Any]]:
    """The files that came from a feed for a day, with what became of each."""
    d = tables.delivery
    query = sa.select(d).where(d.c.feed == feed, d.c.day == day).order_by(d.c.received_at, d.c.delivery_id)
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def reports_of_day(
    warehouse: Warehouse, feed: str, day: date, visibility: Visibility, after: int, most: int
) -> list[dict[str, Any]]:
    """The reports that a feed's files of a day brought, by row number, with their incidents. Gaps in the row numbers
    show how many a reader may not see: see pages.feeds."""
    # all of report: a file's rows are listed with what each brought, also what was revised later
    # all of report_fact: of the revision in the row
    r, i, f = tables.report, tables.incident_report, tables.report_fact
    query = (
        sa.select(
            r.c.row_number, r.c.source_ref, r.c.revision, r.c.is_out_of_area, r.c.is_restricted, r.c.category,
            r.c.place_name, r.c.town, r.c.ward, i.c.incident_id, f.c.harm.label("signs"),
        )
        .outerjoin(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .where(r.c.feed == feed, r.c.day == day, r.c.row_number > after, visibility.report(r.c.report_id))
        .where(~r.c.content_hash.startswith(CORRECTED))
        .order_by(r.c.row_number, r.c.revision)
        .limit(most)
    )  # fmt: skip
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
