"""The steps of a day, in order. Start here.

    receive (each feed)  ->  link  ->  trigger  ->  brief  ->  post

Each step can be done again: what is done is found done. Airflow runs them as tasks, the command line in one process.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

import structlog

from tasking import delivery
from tasking.briefing import store
from tasking.briefing.versions import current_briefing, stored_briefing
from tasking.delivery import (
    FAILED,
    notify_ops,
    post_weekly,
    send_feed_alert,
)
from tasking.intake import receiving
from tasking.intake.fetching import fetch_all
from tasking.intake.polling import poll_again, receive_all, record_internal_failure, stored_receipt
from tasking.intake.receiving import receive_repeat_poll
from tasking.intake.store import feed_days
from tasking.intake.transports.digest import digest_of
from tasking.linkage import linking
from tasking.model.briefing import Briefing
from tasking.model.day import days_between
from tasking.model.delivery import Ledger, Receipt
from tasking.model.errors import NotPosted, PromiseBroken, traceback_without_values
from tasking.model.log_context import in_context
from tasking.model.trigger import Proposal
from tasking.services import Services
from tasking.triggers import run, weekly
from tasking.triggers.weekly import first_meeting

log = structlog.get_logger(__name__)

_LAST_LOOK_S: Final = 45.0  # of the five minutes before everybody hears that there is no briefing


@dataclass(frozen=True)
class Day:
    """What running a day came to."""

    day: date
    receipts: tuple[Receipt, ...]
    briefing: Briefing
    version: int
    posted: tuple[str, ...] = ()


def run_day(services: Services, day: date, *, is_posting: bool = True, is_old_day_posted: bool = False) -> Day:
    """All steps of one reporting day. Raises PromiseBroken where the ledger does not balance, NotPosted where a channel
    did not take the briefing."""
    receipts, failures = receive_all(services.intake, day)  # a moment ago: nobody is asked again
    lost = f"{day}: the briefing is made, and a fault of ours lost {', '.join(failures)}"
    try:
        posted = finish(services, day, is_posting=is_posting, is_old_day_posted=is_old_day_posted, asks_again=False)
    except NotPosted as error:
        if failures:
            raise PromiseBroken(lost) from error
        raise
    if failures:
        raise PromiseBroken(lost)
    briefing, version = stored_briefing(services.briefings, day)
    return Day(day, tuple(receipts), briefing, version, posted)


@dataclass(frozen=True)
class PollResult:
    """What asking a feed came to: how it stands, the digest of the answer, and whether it failed for the first time."""

    receipt: Receipt
    digest: str
    is_first_failure: bool


def poll(services: Services, feed: str, day: date) -> PollResult:
    """Receives a feed's delivery of a day if it is there. Ops hear of a feed that fails again, and of one that is well.

    Raises a fault of ours, after the second of which in a row ops were told too.
    """
    before = feed_days.outcome_of(services.warehouse, feed, day)
    ((_, answer),) = fetch_all(services.intake, [feed], day)
    try:
        receipt = receive_repeat_poll(services.intake, feed, day, answer) or stored_receipt(services.intake, feed, day)
    except Exception as error:
        send_feed_alert(services.delivery, before, record_internal_failure(services.intake, feed, day, error))
        raise
    send_feed_alert(services.delivery, before, receipt)
    has_failed, had_failed = receipt.outcome in FAILED, before in FAILED
    return PollResult(receipt, digest_of(answer), has_failed and not had_failed)


def send_feed_alerts(services: Services, day: date) -> None:
    """A word to ops for each feed that stands badly at the cut-off or is well again, unless they have heard it.

    It comes after the briefing is posted: a channel for ops that does not answer must not keep the meeting waiting.
    """
    for receipt in feed_days.receipts_of(services.warehouse, day):
        if receipt.feed in services.partnership.feeds:
            send_feed_alert(services.delivery, None, receipt)


def finish(
    services: Services, day: date, *, is_posting: bool = True, is_old_day_posted: bool = False, asks_again: bool = True
) -> tuple[str, ...]:
    """What follows when the feeds of a day are in: ask again, link, trigger, brief, post. Returns what was posted.

    Raises PromiseBroken where the ledger does not balance, NotPosted where a channel did not take the briefing.
    """
    if asks_again:
        poll_again(services.intake, day)
    link(services, day)
    trigger(services, day)
    brief(services, day)
    not_posted: NotPosted | None = None
    posted: tuple[str, ...] = ()
    if is_posting:
        try:
            posted = post(services, day, is_old_day_posted=is_old_day_posted)
        except NotPosted as error:
            not_posted = error
    send_feed_alerts(services, day)
    check_promises(services, day)
    if not_posted:
        raise not_posted
    return posted


def replay(services: Services, first: date, last: date, each: Callable[[Day], None]) -> None:
    """The days in turn, oldest first, without posting; `each` is told of every day that is done."""
    for day in days_between(first, last):
        each(run_day(services, day, is_posting=False))


def receive(services: Services, feed: str, day: date) -> Receipt:
    """Fetches, reads, checks and stores one feed's delivery of a day; see intake.receiving."""
    return receiving.receive(services.intake, feed, day)


@in_context
def link(services: Services, day: date) -> int:
    """Puts every report received up to `day` into an incident. Returns how many reports were new to linking.

    Nothing that anybody wrote stops it: a report that can't be read is an incident of its own, and ops are told.
    """
    new = linking.link(services.linkage, day)
    if unread := services.linkage.unreadable_reports(day):
        count = sum(unread.values())
        notify_ops(
            services.delivery,
            day,
            "unread",
            f"{count} report{'s' if count > 1 else ''} could not be read for linking",
            [
                ", ".join(
                    f"{services.feeds[feed].partner if feed in services.feeds else feed}: {n}"
                    for feed, n in unread.items()
                )
                + ". Each is an incident of its own and is in the briefing's figures.",
                "Tell the maintainers, with the lines of the log of linking: they name the reports, and where reading "
                "failed.",
            ],
        )
    return new


@in_context
def trigger(services: Services, day: date) -> list[Proposal]:
    """Runs every rule on a day. Returns what was raised; on a second run, nothing.

    A rule that fails is set aside, the others run, and ops are told which it was.
    """
    raised = run.run_rules(services.triggers, day)
    for rule, kind in raised.set_aside.items():
        notify_ops(
            services.delivery,
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
def brief(services: Services, day: date) -> tuple[Briefing, int]:
    """Composes and stores the briefing of a day, and the taskings in it; unchanged news keeps its version.

    Returns the briefing in force and its version: see briefing.versions.
    """
    return current_briefing(services.briefings, day)


def post(services: Services, day: date, *, is_old_day_posted: bool = False) -> tuple[str, ...]:
    """Posts the stored briefing once to each channel, or edits what was posted; see delivery.briefing."""
    return delivery.post(services.delivery, day, is_old_day_posted=is_old_day_posted)


def is_briefed(services: Services, day: date) -> bool:
    """True once a day has a briefing; what lands after that is late news."""
    return store.latest_briefing(services.warehouse, day) is not None


def ensure_posted(services: Services, day: date, *, switched_off: Collection[str] = ()) -> tuple[str, ...]:
    """At 07:50: is the briefing in its channels, whole? If not, it is made from what has landed, and posted or sent by
    mail; what is there already costs no channel a call.

    Who has not landed is asked once more, but for feeds that somebody switched off, and what lands then is in the
    briefing, which is edited if it was posted.
    Returns what was done. Raises what kept it from being made or posted, after ops were told; the message that waits at
    the channel for 07:55 then says so to everybody.
    """
    if not services.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day",)
    not_made = _made_from_what_there_is(services, day, switched_off)
    try:
        done = post(services, day)
    except NotPosted:  # which names the channels; ops were told
        raise
    except Exception as error:
        kind = f"It is made, and could not be posted: a fault of ours ({type(error).__name__})"
        notify_ops(services.delivery, day, "not-posted", f"The briefing of {day} is not in every channel", [kind])
        raise
    send_feed_alerts(services, day)
    if not_made is not None:
        raise not_made
    return done


def _made_from_what_there_is(services: Services, day: date, switched_off: Collection[str]) -> Exception | None:
    """Asks who is missing once more, and makes the briefing of what there is; where nothing is new it stands as it is.

    Returns what kept it from being made anew where an older version is there to be posted, after ops were told; raises
    it where there is none.
    """
    try:
        poll_again(services.intake, day, _LAST_LOOK_S, is_only_for_missing=True, switched_off=switched_off)
        link(services, day)
        trigger(services, day)
        brief(services, day)
    except Exception as error:
        kind = type(error).__name__
        if not is_briefed(services, day):
            notify_ops(
                services.delivery,
                day,
                "no-briefing",
                f"There is no briefing of {day}",
                [f"It could not be made: {kind}"],
            )
            raise
        log.error("the briefing could not be made anew", day=str(day), where=traceback_without_values(error))
        head = f"The briefing of {day} is without the newest rows"
        notify_ops(
            services.delivery,
            day,
            "not-made-anew",
            head,
            [f"It could not be made anew ({kind}); the version before is used."],
        )
        return error
    return None


def weekly_alert(services: Services, week: str, *, is_old_week_posted: bool = False) -> tuple[str, ...]:
    """Makes the alert of an ISO week (`2026-W44`) and posts it once, from its first meeting day on.

    Returns what was done, in words. Raises NotPosted, and TaskingError for what is no week.
    """
    day = first_meeting(services.triggers, week)
    if services.clock().astimezone(services.partnership.zone).date() < day:
        return (f"the first meeting of {week} is on {day:%a} {day.day} {day:%b}: nothing posted before it",)
    return post_weekly(services.delivery, weekly(services.triggers, week), is_old_week_posted=is_old_week_posted)


def check_promises(services: Services, day: date) -> None:
    """Raises PromiseBroken where a row of the day is not accounted for."""
    for row in services.warehouse.query("ledger/ledger", first_day=day, last_day=day):
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
