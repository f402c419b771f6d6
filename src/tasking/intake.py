"""The first step: a delivery is fetched, kept, read, checked and stored."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from tasking.context import in_context
from tasking.desk import Desk
from tasking.feeds.declaration import Feed
from tasking.feeds.headings import merge_headings
from tasking.feeds.normalise import Normalised, normalise
from tasking.feeds.readers import read
from tasking.feeds.transports import Request
from tasking.model.delivery import Fetched, Ledger, Outcome, Receipt
from tasking.model.errors import DeliveryRefused, TransportError
from tasking.quality import Checked, check
from tasking.warehouse import receiving
from tasking.warehouse.log import Entry, log


@in_context
def receive(desk: Desk, feed_name: str, day: date) -> Receipt:
    """Fetches, reads, checks and stores one feed's delivery of a day.

    Never raises for what a partner did: a delivery that is missing, refused or out of reach is a receipt that says so.
    """
    feed = desk.feeds[feed_name]
    try:
        files = desk.open_transport(feed).fetch(_request(desk, feed, day)).files
    except TransportError as error:
        receipt = Receipt(feed_name, day, Outcome.MISSING, reason=_without_name(feed_name, error))
    else:
        unlike = {file.content: file for file in files}  # the same bytes twice are one delivery
        receipts = [take(desk, feed, day, file) for file in unlike.values()]
        receipt = _of_the_day(feed_name, day, receipts)
    receiving.store_feed_day(desk.warehouse, receipt, desk.clock())
    return receipt


def receive_by_hand(desk: Desk, feed_name: str, day: date, name: str, content: bytes, actor: str) -> Receipt:
    """Takes a file that somebody brought, as if the partner had put it where we fetch; see receive."""
    feed = desk.feeds[feed_name]
    receipt = take(desk, feed, day, Fetched(name, content))
    receiving.store_feed_day(desk.warehouse, receipt, desk.clock())
    log(desk.warehouse, Entry(actor, "file brought by hand", f"{feed_name} {day}", receipt.outcome), desk.clock())
    return receipt


def take(desk: Desk, feed: Feed, day: date, fetched: Fetched) -> Receipt:
    """One file: kept as it came, read, checked and stored."""
    digest = desk.archive.keep(fetched.content)
    file = receiving.File(feed.feed, day, digest, fetched.name, len(fetched.content))
    known = receiving.known_outcome(desk.warehouse, file)
    if known:
        return known
    try:
        rows = read(feed, fetched.content)
        taken = normalise(feed, rows, day, desk.house)
        reports, checked = checked_reports(desk, feed, taken)
    except DeliveryRefused as error:
        return receiving.store_refusal(desk.warehouse, file, str(error), desk.clock())
    accepted = reports.drop(index=list(checked.reasons))
    merged = merge_headings(feed, accepted, taken.raw)
    ledger = Ledger(rows_in=len(taken.raw), held=len(checked.reasons), repeats=len(accepted) - len(merged))
    held = [
        {
            "row_number": number,
            "source_ref": _or_none(reports.at[number, "source_ref"]),
            "reason": reason,
            "can_be_released": number in checked.releasable,
            "row_as_sent": taken.raw.loc[number].dropna().to_dict(),
            "columns_at_fault": _at_fault(feed, checked.columns[number], taken.raw.loc[number]),
            "is_restricted": bool(reports.at[number, "is_restricted"]),
        }
        for number, reason in checked.reasons.items()
    ]
    return receiving.store_delivery(desk.warehouse, file, merged, held, ledger, taken.notes, desk.clock())


def checked_reports(desk: Desk, feed: Feed, taken: Normalised) -> tuple[pd.DataFrame, Checked]:
    """The reports of a delivery with their places, and which of them are held."""
    reports = desk.gazetteer.located(taken.reports)
    return reports, check(reports, desk.suites[feed.feed], feed.feed, feed.words)


def _at_fault(feed: Feed, report_columns: Sequence[str], row: Any) -> list[str]:
    """The partner's columns in which the faults lie: of several that make up one thing, those in which something is."""
    found: dict[str, None] = {}
    for one in report_columns:
        columns = feed.columns_behind(one)
        found |= dict.fromkeys([name for name in columns if pd.notna(row[name])] or columns)
    return list(found)


def _of_the_day(feed: str, day: date, receipts: Sequence[Receipt]) -> Receipt:
    """One receipt for a day: landed if any file did, else what went wrong with the last one."""
    if not receipts:
        return Receipt(feed, day, Outcome.MISSING)
    landed = [receipt for receipt in receipts if receipt.outcome == Outcome.LANDED]
    if not landed:
        return receipts[-1]
    ledger = sum((receipt.ledger for receipt in landed), Ledger())
    return Receipt(feed, day, Outcome.LANDED, ledger, notes=tuple(note for receipt in landed for note in receipt.notes))


def _request(desk: Desk, feed: Feed, day: date) -> Request:
    calendar = desk.partnership.calendar
    return Request(
        feed=feed.feed,
        file_name=feed.delivery.file_name(day),
        since=calendar.starts_at(day - timedelta(days=1)),
        until=calendar.starts_at(day),
        earlier_names=feed.delivery.earlier_names(day),
        look_back_days=feed.delivery.look_back,
    )


def _without_name(feed: str, error: Exception) -> str:
    return str(error).removeprefix(f"{feed}: ")


def _or_none(value: object) -> object:
    return None if pd.isna(value) else value  # type: ignore[call-overload]
