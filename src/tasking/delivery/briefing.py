"""The stored briefing reaches each of its channels once, and is edited afterwards; from 07:50 it finds another way.

A briefing is *posted* once its message, the headline, is in a channel that people read. From then on the deadline
message is taken back there and no fallback is used. Replies, pictures, edits and the other channels follow, each for
itself.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import structlog

from tasking.briefing import store
from tasking.briefing.versions import stored_briefing
from tasking.delivery import deadline_alarm
from tasking.delivery.briefing_post import BRIEFING, BriefingPost
from tasking.delivery.headlines import Headlines, PostingResult
from tasking.delivery.notices import channels_for, failure_words, notify_ops, notify_restricted_route
from tasking.delivery.service import DeliveryService
from tasking.model.errors import ChannelBusy, NotComplete, NotPosted, traceback_without_values
from tasking.model.log_context import in_context
from tasking.model.proposal import day_of_id

log = structlog.get_logger(__name__)

_FALLBACK: Final = "fallback"
_HURRIED_S: Final = 10.0  # the longest wait for a channel once the fallback is due


@in_context
def post(service: DeliveryService, day: date, *, is_old_day_posted: bool = False) -> tuple[str, ...]:
    """Posts the stored briefing once to each channel, or edits what was posted. Returns what was done, in words.

    A day that is not today is edited where it was posted, and never posted anew where people would read it, unless
    `is_old_day_posted`: catching up must not ring anybody's telephone. Raises NotPosted, with the same words, where a
    channel did not take the headline, and NotComplete where all have it and something below it is missing; it is safe
    to call again, and worth it.
    """
    if not service.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day: nothing posted, the next briefing covers it",)
    stored_briefing(service.briefings, day)  # or there is nothing to post
    local = service.clock().astimezone(service.partnership.zone)
    is_today = local.date() == day
    is_fallback_due = is_today and local.time() >= service.partnership.meeting.fallback_at
    result = PostingResult()
    channels, fault = channels_for(service, BRIEFING)
    if fault:
        result.not_posted.append(f"not posted: {fault}")
    max_wait_s = _HURRIED_S if is_fallback_due else service.retry_policy.max_wait_s
    headlines = Headlines(service, day, result, is_new_posted=is_today or is_old_day_posted, max_wait_s=max_wait_s)
    posted = headlines.post(channels)
    if result.not_posted and is_fallback_due:
        if not result.has_reached_people:
            _fall_back(service, day, result)
        _notify_not_posted(service, day, result)
    for one in posted:
        _complete(one, result)
    if is_today or is_old_day_posted:
        result.done += _notify_restricted_route(service, day)
    if result.not_complete and is_fallback_due:
        head = f"The briefing of {day} is posted, and something below it is missing"
        result.done += notify_ops(service, day, "not-complete", head, result.not_complete)
    told = "; ".join([*result.not_posted, *result.not_complete, *result.done])
    if result.not_posted:
        raise NotPosted(told)
    if result.not_complete:
        raise NotComplete(told)
    return tuple(result.done)


def is_posted(service: DeliveryService, day: date) -> bool:
    """True where every channel of the briefing has its headline."""
    channels, fault = channels_for(service, BRIEFING)
    return not fault and all(deadline_alarm.headline_at(service, day, channel) is not None for channel in channels)


def refresh(service: DeliveryService, day: date) -> None:
    """Brings the briefing of a day up to date wherever it was posted and can be edited.

    Raises NotComplete, once all channels were tried, naming those that could not be edited.
    """
    missed: list[str] = []
    wait_s = 0.0
    for channel in service.open_channels(BRIEFING):
        try:
            if deadline_alarm.headline_at(service, day, channel) is None or not channel.traits.can_edit:
                continue
            one = BriefingPost(service, channel, day)
            one.headline()
            missing = one.complete(has_pictures=False)  # they take a second to draw, and no button changes them
        except Exception as error:  # one channel's failure, ours included, is its own
            missing = [failure_words(channel, error)]
            wait_s = max(wait_s, error.retry_after_s if isinstance(error, ChannelBusy) else 0.0)
        missed += [f"{channel.name}: not edited: {what}" for what in missing]
    if missed:
        raise NotComplete("; ".join(missed), wait_s)


def refresh_all(service: DeliveryService, ids: Sequence[str]) -> None:
    """Brings every briefing up to date that shows one of these proposals and taskings: of the day on which it was
    raised, and the newest."""
    days = {*map(day_of_id, ids), store.newest_day(service.warehouse)}
    missed: list[str] = []
    wait_s = 0.0
    for day in sorted(filter(None, days)):
        try:
            if store.latest_briefing(service.warehouse, day) is not None:
                refresh(service, day)
        except NotComplete as error:
            missed.append(f"{day}: {error}")
            wait_s = max(wait_s, error.retry_after_s)
    if missed:
        raise NotComplete("; ".join(missed), wait_s)


def _complete(one: BriefingPost, result: PostingResult) -> None:
    try:
        missing = one.complete()
    except Exception as error:  # one channel's failure, ours included, is its own
        missing = [failure_words(one.channel, error)]
    result.done.append(f"{one.channel.name}: {one.words}")
    result.not_complete += [f"{one.channel.name}: posted, and not complete: {what}" for what in missing]


def _fall_back(service: DeliveryService, day: date, result: PostingResult) -> None:
    """No channel that people read has the headline: the same briefing by the fallback channels."""
    channels, fault = channels_for(service, _FALLBACK)
    if fault:
        result.done.append(f"not posted (fallback): {fault}")
    for channel in channels:
        try:
            one = BriefingPost(service, channel, day)
            one.headline()
        except Exception as error:  # the next one, and the word to ops, must go all the same
            result.done.append(f"{channel.name}: not posted (fallback): {failure_words(channel, error)}")
            continue
        try:
            missing = one.complete()
        except Exception as error:
            missing = [failure_words(channel, error)]
        result.done.append(f"{channel.name}: {one.words} (fallback)")
        result.done += [f"{channel.name}: not complete (fallback): {what}" for what in missing]


def _notify_not_posted(service: DeliveryService, day: date, result: PostingResult) -> None:
    head = f"The briefing of {day} is not in every channel"
    result.done += notify_ops(service, day, "not-posted", head, [*result.not_posted, *result.done])


def _notify_restricted_route(service: DeliveryService, day: date) -> list[str]:
    try:
        return notify_restricted_route(service, day)
    except Exception as error:  # the briefing is out: what is left to do is to say which channels lack it
        log.error("the restricted route could not be told", day=str(day), where=traceback_without_values(error))
        return [f"restricted route not reached: a fault of ours ({type(error).__name__})"]
