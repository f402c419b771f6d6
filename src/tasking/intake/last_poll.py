"""The status of a feed's day, for code with a warehouse but not intake's service: the rules, alerts to ops, the notes
of runs and Airflow's triggerer. Imports little, because the triggerer has to start fast."""

from datetime import date, datetime
from typing import Any

from tasking.intake.store import delivery_list, feed_days
from tasking.model.delivery import Outcome, Receipt
from tasking.warehouse.engine import Warehouse


def day_of_feed(warehouse: Warehouse, feed: str, day: date) -> dict[str, Any] | None:
    """A feed's day: its outcome, its ledger, and when its file came; None if it was never polled for the day."""
    return next(iter(delivery_list.deliveries(warehouse, [feed], day, day)), None)


def outcome_of(warehouse: Warehouse, feed: str, day: date) -> Outcome | None:
    """The outcome of a feed for a day; None if it was never polled."""
    return feed_days.outcome_of(warehouse, feed, day)


def receipt_of(warehouse: Warehouse, feed: str, day: date) -> Receipt | None:
    """The receipt of a feed for a day, with `rows_in` only; None if it was never polled."""
    return feed_days.receipt_of(warehouse, feed, day)


def has_partner_file(warehouse: Warehouse, feed: str, day: date) -> bool:
    """True if a file of the day was fetched from the partner's system and landed; one brought by hand does not
    count."""
    return feed_days.has_partner_file(warehouse, feed, day)


def first_polled(warehouse: Warehouse) -> dict[str, date]:
    """Feed -> the first day for which it was polled."""
    return feed_days.first_polled(warehouse)


def landings_between(warehouse: Warehouse, since: date, until: date) -> list[tuple[str, date, bool]]:
    """(feed, day, whether it landed whole) for every feed and day on which it was polled."""
    return feed_days.landings_between(warehouse, since, until)


def is_whole(warehouse: Warehouse, feed: str, day: date) -> bool:
    """True if a feed has landed for a day, and not just in part."""
    return feed_days.outcome_of(warehouse, feed, day) == Outcome.LANDED


def store_unchanged_poll(warehouse: Warehouse, feed: str, day: date, now: datetime) -> None:
    """Stores the time of a poll whose answer had not changed."""
    feed_days.store_unchanged_poll(warehouse, feed, day, now)
