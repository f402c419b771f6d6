"""The first step: a delivery is fetched, kept, read, checked and stored.

Walls stand around each file and each row: what can't be read is set aside in words, and what is beside it goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

import pandas as pd
import structlog

from tasking.config.feed import Feed
from tasking.intake.fetching import FetchAttempt, FetchTimedOut
from tasking.intake.headings import merge_headings
from tasking.intake.identity import ReportedEvent, is_another_event, report_ids
from tasking.intake.normalise import Normalised, normalise
from tasking.intake.quality.suites import CheckResult, check
from tasking.intake.readers import Rows, read_rows
from tasking.intake.service import IntakeService
from tasking.intake.store import deliveries, feed_days
from tasking.intake.transports import Request
from tasking.model.delivery import (
    BROUGHT_BY_HAND,
    LATE_FILE_TAKEN,
    NOT_TAKEN,
    NOT_WHOLE,
    FetchedFile,
    FetchResult,
    Ledger,
    Outcome,
    Receipt,
    quoted,
)
from tasking.model.errors import (
    DeliveryNotComplete,
    DeliveryRefused,
    TransportError,
    traceback_without_values,
)
from tasking.model.log_context import in_context
from tasking.warehouse.audit_log import Entry
from tasking.warehouse.audit_log import log as log_entry

log = structlog.get_logger(__name__)

OUR_FAULT: Final = "unreadable because of a fault in Tasking: tell the maintainers"
# Everybody reads why rows are held: of the report of that reference it says neither when it came nor how it is handled.
REFERENCE_REUSED: Final = (
    'used again: "{source_ref_column}" is the reference of another event; release it if this corrects that report'
)
LIFTS_RESTRICTION: Final = "would change how the report of that reference is handled; release it if that is right"
_MOST_NAMES: Final = 5
_NEW: Final = {"is_restricted": False}
_MOST_TRIES: Final = 100  # a try takes a quarter of a second


@in_context
def receive(service: IntakeService, feed_name: str, day: date) -> Receipt:
    """Fetches, reads, checks and stores one feed's delivery of a day.

    Never raises for what a partner did: a delivery that is missing, refused or out of reach is a receipt that says so.
    """
    feed = service.feeds[feed_name]
    try:
        answer: FetchAttempt = service.open_transport(feed).fetch(
            Request.of_day(feed, day, service.partnership.calendar)
        )
    except TransportError as error:
        answer = error
    return receive_attempt(service, feed_name, day, answer)


@in_context
def receive_attempt(service: IntakeService, feed_name: str, day: date, answer: FetchAttempt) -> Receipt:
    """Reads, checks and stores what a partner's system answered. Raises a fault of ours that the answer is."""
    if isinstance(answer, FetchTimedOut):
        receipt = Receipt(feed_name, day, Outcome.UNREACHABLE, reason="no answer in the time that there was")
    elif isinstance(answer, DeliveryNotComplete):  # we looked, and it is not all there yet
        receipt = Receipt(feed_name, day, Outcome.MISSING, reason=NOT_WHOLE + _without_name(feed_name, answer))
    elif isinstance(answer, TransportError):
        receipt = Receipt(feed_name, day, Outcome.UNREACHABLE, reason=_without_name(feed_name, answer))
    elif isinstance(answer, Exception):
        raise answer
    else:
        receipt = _taken(service, service.feeds[feed_name], day, answer)
    return feed_days.store(service.warehouse, receipt, service.clock())


@in_context
def receive_repeat_poll(service: IntakeService, feed_name: str, day: date, answer: FetchAttempt) -> Receipt | None:
    """Takes what a partner's system gives when it is asked once more: what was appended, or came since.

    Returns None where a delivery is in and that changes nothing: no answer now, or nothing of the day now.
    """
    before = feed_days.outcome_of(service.warehouse, feed_name, day)
    if before is None or not before.has_landed:
        return receive_attempt(service, feed_name, day, answer)
    if isinstance(answer, TransportError | FetchTimedOut):
        log.warning("asked again before linking, without an answer", feed=feed_name, error=type(answer).__name__)
        return None
    if isinstance(answer, Exception):
        raise answer
    # A page that does not come the second time takes nothing away from a delivery that is whole.
    files = tuple(file for file in answer.files if before == Outcome.LANDED_IN_PART or not file.lacking)
    if not files:
        return None
    receipt = _taken(service, service.feeds[feed_name], day, replace(answer, files=files))
    feed_days.store(service.warehouse, receipt, service.clock())
    return receipt if receipt.outcome.has_landed else None


def receive_by_hand(
    service: IntakeService, feed_name: str, day: date, name: str, content: bytes, actor: str
) -> Receipt:
    """Takes a file that somebody brought, as if the partner had put it where we fetch; see take.

    One that is not taken says nothing of the partner: how the feed stands is left as it was.
    """
    feed = service.feeds[feed_name]
    receipt = receive_file(service, feed, day, FetchedFile(name, content, note=BROUGHT_BY_HAND))
    with service.warehouse.writing():  # the file itself is found stored where it is brought again
        if receipt.outcome.has_landed:
            feed_days.store(service.warehouse, receipt, service.clock())
        entry = Entry(actor, "file brought by hand", f"{feed_name} {day}", receipt.outcome)
        log_entry(service.warehouse, entry, service.clock())
    return receipt


def receive_file(service: IntakeService, feed: Feed, day: date, fetched: FetchedFile) -> Receipt:
    """One file: kept as it came, read, checked and stored; or refused, in words. Raises nothing for what is in it.

    A fault of ours that strikes even blank rows is raised: it is no partner's, and must not end in silence.
    """
    digest = service.archive.digest_of(fetched.content)
    file = deliveries.DeliveredFile(feed.feed, day, digest, fetched.name, len(fetched.content))
    known = deliveries.earlier_receipt(service.warehouse, file)
    if known:
        return known  # and not kept again: what was erased or is too old would be back
    service.archive.keep(fetched.content)
    try:
        return _stored(service, feed, file, fetched)
    except DeliveryRefused as error:
        return deliveries.store_refusal(service.warehouse, file, str(error), service.clock())


def _stored(service: IntakeService, feed: Feed, file: deliveries.DeliveredFile, fetched: FetchedFile) -> Receipt:
    rows = read_rows(feed, fetched.content)
    taken, reports = _reports(service, feed, file.day, rows)
    reports, checked = check_reports(service, feed, reports)
    accepted = reports.drop(index=list(checked.reasons))
    merged = merge_headings(feed, accepted, taken.raw)
    ledger = Ledger(
        rows_in=len(taken.raw) + rows.ignored,
        held=len(checked.reasons),
        repeats=len(accepted) - len(merged),
        ignored=rows.ignored,
    )
    held = [
        {
            "row_number": number,
            "source_ref": _or_none(reports.at[number, "source_ref"]),
            "reason": reason,
            "can_be_released": number in checked.releasable,
            "row_as_sent": taken.raw.loc[number].dropna().to_dict(),
            "columns_at_fault": _at_fault(feed, checked.columns[number], taken.raw.loc[number]),
            "is_restricted": bool(reports.at[number, "is_restricted"]),
            "about": _about(service, reports.loc[number]),
        }
        for number, reason in checked.reasons.items()
    ]
    notes = [*filter(None, [fetched.note]), *taken.notes]
    lacking = "; ".join(filter(None, [fetched.lacking, rows.lacking]))
    return deliveries.store_delivery(service.warehouse, file, merged, held, ledger, notes, service.clock(), lacking)


def _reports(service: IntakeService, feed: Feed, day: date, rows: Rows) -> tuple[Normalised, pd.DataFrame]:
    """A delivery's rows as reports with their places. A row that breaks our own reading is a defect of that row."""
    try:
        return _normalised(service, feed, day, rows)
    except Exception as error:  # a wall: one row's words never keep the others out
        broken = _broken(service, feed, day, rows)
        log.error(
            "rows could not be read", feed=feed.feed, rows=broken[:_MOST_NAMES], count=len(broken),
            where=traceback_without_values(error),
        )  # fmt: skip
    blank = rows.frame.copy()
    blank.loc[broken] = None
    defects = {**rows.defects, **dict.fromkeys(broken, OUR_FAULT)}
    taken, reports = _normalised(service, feed, day, replace(rows, frame=blank.astype("str"), defects=defects))
    return replace(taken, raw=rows.frame), reports


def _normalised(service: IntakeService, feed: Feed, day: date, rows: Rows) -> tuple[Normalised, pd.DataFrame]:
    taken = normalise(feed, rows, day, service.conventions)
    return taken, service.gazetteer.located(taken.reports)


def _broken(service: IntakeService, feed: Feed, day: date, rows: Rows) -> list[int]:
    """The numbers of the rows that can't be read even alone, found by halving a file that can't be read as a whole.

    After _MOST_TRIES the rest of what can't be read together counts as broken.
    """
    broken: list[int] = []
    parts = _halves(rows.frame)
    for _ in range(_MOST_TRIES):
        if not parts:
            break
        part = parts.pop()
        try:
            _normalised(service, feed, day, replace(rows, frame=part))
        except Exception:  # what it was is logged once, by who asks
            if len(part) == 1:
                broken.append(int(part.index[0]))
            else:
                parts += _halves(part)
    return sorted([*broken, *(int(number) for part in parts for number in part.index)])


def _halves(frame: pd.DataFrame) -> list[pd.DataFrame]:
    middle = len(frame) // 2
    return [half for half in (frame.iloc[middle:], frame.iloc[:middle]) if len(half)]


def check_reports(service: IntakeService, feed: Feed, reports: pd.DataFrame) -> tuple[pd.DataFrame, CheckResult]:
    """The reports of a delivery with their `report_id`, and which of them are held.

    A reference that we know is compared with what is kept: a row that revises a report may have been received long ago,
    and one that tells of another event is held and asked.
    """
    reports = reports.assign(report_id=report_ids(feed, reports))
    named = reports["source_ref"].notna()
    kept = deliveries.latest_revisions(service.warehouse, reports.loc[named, "report_id"].unique().tolist())
    same_time = pd.Series(
        [
            report_id in kept and kept[report_id]["received_at"] == at
            for report_id, at in zip(reports["report_id"], reports["received_at"], strict=True)
        ],
        index=reports.index,
        dtype=bool,
    )
    reports["days_too_old"] = reports["days_too_old"].mask(same_time)
    checked = check(reports, service.suites[feed.feed], feed.feed, feed.placeholders)
    return reports, _with_used_again(feed, reports, checked, kept)


def _with_used_again(
    feed: Feed, reports: pd.DataFrame, checked: CheckResult, kept: Mapping[str, Mapping[str, Any]]
) -> CheckResult:
    """The rows that are held, and with them those whose reference was another event's, in the store or earlier in the
    file, and those that would lift a restriction."""
    reasons, columns, releasable = dict(checked.reasons), dict(checked.columns), set(checked.releasable)
    fit = reports.drop(index=list(reasons))
    names = ["report_id", "received_at", "occurred_from", "caller_key", "text", "is_restricted"]
    is_stored = fit["content_hash"].isin([row["content_hash"] for row in kept.values()])
    again = fit["report_id"].isin(list(kept)) | fit["report_id"].duplicated(keep=False)
    told = {report_id: _reported_event(row) for report_id, row in kept.items()}
    seen = fit.loc[again & ~is_stored, names].astype(object)
    for number, row in zip(seen.index.tolist(), seen.where(seen.notna(), None).to_dict("records"), strict=True):
        new = _reported_event(row)
        before = told.setdefault(row["report_id"], new)
        if is_another_event(new, before):
            reasons[number] = REFERENCE_REUSED.format_map(feed.placeholders)
            columns[number] = ("source_ref",)
            releasable.add(number)
        elif kept.get(row["report_id"], _NEW)["is_restricted"] and not row["is_restricted"]:
            reasons[number] = LIFTS_RESTRICTION
            columns[number] = ("sensitivity", "category")
            releasable.add(number)
    return CheckResult(dict(sorted(reasons.items())), frozenset(releasable), columns)


def _reported_event(row: Mapping[Any, Any]) -> ReportedEvent:
    return ReportedEvent(row["received_at"], row["occurred_from"], row["caller_key"], row["text"])


def _about(service: IntakeService, report: Any) -> dict[str, str]:
    """What a held row is about: its grade, kind and public place. Nothing where its columns have slipped."""
    if pd.notna(report["row_problem"]):
        return {}
    grade = _or_none(report["priority_text"])
    place = _or_none(report["place_name"]) or _or_none(report["town"]) or _or_none(report["ward"])
    kind = service.conventions.categories.labels.get(str(report["category"]), "")
    told = {"grade": str(grade)[:20] if grade else "", "kind": kind, "place": str(place or "")}
    return {name: words for name, words in told.items() if words}


def _at_fault(feed: Feed, report_columns: Sequence[str], row: Any) -> list[str]:
    """The partner's columns in which the faults lie: of several that make up one thing, those in which something is."""
    found: dict[str, None] = {}
    for one in report_columns:
        columns = feed.source_columns(one)
        found |= dict.fromkeys([name for name in columns if pd.notna(row[name])] or columns)
    return list(found)


def _taken(service: IntakeService, feed: Feed, day: date, fetch: FetchResult) -> Receipt:
    """The files of a day, each taken or refused by itself; one receipt that tells the fate of each."""
    before = feed_days.outcome_of(service.warehouse, feed.feed, day)
    # Where the day stands as whole, what was wrong with a file that came before has been put right: by another file
    # from there, or by one that somebody brought. It lies there still, and no longer counts.
    put_right = (
        deliveries.faulty_digests(service.warehouse, feed.feed, day) if before == Outcome.LANDED else frozenset()
    )
    by_content: dict[bytes, FetchedFile] = {}  # the same bytes twice are one delivery, the day's own
    for file in fetch.files:
        by_content.setdefault(file.content, file)
    receipts = [
        (file, receipt)
        for file, receipt in [(file, receive_file(service, feed, day, file)) for file in by_content.values()]
        if receipt.outcome == Outcome.LANDED or sha256(file.content).hexdigest() not in put_right
    ]
    own_name = feed.delivery.file_name(day)
    of_today = [(file, receipt) for file, receipt in receipts if file.name == own_name]
    landed = [receipt for _, receipt in receipts if receipt.outcome.has_landed]
    ledger = sum((receipt.ledger for receipt in landed), Ledger())
    notes = tuple(note for receipt in landed for note in receipt.notes)
    faults = [
        receipt.reason if len(receipts) == 1 else f"{quoted(file.name)}: {_without_name(feed.feed, receipt.reason)}"
        for file, receipt in receipts
        if receipt.reason and (receipt.outcome != Outcome.SAME_AS_BEFORE or file.name == own_name)
    ]
    outcomes = {receipt.outcome for _, receipt in of_today}
    if any(outcome.has_landed for outcome in outcomes):
        outcome = Outcome.LANDED_IN_PART if faults else Outcome.LANDED
    else:
        outcome = next((one for one in (Outcome.REFUSED, Outcome.SAME_AS_BEFORE) if one in outcomes), Outcome.MISSING)
        if landed:
            faults.append(LATE_FILE_TAKEN)
        if fetch.not_taken and outcome == Outcome.MISSING:
            faults.append(f"{NOT_TAKEN}: {', '.join(fetch.not_taken)}")
        if outcome == Outcome.MISSING and not fetch.files:
            faults += fetch.hints
        if outcome == Outcome.REFUSED and before is not None and before.has_landed:
            outcome = Outcome.LANDED_IN_PART  # the file that came first is in
    return Receipt(feed.feed, day, outcome, ledger, "; ".join(faults), notes)


def _without_name(feed: str, error: object) -> str:
    return str(error).removeprefix(f"{feed}: ")


def _or_none(value: object) -> object:
    return None if pd.isna(value) else value  # type: ignore[call-overload]
