"""The status of a feed's day, from what became of each file that was fetched for it."""

from collections.abc import Sequence
from datetime import date

from tasking.config.feed import Feed
from tasking.model.delivery import (
    LATE_FILE_TAKEN,
    NOT_TAKEN,
    FetchedFile,
    FetchResult,
    Ledger,
    Outcome,
    Receipt,
    quoted,
)

FileReceipt = tuple[FetchedFile, Receipt]


def day_receipt(
    feed: Feed, day: date, fetched: FetchResult, received: Sequence[FileReceipt], before: Outcome | None
) -> Receipt:
    """One receipt for the day, which names the fault of each file. `before`: how the day stood until now."""
    own_name = feed.delivery.file_name(day)
    landed = [receipt for _, receipt in received if receipt.outcome.has_landed]
    ledger = sum((receipt.ledger for receipt in landed), Ledger())
    notes = tuple(note for receipt in landed for note in receipt.notes)
    faults = _faults(feed, own_name, received)
    outcomes = {receipt.outcome for file, receipt in received if file.name == own_name}
    if any(outcome.has_landed for outcome in outcomes):
        outcome = Outcome.LANDED_IN_PART if faults else Outcome.LANDED
    else:
        outcome = next((one for one in (Outcome.REFUSED, Outcome.SAME_AS_BEFORE) if one in outcomes), Outcome.MISSING)
        faults += [LATE_FILE_TAKEN] if landed else []
        faults += _why_missing(fetched) if outcome == Outcome.MISSING else []
        if outcome == Outcome.REFUSED and before is not None and before.has_landed:
            outcome = Outcome.LANDED_IN_PART  # an earlier file of this day was stored
    return Receipt(feed.feed, day, outcome, ledger, "; ".join(faults), notes)


def _faults(feed: Feed, own_name: str, received: Sequence[FileReceipt]) -> list[str]:
    """What is wrong with each file; an old file that was sent again counts only under the day's own name."""
    return [
        receipt.reason if len(received) == 1 else f"{quoted(file.name)}: {without_feed(feed.feed, receipt.reason)}"
        for file, receipt in received
        if receipt.reason and (receipt.outcome != Outcome.SAME_AS_BEFORE or file.name == own_name)
    ]


def _why_missing(fetched: FetchResult) -> list[str]:
    not_taken = [f"{NOT_TAKEN}: {', '.join(fetched.not_taken)}"] if fetched.not_taken else []
    return [*not_taken, *(() if fetched.files else fetched.hints)]


def without_feed(feed: str, error: object) -> str:
    """An error's message without the feed's name in front."""
    return str(error).removeprefix(f"{feed}: ")
