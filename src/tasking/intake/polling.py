"""Polls a day's feeds concurrently: all of them, or those that have not landed, and receives what they return."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

import structlog

from tasking.intake.fetching import fetch_all
from tasking.intake.receiving import receive_attempt, receive_repeat_poll
from tasking.intake.service import IntakeService
from tasking.intake.store import feed_days
from tasking.model.delivery import INTERNAL_FAULT, Outcome, Receipt
from tasking.model.errors import traceback_without_values
from tasking.warehouse.faults import internal_fault_words

log = structlog.get_logger(__name__)

_POLL_AGAIN_S: Final = 120.0


def receive_all(
    service: IntakeService, day: date, *, is_only_for_missing: bool = False
) -> tuple[list[Receipt], list[str]]:
    """Polls every feed of a day, or only those that have not landed whole, concurrently.

    Returns the receipts and, in words, the feeds that failed because of a fault in our code.
    """
    before = feed_days.outcomes_of(service.warehouse, day)
    receipts, failures = {}, {}
    for feed, attempt in fetch_all(
        service, _not_landed(service, before) if is_only_for_missing else service.partnership.feeds, day
    ):
        try:
            receipts[feed] = receive_attempt(service, feed, day, attempt)
        except Exception as error:  # one feed's failure must not stop the others
            failures[feed] = f"{feed} ({internal_fault_words(error)})"
            receipts[feed] = record_internal_failure(service, feed, day, error)
    in_order = [feed for feed in service.partnership.feeds if feed in receipts]
    return [receipts[feed] for feed in in_order], [failures[feed] for feed in in_order if feed in failures]


def poll_again(
    service: IntakeService,
    day: date,
    within_s: float = _POLL_AGAIN_S,
    *,
    is_only_for_missing: bool = False,
    switched_off: Collection[str] = (),
) -> list[Receipt]:
    """Polls every feed once more before its day is linked: a file may have grown, or arrived since.

    `is_only_for_missing`: leaves out feeds that have landed whole, unless their file had a header and no rows, as the
    full one may have followed. `switched_off`: feeds that somebody paused. Never raises. A feed that has not answered
    after `within_s` seconds counts as unreachable.
    """
    feeds = service.partnership.feeds
    if is_only_for_missing:
        whole = {
            feed for feed, (outcome, rows) in _landed_rows(service, day).items() if outcome == Outcome.LANDED and rows
        }
        feeds = [feed for feed in feeds if feed not in whole]
    feeds = [feed for feed in feeds if feed not in switched_off]
    receipts = []
    for feed, attempt in fetch_all(service, feeds, day, within_s):
        try:
            receipt = receive_repeat_poll(service, feed, day, attempt)
        except Exception as error:  # earlier deliveries stay stored; one feed must not stop the others
            receipt = record_internal_failure(service, feed, day, error)
        receipts += [receipt] if receipt else []
    return receipts


def stored_receipt(service: IntakeService, feed: str, day: date) -> Receipt:
    """The status of a feed for a day, as stored; missing if it was never polled."""
    return feed_days.receipt_of(service.warehouse, feed, day) or Receipt(feed, day, Outcome.MISSING)


def record_internal_failure(service: IntakeService, feed: str, day: date, error: Exception) -> Receipt:
    """Stores that receiving a feed failed because of a fault in our code, and logs where; returns the receipt.

    If storing fails too, as on a full disk, the receipt is returned all the same.
    """
    why = internal_fault_words(error)
    log.error("a feed could not be received", feed=feed, day=str(day), why=why, where=traceback_without_values(error))
    receipt = Receipt(feed, day, Outcome.UNREACHABLE, reason=f"{INTERNAL_FAULT} ({why})")
    try:
        return feed_days.store(service.warehouse, receipt, service.clock())
    except Exception as second:  # one feed must not stop the others; the first fault is the one to report
        why = internal_fault_words(second)
        log.error("nor could that be stored", feed=feed, day=str(day), why=why, where=traceback_without_values(second))
        return replace(receipt, reason=f"{receipt.reason}; nor could that be stored ({why})")


def have_all_landed(service: IntakeService, day: date) -> bool:
    """True once every feed of a day has landed whole."""
    return not _not_landed(service, feed_days.outcomes_of(service.warehouse, day))


def _not_landed(service: IntakeService, outcomes: Mapping[str, Outcome]) -> list[str]:
    return [feed for feed in service.partnership.feeds if outcomes.get(feed) != Outcome.LANDED]


def _landed_rows(service: IntakeService, day: date) -> dict[str, tuple[Outcome, int]]:
    """Feed -> outcome and number of rows, for feeds that have landed."""
    receipts = feed_days.receipts_of(service.warehouse, day)
    return {one.feed: (one.outcome, one.ledger.rows_in) for one in receipts if one.outcome.has_landed}
