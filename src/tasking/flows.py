"""The steps of a day, in order. Start here.

    receive (each feed)  ->  link  ->  brief  ->  post

Each step can be done again: what is done is found done. Airflow runs them as tasks, the command line in one process.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import structlog

from tasking import linkage
from tasking.briefing import Facts, Wording, compose, render_slack, render_text
from tasking.channels import Channel, Message
from tasking.feeds.archive import Archive
from tasking.feeds.declaration import Feed
from tasking.feeds.headings import merge_headings
from tasking.feeds.normalise import House, Normalised, normalise
from tasking.feeds.readers import Rows, read
from tasking.feeds.transports import Request, Transport
from tasking.model.briefing import Briefing
from tasking.model.day import days_between
from tasking.model.delivery import Fetched, Ledger, Outcome, Receipt
from tasking.model.errors import ChannelInDoubt, DeliveryRefused, PromiseBroken, TaskingError, TransportError
from tasking.model.partnership import Partnership
from tasking.places import Gazetteer
from tasking.quality import Checked, Suite, check
from tasking.warehouse import Warehouse, outbox, reading, receiving

log = structlog.get_logger(__name__)

_LINK_DAYS = 4  # deliveries that a day's reports are compared with
_BRIEFING = "briefing"


@dataclass(frozen=True)
class Desk:
    """All that the steps need. Made by runtime.local for the command line, by runtime.airflow for the DAGs."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    suites: Mapping[str, Sequence[Suite]]
    house: House
    gazetteer: Gazetteer
    warehouse: Warehouse
    archive: Archive
    wording: Wording
    open_transport: Callable[[Feed], Transport]
    channels: Sequence[Channel] = ()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True)
class Day:
    """What running a day came to."""

    day: date
    receipts: tuple[Receipt, ...]
    briefing: Briefing
    version: int
    posted: tuple[str, ...] = ()


def run_day(desk: Desk, day: date, *, is_posting: bool = True) -> Day:
    """All steps of one reporting day. Raises PromiseBroken where the ledger does not balance."""
    receipts, failures = [], []
    for feed in desk.partnership.feeds:
        try:
            receipts.append(receive(desk, feed, day))
        except Exception as error:  # one feed's failure, ours included, never stops the others
            failures.append(f"{feed} ({type(error).__name__})")
            log.error("a feed could not be received", feed=feed, day=str(day), error=type(error).__name__)
            lost = Receipt(feed, day, Outcome.MISSING, reason=f"a fault of ours ({type(error).__name__})")
            receiving.store_feed_day(desk.warehouse, lost, desk.clock())
            receipts.append(lost)
    link(desk, day)
    briefing, version = brief(desk, day)
    posted = post(desk, day) if is_posting else ()
    check_promises(desk, day)
    if failures:
        raise PromiseBroken(f"{day}: the briefing is made, and a fault of ours lost {', '.join(failures)}")
    return Day(day, tuple(receipts), briefing, version, posted)


def replay(desk: Desk, first: date, last: date, each: Callable[[Day], None]) -> None:
    """The days in turn, oldest first, without posting; `each` is told of every day that is done."""
    for day in days_between(first, last):
        each(run_day(desk, day, is_posting=False))


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


def link(desk: Desk, day: date) -> int:
    """Puts every report received up to `day` into an incident. Returns how many reports were new to it."""
    reports = reading.reports_to_link(desk.warehouse, day - timedelta(days=_LINK_DAYS), day)
    found = linkage.link(reports)
    reading.store_memberships(desk.warehouse, found.memberships, day, found.version)
    return len(found.memberships)


def brief(desk: Desk, day: date) -> tuple[Briefing, int]:
    """Composes and stores the briefing of a day; unchanged news keeps its version."""
    facts = Facts(
        ask=lambda name, **parameters: desk.warehouse.query(f"briefing/{name}", **parameters),
        partnership=desk.partnership,
        partners={name: feed.partner for name, feed in desk.feeds.items()},
        labels=desk.house.categories.labels,
    )
    briefing = compose(facts, day)
    inputs = {
        "linkage": linkage.VERSION,
        "deliveries": [row["delivery_id"] for row in desk.warehouse.query(
            "ledger/deliveries", first_day=briefing.covers[0], last_day=day)],
    }  # fmt: skip
    version = reading.store_briefing(desk.warehouse, day, briefing.canonical(), briefing.content_hash(), inputs)
    return briefing, version


def post(desk: Desk, day: date) -> tuple[str, ...]:
    """Posts the stored briefing once to each channel, or edits what was posted. Returns what was done, in words."""
    if not desk.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day: nothing posted, the next briefing covers it",)
    briefing, version = stored_briefing(desk, day)
    message = Message(
        run_key=f"{_BRIEFING}:{day}",
        text=render_text(briefing, version, desk.wording),
        slack=render_slack(briefing, version),
    )
    return tuple(_post_once(desk, channel, day, version, message) for channel in desk.channels)


def is_briefed(desk: Desk, day: date) -> bool:
    """True once a day has a briefing; what lands after that is late news."""
    return reading.latest_briefing(desk.warehouse, day) is not None


def check_promises(desk: Desk, day: date) -> None:
    """Raises PromiseBroken where a row of the day is not accounted for."""
    for row in desk.warehouse.query("ledger/ledger", first_day=day, last_day=day):
        ledger = Ledger(
            *(row[name] for name in ("rows_in", "new_reports", "repeats", "revisions", "held", "out_of_area"))
        )
        if not ledger.balances:
            raise PromiseBroken(
                f"{row['feed']} on {day}: {ledger.rows_in} rows came in and {ledger.accounted_for} are accounted for"
            )


def stored_briefing(desk: Desk, day: date) -> tuple[Briefing, int]:
    """The newest briefing of a day. Raises TaskingError where there is none."""
    found = reading.latest_briefing(desk.warehouse, day)
    if found is None:
        raise TaskingError(f"there is no briefing for {day}; make it with: tasking run --day {day}")
    return Briefing.model_validate_json(found[1]), found[0]


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
    cells = {**row["row_as_sent"], **changes}
    frame = (
        pd.DataFrame([cells], index=[row["row_number"]], dtype="str").reindex(columns=feed.fields.columns).astype("str")
    )
    taken = normalise(feed, Rows(frame), row["day"], desk.house)
    reports, checked = _checked(desk, feed, taken)
    if checked.reasons and (changes or not checked.releasable):
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


def _post_once(desk: Desk, channel: Channel, day: date, version: int, message: Message) -> str:
    claim = outbox.claim(desk.warehouse, day, channel.name, _BRIEFING, version, desk.clock())
    if claim.state == "sent" and claim.message_ref is not None:
        if claim.version == version:
            return f"{channel.name}: already posted, unchanged (v{version})"
        channel.update(claim.message_ref, message)
        outbox.record_sent(desk.warehouse, day, channel.name, _BRIEFING, version, claim.message_ref)
        return f"{channel.name}: edited to v{version}"
    # Somebody claimed the message and did not say how it ended: look before sending.
    reference = None if claim.is_ours else channel.look_up(message)
    if reference:
        channel.update(reference, message)
    else:
        reference = _sent(channel, message)
    outbox.record_sent(desk.warehouse, day, channel.name, _BRIEFING, version, reference)
    return f"{channel.name}: posted v{version}"


def _sent(channel: Channel, message: Message) -> str:
    try:
        return channel.send(message)
    except ChannelInDoubt:
        reference = channel.look_up(message)
        if reference is None:
            raise
        return reference


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
