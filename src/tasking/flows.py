"""The steps of a day, in order. Start here.

    receive (each feed)  ->  link  ->  trigger  ->  brief  ->  post

Each step can be done again: what is done is found done. Airflow runs them as tasks, the command line in one process.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import structlog

from tasking import linking, triggering
from tasking.context import in_context
from tasking.desk import Desk, stored_briefing
from tasking.editions import edition_of
from tasking.erasure import Elsewhere, erase, find_person, lift_hold, place_hold
from tasking.feeds.transports.digest import digest_of
from tasking.fetching import fetch_all
from tasking.intake import receive, receive_by_hand, received, received_again
from tasking.linking import read_again
from tasking.mending import amend, error_return, reject, release_all
from tasking.model.briefing import Briefing
from tasking.model.day import days_between
from tasking.model.delivery import A_FAULT_OF_OURS, Ledger, Outcome, Receipt
from tasking.model.errors import NotPosted, PromiseBroken, traceback_without_values
from tasking.model.trigger import Proposal
from tasking.posting import (
    FAILED,
    edited,
    is_posted,
    leave_dead_mans_message,
    post,
    post_weekly,
    press,
    refresh_all,
    tell_of_feed,
    tell_ops,
    why_not_in,
)
from tasking.rekeying import keys_in_use, rekey
from tasking.retention import purge
from tasking.triggering import first_meeting, weekly
from tasking.warehouse import feed_days, reading
from tasking.warehouse.faults import why_ours

__all__ = [
    "Day", "Desk", "Elsewhere", "amend", "are_all_in", "ask", "ask_again", "brief", "check_promises", "edited", "erase",
    "error_return", "find_person", "finish", "is_briefed", "is_posted", "keys_in_use",
    "leave_dead_mans_message", "lift_hold", "link", "make_sure", "place_hold", "post", "press", "purge",
    "read_again", "receive", "receive_all", "receive_by_hand", "refresh_all", "reject", "rekey", "release_all",
    "replay", "run_day", "stored_briefing", "tell_of_feeds", "trigger", "weekly", "weekly_alert", "why_not_in",
]  # fmt: skip

log = structlog.get_logger(__name__)

_ASK_AGAIN_S: Final = 120.0
_LAST_LOOK_S: Final = 45.0  # of the five minutes before everybody hears that there is no briefing


@dataclass(frozen=True)
class Day:
    """What running a day came to."""

    day: date
    receipts: tuple[Receipt, ...]
    briefing: Briefing
    version: int
    posted: tuple[str, ...] = ()


def run_day(desk: Desk, day: date, *, is_posting: bool = True, is_old_day_posted: bool = False) -> Day:
    """All steps of one reporting day. Raises PromiseBroken where the ledger does not balance, NotPosted where a channel
    did not take the briefing."""
    receipts, failures = receive_all(desk, day)  # a moment ago: nobody is asked again
    lost = f"{day}: the briefing is made, and a fault of ours lost {', '.join(failures)}"
    try:
        posted = finish(desk, day, is_posting=is_posting, is_old_day_posted=is_old_day_posted, asks_again=False)
    except NotPosted as error:
        if failures:
            raise PromiseBroken(lost) from error
        raise
    if failures:
        raise PromiseBroken(lost)
    briefing, version = stored_briefing(desk, day)
    return Day(day, tuple(receipts), briefing, version, posted)


@dataclass(frozen=True)
class Asked:
    """What asking a feed came to: how it stands, the digest of the answer, and whether it failed for the first time."""

    receipt: Receipt
    digest: str
    is_first_failure: bool


def ask(desk: Desk, feed: str, day: date) -> Asked:
    """Receives a feed's delivery of a day if it is there. Ops hear of a feed that fails again, and of one that is well.

    Raises a fault of ours, after the second of which in a row ops were told too.
    """
    before = feed_days.outcome_of(desk.warehouse, feed, day)
    ((_, answer),) = fetch_all(desk, [feed], day)
    try:
        receipt = received_again(desk, feed, day, answer) or _as_stored(desk, feed, day)
    except Exception as error:
        tell_of_feed(desk, before, _lost(desk, feed, day, error))
        raise
    tell_of_feed(desk, before, receipt)
    has_failed, had_failed = receipt.outcome in FAILED, before in FAILED
    return Asked(receipt, digest_of(answer), has_failed and not had_failed)


def receive_all(desk: Desk, day: date, *, is_only_for_missing: bool = False) -> tuple[list[Receipt], list[str]]:
    """Every feed of a day, or each that has not landed whole, all asked at once.

    Returns the receipts and, in words, which feeds a fault of ours lost.
    """
    before = feed_days.outcomes_of(desk.warehouse, day)
    receipts, failures = {}, {}
    for feed, answer in fetch_all(desk, _not_in(desk, before) if is_only_for_missing else desk.partnership.feeds, day):
        try:
            receipts[feed] = received(desk, feed, day, answer)
        except Exception as error:  # one feed's failure, ours included, never stops the others
            failures[feed] = f"{feed} ({why_ours(error)})"
            receipts[feed] = _lost(desk, feed, day, error)
    in_order = [feed for feed in desk.partnership.feeds if feed in receipts]
    return [receipts[feed] for feed in in_order], [failures[feed] for feed in in_order if feed in failures]


def ask_again(
    desk: Desk,
    day: date,
    within_s: float = _ASK_AGAIN_S,
    *,
    is_only_for_missing: bool = False,
    switched_off: Collection[str] = (),
) -> list[Receipt]:
    """Asks every feed once more, all at once, before its day is linked: a file may have grown, or have come since.

    `is_only_for_missing`: feeds that have landed whole are left in peace, but for those whose file had a header and no
    row: the full one may have followed. `switched_off`: feeds that somebody paused, which come in by no other door.
    Raises nothing. The meeting does not wait for slow partners: who has not answered after `within_s` seconds was out
    of reach.
    """
    feeds = desk.partnership.feeds
    if is_only_for_missing:
        whole = {feed for feed, (outcome, rows) in _rows_in(desk, day).items() if outcome == Outcome.LANDED and rows}
        feeds = [feed for feed in feeds if feed not in whole]
    feeds = [feed for feed in feeds if feed not in switched_off]
    receipts = []
    for feed, answer in fetch_all(desk, feeds, day, within_s):
        try:
            receipt = received_again(desk, feed, day, answer)
        except Exception as error:  # what is in already is in; one feed never stops the others
            receipt = _lost(desk, feed, day, error)
        receipts += [receipt] if receipt else []
    return receipts


def _as_stored(desk: Desk, feed: str, day: date) -> Receipt:
    return feed_days.receipt_of(desk.warehouse, feed, day) or Receipt(feed, day, Outcome.MISSING)


def _lost(desk: Desk, feed: str, day: date, error: Exception) -> Receipt:
    """How a feed stands that a fault of ours struck: the log says where, and nobody says that nothing came.

    Where what failed fails again as this is stored, such as a full disk, the receipt is given and not stored.
    """
    why = why_ours(error)
    log.error("a feed could not be received", feed=feed, day=str(day), why=why, where=traceback_without_values(error))
    lost = Receipt(feed, day, Outcome.UNREACHABLE, reason=f"{A_FAULT_OF_OURS} ({why})")
    try:
        return feed_days.store(desk.warehouse, lost, desk.clock())
    except Exception as again:  # one feed never stops the others, and the first fault is the one to be told
        why = why_ours(again)
        log.error("nor could that be stored", feed=feed, day=str(day), why=why, where=traceback_without_values(again))
        return replace(lost, reason=f"{lost.reason}; nor could that be stored ({why})")


def tell_of_feeds(desk: Desk, day: date) -> None:
    """A word to ops for each feed that stands badly at the cut-off or is well again, unless they have heard it.

    It comes after the briefing is posted: a channel for ops that does not answer must not keep the meeting waiting.
    """
    for receipt in feed_days.receipts_of(desk.warehouse, day):
        if receipt.feed in desk.partnership.feeds:
            tell_of_feed(desk, None, receipt)


def are_all_in(desk: Desk, day: date) -> bool:
    """True once every feed of a day has landed whole."""
    return not _not_in(desk, feed_days.outcomes_of(desk.warehouse, day))


def _not_in(desk: Desk, outcomes: Mapping[str, Outcome]) -> list[str]:
    return [feed for feed in desk.partnership.feeds if outcomes.get(feed) != Outcome.LANDED]


def finish(
    desk: Desk, day: date, *, is_posting: bool = True, is_old_day_posted: bool = False, asks_again: bool = True
) -> tuple[str, ...]:
    """What follows when the feeds of a day are in: ask again, link, trigger, brief, post. Returns what was posted.

    Raises PromiseBroken where the ledger does not balance, NotPosted where a channel did not take the briefing.
    """
    if asks_again:
        ask_again(desk, day)
    link(desk, day)
    trigger(desk, day)
    brief(desk, day)
    not_posted: NotPosted | None = None
    posted: tuple[str, ...] = ()
    if is_posting:
        try:
            posted = post(desk, day, is_old_day_posted=is_old_day_posted)
        except NotPosted as error:
            not_posted = error
    tell_of_feeds(desk, day)
    check_promises(desk, day)
    if not_posted:
        raise not_posted
    return posted


def replay(desk: Desk, first: date, last: date, each: Callable[[Day], None]) -> None:
    """The days in turn, oldest first, without posting; `each` is told of every day that is done."""
    for day in days_between(first, last):
        each(run_day(desk, day, is_posting=False))


@in_context
def link(desk: Desk, day: date) -> int:
    """Puts every report received up to `day` into an incident. Returns how many reports were new to linking.

    Nothing that anybody wrote stops it: a report that can't be read is an incident of its own, and ops are told.
    """
    new = linking.link(desk, day)
    if unread := linking.unread_of(desk, day):
        count = sum(unread.values())
        tell_ops(
            desk,
            day,
            "unread",
            f"{count} report{'s' if count > 1 else ''} could not be read for linking",
            [
                ", ".join(
                    f"{desk.feeds[feed].partner if feed in desk.feeds else feed}: {n}" for feed, n in unread.items()
                )
                + ". Each is an incident of its own and is in the briefing's figures.",
                "Tell the maintainers, with the lines of the log of linking: they name the reports, and where reading "
                "failed.",
            ],
        )
    return new


@in_context
def trigger(desk: Desk, day: date) -> list[Proposal]:
    """Runs every rule on a day. Returns what was raised; on a second run, nothing.

    A rule that fails is set aside, the others run, and ops are told which it was.
    """
    raised = triggering.run_rules(desk, day)
    for rule, kind in raised.set_aside.items():
        tell_ops(
            desk,
            day,
            f"rule-{rule}",
            f"The rule {rule} did not run on {day}: {kind}",
            [
                "The other rules ran, and the briefing is made without what this one would have proposed.",
                f"Look at include/rules/{rule}.yml and include/sql/rules/{rule}.sql, which the log names the fault of; "
                "then clear the task trigger.",
            ],
        )
    return list(raised.proposals)


@in_context
def brief(desk: Desk, day: date) -> tuple[Briefing, int]:
    """Composes and stores the briefing of a day, and the taskings in it; unchanged news keeps its version.

    Returns the briefing that stands, and its version: see editions.
    """
    return edition_of(desk, day)


def is_briefed(desk: Desk, day: date) -> bool:
    """True once a day has a briefing; what lands after that is late news."""
    return reading.latest_briefing(desk.warehouse, day) is not None


def make_sure(desk: Desk, day: date, *, switched_off: Collection[str] = ()) -> tuple[str, ...]:
    """At 07:50: is the briefing in its channels, whole? If not, it is made from what has landed, and posted or sent by
    mail; what is there already costs no channel a call.

    Who has not landed is asked once more, but for feeds that somebody switched off, and what lands then is in the
    briefing, which is edited if it was posted.
    Returns what was done. Raises what kept it from being made or posted, after ops were told; the message that waits at
    the channel for 07:55 then says so to everybody.
    """
    if not desk.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day",)
    not_made = _made_from_what_there_is(desk, day, switched_off)
    try:
        done = post(desk, day)
    except NotPosted:  # which names the channels; ops were told
        raise
    except Exception as error:
        kind = f"It is made, and could not be posted: a fault of ours ({type(error).__name__})"
        tell_ops(desk, day, "not-posted", f"The briefing of {day} is not in every channel", [kind])
        raise
    tell_of_feeds(desk, day)
    if not_made is not None:
        raise not_made
    return done


def _made_from_what_there_is(desk: Desk, day: date, switched_off: Collection[str]) -> Exception | None:
    """Asks who is missing once more, and makes the briefing of what there is; where nothing is new it stands as it is.

    Returns what kept it from being made anew where an older version is there to be posted, after ops were told; raises
    it where there is none.
    """
    try:
        ask_again(desk, day, _LAST_LOOK_S, is_only_for_missing=True, switched_off=switched_off)
        link(desk, day)
        trigger(desk, day)
        brief(desk, day)
    except Exception as error:
        kind = type(error).__name__
        if not is_briefed(desk, day):
            tell_ops(desk, day, "no-briefing", f"There is no briefing of {day}", [f"It could not be made: {kind}"])
            raise
        log.error("the briefing could not be made anew", day=str(day), where=traceback_without_values(error))
        head = f"The briefing of {day} is without the newest rows"
        tell_ops(desk, day, "not-made-anew", head, [f"It could not be made anew ({kind}); the version before is used."])
        return error
    return None


def _rows_in(desk: Desk, day: date) -> dict[str, tuple[Outcome, int]]:
    """Feed -> how it landed, and the rows that came, for those that have."""
    receipts = feed_days.receipts_of(desk.warehouse, day)
    return {one.feed: (one.outcome, one.ledger.rows_in) for one in receipts if one.outcome.has_landed}


def weekly_alert(desk: Desk, week: str, *, is_old_week_posted: bool = False) -> tuple[str, ...]:
    """Makes the alert of an ISO week (`2026-W44`) and posts it once, from its first meeting day on.

    Returns what was done, in words. Raises NotPosted, and TaskingError for what is no week.
    """
    day = first_meeting(desk, week)
    if desk.clock().astimezone(desk.partnership.zone).date() < day:
        return (f"the first meeting of {week} is on {day:%a} {day.day} {day:%b}: nothing posted before it",)
    return post_weekly(desk, weekly(desk, week), is_old_week_posted=is_old_week_posted)


def check_promises(desk: Desk, day: date) -> None:
    """Raises PromiseBroken where a row of the day is not accounted for."""
    for row in desk.warehouse.query("ledger/ledger", first_day=day, last_day=day):
        ledger = Ledger(
            *(
                row[name]
                for name in ("rows_in", "new_reports", "repeats", "revisions", "held", "out_of_area", "ignored")
            )
        )
        if not ledger.balances:
            raise PromiseBroken(
                f"{row['feed']} on {day}: {ledger.rows_in} rows came in and {ledger.accounted_for} are accounted for"
            )
