"""How a feed's day stands, for those who have a warehouse and no service: Airflow's triggerer and the notes of runs.

Imports little, because the triggerer has to start fast and hold many feeds.
"""

from datetime import date, datetime
from typing import Any

from tasking.intake.store import delivery_list, feed_days
from tasking.model.delivery import Outcome
from tasking.warehouse.engine import Warehouse


def day_of_feed(warehouse: Warehouse, feed: str, day: date) -> dict[str, Any] | None:
    """A feed's day: its outcome, its ledger, and when its file came; None if it was never polled for the day."""
    return next(iter(delivery_list.deliveries(warehouse, [feed], day, day)), None)


def is_whole(warehouse: Warehouse, feed: str, day: date) -> bool:
    """True if a feed has landed for a day, and not just in part."""
    return feed_days.outcome_of(warehouse, feed, day) == Outcome.LANDED


def store_unchanged_poll(warehouse: Warehouse, feed: str, day: date, now: datetime) -> None:
    """Stores the time of a poll whose answer had not changed."""
    feed_days.store_unchanged_poll(warehouse, feed, day, now)
