"""The first step: a delivery is fetched, kept, read, checked and stored; and a held row takes the same way again."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from tasking.desk import Desk
from tasking.feeds.declaration import Feed
from tasking.feeds.headings import merge_headings
from tasking.feeds.normalise import Normalised, normalise
from tasking.feeds.readers import Rows, read
from tasking.feeds.transports import Request
from tasking.model.delivery import Fetched, Ledger, Outcome, Receipt
from tasking.model.errors import DeliveryRefused, TaskingError, TransportError
from tasking.quality import Checked, check
from tasking.warehouse import reading, receiving


def receive(desk: Desk, feed_name: str, day: date) -> Receipt:
    """Fetches, reads, checks and stores one feed's delivery of a day.

    Never raises for what a partner did: a delivery that is missing, refused or out of reach is a receipt that says so.
    """
    feed = desk.feeds[feed_name]
    try:
        files = desk.open_transport(feed).fetch(_request(desk, feed, day))
    except TransportError as error:
        receipt = Receipt(feed_name, day, Outcome.MISSING, reason=_without_name(feed_name, error))
    else:
        unlike = {file.content: file for file in files}  # the same bytes twice are one delivery
        receipts = [_take(desk, feed, day, file) for file in unlike.values()]
        receipt = _of_the_day(feed_name, day, receipts)
    receiving.store_feed_day(desk.warehouse, receipt, desk.clock())
    return receipt


def amend(desk: Desk, held_id: str, changes: Mapping[str, str], actor: str) -> Ledger:
    """Takes a held row again, with cells that a person put right, or as it is. Returns the delivery's new ledger.

    Raises TaskingError where the row is still not fit: a row can be released as it is only where a check allows it.
    """
    row = reading.held_row(desk.warehouse, held_id)
    if row is None or row["state"] != "held":
        raise TaskingError(f"{held_id}: no such row is held")
    feed = desk.feeds[row["feed"]]
    unknown = sorted(set(changes) - set(feed.fields.columns))
    if unknown:
        raise TaskingError(f"{feed.feed} reads no column {unknown[0]!r}; it reads: {', '.join(feed.fields.columns)}")
    if not changes and not row["can_be_released"]:
        raise TaskingError(f"{held_id} is still held and can only be corrected: {row['reason']}")
    cells = {**row["row_as_sent"], **changes}
    frame = (
        pd.DataFrame([cells], index=[row["row_number"]], dtype="str").reindex(columns=feed.fields.columns).astype("str")
    )
    taken = normalise(feed, Rows(frame), row["day"], desk.house)
    reports, checked = _checked(desk, feed, taken)
    if checked.reasons and changes:
        raise TaskingError(f"{held_id} is still held: {next(iter(checked.reasons.values()))}")
    file = receiving.File(row["feed"], row["day"], row["sha256"], row["file_name"], row["size_bytes"])
    state = "corrected" if changes else "released"
    note = ", ".join(sorted(changes)) or row["reason"]
    return receiving.store_amendment(desk.warehouse, file, held_id, reports, state, note, actor, desk.clock())


def _take(desk: Desk, feed: Feed, day: date, fetched: Fetched) -> Receipt:
    """One file: kept as it came, read, checked and stored."""
    digest = desk.archive.keep(fetched.content)
    file = receiving.File(feed.feed, day, digest, fetched.name, len(fetched.content))
    known = receiving.known_outcome(desk.warehouse, file)
    if known:
        return known
    try:
        rows = read(feed, fetched.content)
        taken = normalise(feed, rows, day, desk.house)
        reports, checked = _checked(desk, feed, taken)
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
        }
        for number, reason in checked.reasons.items()
    ]
    return receiving.store_delivery(desk.warehouse, file, merged, held, ledger, taken.notes, desk.clock())


def _checked(desk: Desk, feed: Feed, taken: Normalised) -> tuple[pd.DataFrame, Checked]:
    reports = desk.gazetteer.located(taken.reports)
    return reports, check(reports, desk.suites[feed.feed], feed.feed, feed.words)


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
    )


def _without_name(feed: str, error: Exception) -> str:
    return str(error).removeprefix(f"{feed}: ")


def _or_none(value: object) -> object:
    return None if pd.isna(value) else value  # type: ignore[call-overload]
