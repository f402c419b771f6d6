"""The first step: a delivery is fetched, archived, read, checked and stored.

Files and rows fail alone: what can't be read is refused or held with a reason, and the rest is stored.
"""

from dataclasses import replace
from datetime import date
from hashlib import sha256

import structlog

from tasking.config.feed import Feed
from tasking.intake.day_receipt import day_receipt, without_feed
from tasking.intake.delivered_file import DeliveredFile
from tasking.intake.delivery_checks import check_delivery
from tasking.intake.fetching import FetchAttempt, FetchTimedOut
from tasking.intake.headings import merge_headings
from tasking.intake.held_columns import held_columns
from tasking.intake.quality import RefusedBySuite
from tasking.intake.readers import read_rows
from tasking.intake.report_checks import check_reports
from tasking.intake.row_isolation import normalise_in_isolation
from tasking.intake.service import IntakeService
from tasking.intake.store import deliveries, feed_days
from tasking.intake.transports import Request
from tasking.model.delivery import (
    BROUGHT_BY_HAND,
    NOT_WHOLE,
    FetchedFile,
    FetchResult,
    Ledger,
    Outcome,
    Receipt,
)
from tasking.model.errors import (
    DeliveryNotComplete,
    DeliveryRefused,
    TransportError,
)
from tasking.model.log_context import in_context
from tasking.warehouse.audit_log import Entry
from tasking.warehouse.audit_log import log as log_entry

log = structlog.get_logger(__name__)


@in_context
def receive(service: IntakeService, feed_name: str, day: date) -> Receipt:
    """Fetches, reads, checks and stores one feed's delivery of a day.

    Never raises for partner-side faults: a delivery that is missing, refused or unreachable is a receipt that says so.
    """
    feed = service.feeds[feed_name]
    try:
        attempt: FetchAttempt = service.open_transport(feed).fetch(
            Request.of_day(feed, day, service.partnership.calendar)
        )
    except TransportError as error:
        attempt = error
    return receive_attempt(service, feed_name, day, attempt)


@in_context
def receive_attempt(service: IntakeService, feed_name: str, day: date, attempt: FetchAttempt) -> Receipt:
    """Reads, checks and stores the result of a fetch; raises the error if it is a fault in our code."""
    if isinstance(attempt, FetchTimedOut):
        receipt = Receipt(feed_name, day, Outcome.UNREACHABLE, reason="no answer in the time available")
    elif isinstance(attempt, DeliveryNotComplete):  # the file is there and not complete yet
        receipt = Receipt(feed_name, day, Outcome.MISSING, reason=NOT_WHOLE + without_feed(feed_name, attempt))
    elif isinstance(attempt, TransportError):
        receipt = Receipt(feed_name, day, Outcome.UNREACHABLE, reason=without_feed(feed_name, attempt))
    elif isinstance(attempt, Exception):
        raise attempt
    else:
        receipt = _receive_files(service, service.feeds[feed_name], day, attempt)
    return feed_days.store(service.warehouse, receipt, service.clock())


@in_context
def receive_repeat_poll(service: IntakeService, feed_name: str, day: date, attempt: FetchAttempt) -> Receipt | None:
    """Receives the result of a repeated poll: rows that were appended, or files that came since.

    Returns None if a delivery has landed and the poll brought nothing new.
    """
    before = feed_days.outcome_of(service.warehouse, feed_name, day)
    if before is None or not before.has_landed:
        return receive_attempt(service, feed_name, day, attempt)
    if isinstance(attempt, TransportError | FetchTimedOut):
        log.warning("checked again before linking, without an answer", feed=feed_name, error=type(attempt).__name__)
        return None
    if isinstance(attempt, Exception):
        raise attempt
    # If a page fails this time, a delivery that landed whole stays as it is.
    files = tuple(file for file in attempt.files if before == Outcome.LANDED_IN_PART or not file.lacking)
    if not files:
        return None
    receipt = _receive_files(service, service.feeds[feed_name], day, replace(attempt, files=files))
    feed_days.store(service.warehouse, receipt, service.clock())
    return receipt if receipt.outcome.has_landed else None


def receive_by_hand(
    service: IntakeService, feed_name: str, day: date, name: str, content: bytes, actor: str
) -> Receipt:
    """Receives a file that somebody brought, as if it had been fetched; see receive_file.

    If it does not land, the feed's status is left as it was: the partner did not send this file.
    """
    feed = service.feeds[feed_name]
    receipt = receive_file(service, feed, day, FetchedFile(name, content, note=BROUGHT_BY_HAND))
    with service.warehouse.writing():  # if this fails, bringing the file again finds it stored
        if receipt.outcome.has_landed:
            feed_days.store(service.warehouse, receipt, service.clock())
        entry = Entry(actor, "file brought by hand", f"{feed_name} {day}", receipt.outcome)
        log_entry(service.warehouse, entry, service.clock())
    return receipt


def receive_file(service: IntakeService, feed: Feed, day: date, fetched: FetchedFile) -> Receipt:
    """Archives, reads, checks and stores one file, or refuses it with a reason. Never raises for its content.

    A fault in our code that even blank rows cause is raised.
    """
    digest = service.archive.digest_of(fetched.content)
    file = DeliveredFile(feed.feed, day, digest, fetched.name, len(fetched.content))
    earlier = deliveries.earlier_receipt(service.warehouse, file)
    if earlier:
        return earlier  # not archived again, as its content may have been erased since
    service.archive.keep(fetched.content)
    try:
        return _stored(service, feed, file, fetched)
    except DeliveryRefused as error:
        results = error.results if isinstance(error, RefusedBySuite) else ()
        return deliveries.store_refusal(service.warehouse, file, str(error), service.clock(), results)


def _stored(service: IntakeService, feed: Feed, file: DeliveredFile, fetched: FetchedFile) -> Receipt:
    rows = read_rows(feed, fetched.content)
    normalised, reports = normalise_in_isolation(service, feed, file.day, rows)
    reports, checked = check_reports(service, feed, reports, normalised.raw)
    accepted = reports.drop(index=list(checked.reasons))
    merged = merge_headings(feed, accepted, normalised.raw)
    ledger = Ledger(
        rows_in=len(normalised.raw) + rows.ignored,
        held=len(checked.reasons),
        repeats=len(accepted) - len(merged),
        ignored=rows.ignored,
    )
    held = held_columns(service, feed, reports, normalised.raw, checked)
    watched = check_delivery(service, feed, file.day, merged, ledger)
    notes = [*filter(None, [fetched.note]), *normalised.notes, *checked.notes, *watched.notes]
    lacking = "; ".join(filter(None, [fetched.lacking, rows.lacking]))
    return deliveries.store_delivery(
        service.warehouse,
        file,
        merged,
        held,
        ledger,
        notes,
        service.clock(),
        lacking,
        checked.results + watched.results,
    )


def _receive_files(service: IntakeService, feed: Feed, day: date, fetched: FetchResult) -> Receipt:
    """Receives each file of a day by itself, and returns one receipt for the day."""
    before = feed_days.outcome_of(service.warehouse, feed.feed, day)
    # If the day has landed whole, faulty files that came before it were replaced, from the same place or by a file
    # brought by hand. They may still lie there, and no longer count.
    replaced = deliveries.faulty_digests(service.warehouse, feed.feed, day) if before == Outcome.LANDED else frozenset()
    by_content: dict[bytes, FetchedFile] = {}  # the same bytes twice are one delivery: the day's own file comes first
    for file in fetched.files:
        by_content.setdefault(file.content, file)
    receipts = [(file, receive_file(service, feed, day, file)) for file in by_content.values()]
    received = [
        (file, receipt)
        for file, receipt in receipts
        if receipt.outcome == Outcome.LANDED or sha256(file.content).hexdigest() not in replaced
    ]
    return day_receipt(feed, day, fetched, received, before)
