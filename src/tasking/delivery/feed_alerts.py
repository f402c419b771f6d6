"""Alerts ops staff once when a feed has failed twice in a row, and once more when it has recovered."""

from datetime import date, timedelta
from typing import Final

import structlog

from tasking.briefing import plural
from tasking.delivery.notices import notify_ops
from tasking.delivery.service import DeliveryService
from tasking.delivery.store import outbox
from tasking.intake.last_poll import has_partner_file, outcome_of, receipt_of
from tasking.model.delivery import INTERNAL_FAULTS, Outcome, Receipt, without_not_whole, without_quotes
from tasking.model.errors import traceback_without_values

log = structlog.get_logger(__name__)

FAILED: Final = (Outcome.UNREACHABLE, Outcome.REFUSED)


def send_feed_alert(service: DeliveryService, before: Outcome | None, receipt: Receipt) -> list[str]:
    """Notifies ops if a feed has failed twice in a row, or has recovered after that. Never raises.

    `before`: its outcome before this poll. A feed fails if its file can't be fetched or is refused, and at the cut-off
    if no file came today or the day before. Nothing is sent about past days. Returns what was done.
    """
    try:
        return _send_feed_alert(service, before, receipt)
    except Exception as error:  # such as a failing database: the caller must go on with the feeds
        log.error("ops could not be informed about a feed", feed=receipt.feed, where=traceback_without_values(error))
        return []


def _send_feed_alert(service: DeliveryService, before: Outcome | None, receipt: Receipt) -> list[str]:
    local = service.clock().astimezone(service.partnership.zone)
    if receipt.day != local.date():
        return []
    has_been_alerted = _has_been_alerted(service, receipt)
    if receipt.outcome.has_landed:
        return _send_recovery(service, receipt) if has_been_alerted else []
    is_over = service.clock() >= service.partnership.due_at(receipt.day)
    if receipt.outcome in FAILED:
        is_second = is_over or before in FAILED
    else:
        is_second = is_over and not _landed_before(service, receipt)
    return _send_failure(service, receipt) if is_second and not has_been_alerted else []


def missing_delivery_words(service: DeliveryService, receipt: Receipt) -> tuple[str, str]:
    """What is wrong with a delivery that has not landed, and what to do; quotes nothing that a partner wrote."""
    feed, name = service.feeds[receipt.feed], service.names[receipt.feed]
    due = f"{service.partnership.meeting.cut_off_at:%H:%M}"
    reason, is_there = without_not_whole(without_quotes(receipt.reason).rstrip("."))
    match receipt.outcome:
        case Outcome.UNREACHABLE if reason.startswith(INTERNAL_FAULTS):
            head = f"{name}: their delivery could not be stored: {reason}."
            todo = "The log of the feed's task says where it failed. This is not the partner's fault."
        case Outcome.UNREACHABLE:
            head = f"{name}: we can't fetch their file: {reason}."
            todo = "This is for us, or for the people who run their system, to fix. The file itself may be there."
        case Outcome.REFUSED:
            head = f"{name}: a file came and was refused: {reason}."
            todo = f"Ask {feed.contact} to send it again, or correct the feed's declaration."
        case Outcome.SAME_AS_BEFORE:
            head = f"{name}: {reason}."
            todo = f"Ask {feed.contact} for today's file."
        case _ if is_there:
            last = f"{service.partnership.meeting.fallback_at:%H:%M}"
            head = f"{name}: their file was still being sent at {due}: {reason}."
            todo = (
                f"We check once more by {last}. If nothing changes, ask {feed.contact} whether it is still being sent."
            )
        case _:
            head = f"{name}: no file by {due}{f': {reason}' if reason else ''}."
            todo = f"Check our own settings first, then ring {feed.contact}." if reason else f"Ring {feed.contact}."
    return head, todo


def _send_failure(service: DeliveryService, receipt: Receipt) -> list[str]:
    head, todo = missing_delivery_words(service, receipt)
    due = f"{service.partnership.meeting.cut_off_at:%H:%M}"
    is_over = service.clock() >= service.partnership.due_at(receipt.day)
    after = (
        "When the file is there, start the feed with that day, or use Ask again on the desk. The briefing is then "
        "updated."
    )
    then = after if is_over else f"We keep checking until {due}."
    return notify_ops(service, receipt.day, _about(receipt.feed), head, [todo, then])


def _send_recovery(service: DeliveryService, receipt: Receipt) -> list[str]:
    """Sends nothing if the file was uploaded by hand, which does not show that the partner's system works."""
    if not has_partner_file(service.warehouse, receipt.feed, receipt.day):
        return []
    name = service.names[receipt.feed]
    stored = receipt_of(service.warehouse, receipt.feed, receipt.day) or receipt
    rows = plural(stored.ledger.rows_in, "row")
    lines = [f"Their delivery of {receipt.day:%a} {receipt.day.day} {receipt.day:%b} is in: {rows}."]
    return notify_ops(service, receipt.day, f"{_about(receipt.feed)}-well", f"{name}: working again", lines)


def _has_been_alerted(service: DeliveryService, receipt: Receipt) -> bool:
    """True if ops were notified that the feed fails and not yet that it has recovered."""
    about = _about(receipt.feed)
    failed = outbox.newest_day(service.warehouse, "ops", about, receipt.day)
    recovered = outbox.newest_day(service.warehouse, "ops", f"{about}-well", receipt.day)
    return failed is not None and (recovered is None or recovered < failed)


def _landed_before(service: DeliveryService, receipt: Receipt) -> bool:
    """True if the day before has landed, or was not polled."""
    yesterday: date = receipt.day - timedelta(days=1)
    outcome = outcome_of(service.warehouse, receipt.feed, yesterday)
    return outcome is None or outcome.has_landed


def _about(feed: str) -> str:
    return f"feed-{feed}"
