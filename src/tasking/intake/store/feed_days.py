"""The outcome of each feed and day, and when it was last polled. Imports little: Airflow's triggerer uses it too."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tasking.model.delivery import BROUGHT_BY_HAND, Ledger, Outcome, Receipt
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

LANDED: Final = [outcome for outcome in Outcome if outcome.has_landed]


def outcome_of(warehouse: Warehouse, feed: str, day: date) -> Outcome | None:
    """The outcome of a feed for a day; None if it was never polled."""
    t = tables.feed_day
    query = sa.select(t.c.outcome).where(t.c.feed == feed, t.c.day == day)
    with warehouse.engine.connect() as connection:
        found = connection.execute(query).scalar()
    return Outcome(found) if found else None


def outcomes_of(warehouse: Warehouse, day: date) -> dict[str, Outcome]:
    """Feed -> its outcome for a day, for feeds that were polled."""
    t = tables.feed_day
    with warehouse.engine.connect() as connection:
        found = connection.execute(sa.select(t.c.feed, t.c.outcome).where(t.c.day == day))
        return {row.feed: Outcome(row.outcome) for row in found}


def first_polled(warehouse: Warehouse) -> dict[str, date]:
    """Feed -> the first day for which it was polled."""
    t = tables.feed_day
    with warehouse.engine.connect() as connection:
        found = connection.execute(sa.select(t.c.feed, sa.func.min(t.c.day).label("day")).group_by(t.c.feed))
        return {row.feed: row.day for row in found}


def polled_between(warehouse: Warehouse, since: date, until: date) -> set[tuple[str, date]]:
    """(feed, day) of every feed and day that was polled."""
    t = tables.feed_day
    with warehouse.engine.connect() as connection:
        found = connection.execute(sa.select(t.c.feed, t.c.day).where(t.c.day >= since, t.c.day <= until))
        return {(row.feed, row.day) for row in found}


def landings_between(warehouse: Warehouse, since: date, until: date) -> list[tuple[str, date, bool]]:
    """(feed, day, whether it landed whole) for every feed and day on which it was polled."""
    t = tables.feed_day
    query = sa.select(t.c.feed, t.c.day, t.c.outcome).where(t.c.day >= since, t.c.day <= until)
    with warehouse.reading() as connection:
        return [(row.feed, row.day, row.outcome == Outcome.LANDED) for row in connection.execute(query)]


def last_polled(warehouse: Warehouse) -> dict[str, date]:
    """Feed -> the last day for which it was polled."""
    t = tables.feed_day
    with warehouse.engine.connect() as connection:
        found = connection.execute(sa.select(t.c.feed, sa.func.max(t.c.day).label("day")).group_by(t.c.feed))
        return {row.feed: row.day for row in found}


def receipts_of(warehouse: Warehouse, day: date) -> list[Receipt]:
    """The receipt of each feed that was polled for a day; of the ledger only `rows_in` is set."""
    t, d = tables.feed_day, tables.delivery
    rows_in = (
        sa.select(sa.func.coalesce(sa.func.sum(d.c.rows_in), 0))
        .where(d.c.feed == t.c.feed, d.c.day == t.c.day, d.c.outcome == Outcome.LANDED)
        .scalar_subquery()
    )
    query = sa.select(t.c.feed, t.c.outcome, t.c.reason, rows_in.label("rows_in")).where(t.c.day == day)
    with warehouse.engine.connect() as connection:
        found = connection.execute(query.order_by(t.c.feed)).all()
    return [Receipt(one.feed, day, Outcome(one.outcome), Ledger(int(one.rows_in)), one.reason) for one in found]


def receipt_of(warehouse: Warehouse, feed: str, day: date) -> Receipt | None:
    """The receipt of a feed for a day, with `rows_in` only; None if it was never polled."""
    return next((one for one in receipts_of(warehouse, day) if one.feed == feed), None)


def has_partner_file(warehouse: Warehouse, feed: str, day: date) -> bool:
    """True if a file of the day was fetched from the partner's system and landed; one brought by hand does not
    count."""
    d = tables.delivery
    query = sa.select(d.c.notes).where(d.c.feed == feed, d.c.day == day, d.c.outcome == Outcome.LANDED)
    with warehouse.engine.connect() as connection:
        return any(BROUGHT_BY_HAND not in notes for notes in connection.execute(query).scalars())


def store(warehouse: Warehouse, receipt: Receipt, now: datetime) -> Receipt:
    """Stores the outcome of a poll and its time. Returns the receipt with the outcome that is now stored.

    A later poll never undoes a day that has landed, even in part; and a refusal is kept when the file is gone later.
    """
    t = tables.feed_day
    stays = [] if receipt.outcome.has_landed else list(LANDED)
    if receipt.outcome in (Outcome.MISSING, Outcome.UNREACHABLE):
        stays.append(Outcome.REFUSED)
    is_kept = t.c.outcome.in_(stays)
    with warehouse.writing() as connection:
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(
            make(t)
            .values(day=receipt.day, feed=receipt.feed, outcome=receipt.outcome, reason=receipt.reason, asked_at=now)
            .on_conflict_do_update(
                index_elements=[t.c.day, t.c.feed],
                set_={
                    "outcome": sa.case((is_kept, t.c.outcome), else_=receipt.outcome),
                    "reason": sa.case((is_kept, t.c.reason), else_=receipt.reason),
                    "asked_at": now,
                },
            )
        )
        stands = connection.execute(
            sa.select(t.c.outcome, t.c.reason).where(t.c.feed == receipt.feed, t.c.day == receipt.day)
        ).one()
    return replace(receipt, outcome=Outcome(stands.outcome), reason=stands.reason)


def store_unchanged_poll(warehouse: Warehouse, feed: str, day: date, now: datetime) -> None:
    """Stores the time of a poll whose answer had not changed."""
    t = tables.feed_day
    with warehouse.writing() as connection:
        connection.execute(sa.update(t).where(t.c.feed == feed, t.c.day == day).values(asked_at=now))
