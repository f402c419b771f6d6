"""The steps of a day, in order. Start here.

    receive (each feed)  ->  link  ->  trigger  ->  brief  ->  post

Each step is idempotent. Airflow runs them as tasks, the command line in one process.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

import structlog

from tasking import delivery
from tasking.briefing.versions import current_briefing, stored_briefing
from tasking.delivery import FAILED, ops_alerts, post_weekly, send_feed_alert
from tasking.intake import receiving
from tasking.intake.fetching import fetch_all
from tasking.intake.polling import poll_again, receive_all, record_internal_failure, stored_receipt
from tasking.intake.receiving import receive_repeat_poll
from tasking.intake.transports.digest import digest_of
from tasking.linkage import linking
from tasking.model.briefing import Briefing
from tasking.model.day import days_between
from tasking.model.delivery import Ledger, Receipt
from tasking.model.errors import NotPosted, PromiseBroken, traceback_without_values
from tasking.model.log_context import in_context
from tasking.model.trigger import Proposal
from tasking.services import Services
from tasking.triggers import build_weekly_alert, first_meeting, run_rules

log = structlog.get_logger(__name__)

_LAST_LOOK_S: Final = 45.0  # of the five minutes until the deadline alarm says that there is no briefing


@dataclass(frozen=True)
class Day:
    """The result of running a day."""

    day: date
    receipts: tuple[Receipt, ...]
    briefing: Briefing
    version: int
    posted: tuple[str, ...] = ()


def run_day(services: Services, day: date, *, is_posting: bool = True, is_old_day_posted: bool = False) -> Day:
    """Runs all steps of one reporting day.

    Raises PromiseBroken if the ledger does not balance, NotPosted if a channel did not accept the briefing.
    """
    receipts, failures = receive_all(services.intake, day)  # just polled, so `finish` does not poll again
    lost = f"{day}: the briefing is made, but a fault in Tasking lost {', '.join(failures)}"
    try:
        posted = finish(services, day, is_posting=is_posting, is_old_day_posted=is_old_day_posted, polls_again=False)
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
    """The result of polling a feed: its receipt, the digest of the answer, and whether this is its first failure."""

    receipt: Receipt
    digest: str
    is_first_failure: bool


def poll(services: Services, feed: str, day: date) -> PollResult:
    """Polls a feed and receives its delivery of a day if it is there. Alerts ops to a second failure and to a recovery.

    Raises on an internal fault, after alerting ops if it is the second in a row.
    """
    before = services.intake.outcome_of(feed, day)
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
    """Alerts ops to each feed that has failed at the cut-off or has recovered, unless they were alerted already.

    Called after the briefing is posted, so that an ops channel that does not respond cannot delay it.
    """
    for receipt in services.intake.receipts_of(day):
        if receipt.feed in services.partnership.feeds:
            send_feed_alert(services.delivery, None, receipt)


def finish(
    services: Services, day: date, *, is_posting: bool = True, is_old_day_posted: bool = False, polls_again: bool = True
) -> tuple[str, ...]:
    """The steps after receiving: poll again, link, trigger, brief, post. Returns what was posted.

    Raises PromiseBroken where the ledger does not balance, NotPosted where a channel did not take its message.
    """
    if polls_again:
        poll_again(services.intake, day)
    link(services, day)
    trigger(services, day)
    brief(services, day)
    not_posted: NotPosted | None = None
    posted: tuple[str, ...] = ()
    for step in (delivery.post, delivery.send_taskings) if is_posting else ():
        try:
            posted += step(services.delivery, day, is_old_day_posted=is_old_day_posted)
        except NotPosted as error:
            not_posted = not_posted or error
    send_feed_alerts(services, day)
    check_promises(services, day)
    if not_posted:
        raise not_posted
    return posted


def replay(services: Services, first: date, last: date, each: Callable[[Day], None]) -> None:
    """Runs each day, oldest first, without posting; calls `each` after every day."""
    for day in days_between(first, last):
        each(run_day(services, day, is_posting=False))


def receive(services: Services, feed: str, day: date) -> Receipt:
    """Fetches, reads, checks and stores one feed's delivery of a day; see intake.receiving."""
    return receiving.receive(services.intake, feed, day)


@in_context
def link(services: Services, day: date) -> int:
    """Puts every report received up to `day` into an incident. Returns how many reports were new to linking.

    No report can stop it: one whose features cannot be extracted is an incident of its own, and ops are alerted.
    """
    new = linking.link(services.linkage, day)
    ops_alerts.alert_unreadable_reports(services.delivery, day, services.linkage.unreadable_reports(day))
    return new


@in_context
def trigger(services: Services, day: date) -> list[Proposal]:
    """Runs every rule on a day. Returns the new proposals; none on a second run.

    A rule that fails is set aside, the others run, and ops are alerted with its name.
    """
    raised = run_rules(services.triggers, day)
    ops_alerts.alert_rules_set_aside(services.delivery, day, raised.set_aside)
    return list(raised.proposals)


@in_context
def brief(services: Services, day: date) -> tuple[Briefing, int]:
    """Composes and stores the briefing of a day, and the taskings in it; unchanged news keeps its version.

    Returns the current briefing and its version; see briefing.versions.
    """
    return current_briefing(services.briefings, day)


def post(services: Services, day: date, *, is_old_day_posted: bool = False) -> tuple[str, ...]:
    """Posts the stored briefing once to each channel, or edits what was posted; see delivery.briefing."""
    return delivery.post(services.delivery, day, is_old_day_posted=is_old_day_posted)


def is_briefed(services: Services, day: date) -> bool:
    """True if the day has a briefing; deliveries that land after it are late news."""
    return services.briefings.newest(day) is not None


def ensure_posted(services: Services, day: date, *, switched_off: Collection[str] = ()) -> tuple[str, ...]:
    """The last look at 07:50: makes and posts the briefing if it is not complete in every channel.

    Missing feeds are polled once more, except those in `switched_off` (paused DAGs); a posted briefing is then edited.
    No channel is called if the briefing is there. Falls back to the fallback channels. Returns what was done, in words.
    Raises what prevented making or posting it, after alerting ops; the deadline alarm then warns the meeting at 07:55.
    """
    if not services.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day",)
    not_made = _made_from_what_there_is(services, day, switched_off)
    try:
        done = post(services, day)
    except NotPosted:  # which names the channels; ops were alerted
        raise
    except Exception as error:
        ops_alerts.alert_not_posted(services.delivery, day, error)
        raise
    send_feed_alerts(services, day)
    if not_made is not None:
        raise not_made
    return done


def _made_from_what_there_is(services: Services, day: date, switched_off: Collection[str]) -> Exception | None:
    """Polls missing feeds once more and makes the briefing from what has landed; without news it stays as it is.

    If that fails, alerts ops; then returns the error if an older version can be posted, or raises it if there is none.
    """
    try:
        poll_again(services.intake, day, _LAST_LOOK_S, is_only_for_missing=True, switched_off=switched_off)
        link(services, day)
        trigger(services, day)
        brief(services, day)
    except Exception as error:
        if not is_briefed(services, day):
            ops_alerts.alert_not_made(services.delivery, day, error)
            raise
        log.error("the briefing could not be updated", day=str(day), where=traceback_without_values(error))
        ops_alerts.alert_not_made_anew(services.delivery, day, error)
        return error
    return None


def weekly_alert(services: Services, week: str, *, is_old_week_posted: bool = False) -> tuple[str, ...]:
    """Makes the alert of an ISO week (`2026-W44`) and posts it once, from its first meeting day on.

    Returns what was done, in words. Raises NotPosted, or TaskingError if `week` is not an ISO week.
    """
    day = first_meeting(services.triggers, week)
    if services.clock().astimezone(services.partnership.zone).date() < day:
        return (f"the first meeting of {week} is on {day:%a} {day.day} {day:%b}: nothing posted before it",)
    alert = build_weekly_alert(services.triggers, week)
    return post_weekly(services.delivery, alert, is_old_week_posted=is_old_week_posted)


def check_promises(services: Services, day: date) -> None:
    """Raises PromiseBroken if a row of the day is not accounted for."""
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
