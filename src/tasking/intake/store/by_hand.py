"""Stores which references were given to reports taken by hand, one for each form that was sent."""

from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse, transaction_lock


class Given(NamedTuple):
    """The reference of a report taken by hand, its day, and when it was taken."""

    source_ref: str
    day: date
    taken_at: datetime


def given(warehouse: Warehouse, submission: str) -> Given | None:
    """The reference that the report of a form was given; None if it was never sent."""
    with warehouse.reading() as connection:
        return _given(connection, submission)


def give_reference(
    warehouse: Warehouse, submission: str, year: int, day: date, taken_at: datetime, actor: str
) -> Given:
    """Gives the report of a form the next reference of the year, such as `CSU-26-000123`; the one that it has if the
    form was sent before. Logged."""
    t = tables.report_by_hand
    with warehouse.writing() as connection:
        transaction_lock(connection, "reports by hand")
        if (before := _given(connection, submission)) is not None:
            return before
        last = connection.execute(sa.select(sa.func.max(t.c.number)).where(t.c.year == year)).scalar() or 0
        made = Given(f"CSU-{year % 100:02d}-{last + 1:06d}", day, taken_at)
        connection.execute(
            sa.insert(t).values(submission=submission, year=year, number=last + 1, taken_by=actor, **made._asdict())
        )
        append_log(connection, taken_at, actor, "report taken by hand", f"desk:{made.source_ref}", "")
        return made


def _given(connection: sa.Connection, submission: str) -> Given | None:
    t = tables.report_by_hand
    columns: tuple[Any, ...] = (t.c.source_ref, t.c.day, t.c.taken_at)
    row = connection.execute(sa.select(*columns).where(t.c.submission == submission)).first()
    return Given(*row) if row else None
