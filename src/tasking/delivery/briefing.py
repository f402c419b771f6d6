"""Posts the stored briefing once to each of its channels and edits it afterwards; from 07:50 it uses a fallback.

A briefing is *posted* once its message, the headline, is in a channel that people read. The deadline alarm of that
channel is then cancelled and no fallback is used. Replies, pictures, edits and the other channels follow independently.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import structlog

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
_HURRIED_S: Final = 10.0  # the longest wait for a channel once the fallback time has come


@in_context
def post(service: DeliveryService, day: date, *, is_old_day_posted: bool = False) -> tuple[str, ...]:
    """Posts the stored briefing once to each channel, or edits what was posted. Returns what was done, in words.

    The briefing of a day that is not today is edited where it was posted, but not newly posted where people read it
    unless `is_old_day_posted`, so that catching up notifies nobody. Raises NotPosted, with the same words, if a channel
    did not accept the headline, and NotComplete if only something below it is missing; it should then be called again.
    """
    if not service.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day: nothing is posted. The next briefing covers it",)
    stored_briefing(service.briefings, day)  # raises if there is none
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
    for briefing_post in posted:
        _complete(briefing_post, result)
    if is_today or is_old_day_posted:
        result.done += _notify_restricted_route(service, day)
    if result.not_complete and is_fallback_due:
        head = f"The briefing of {day} is posted, but something below it is missing"
        result.done += notify_ops(service, day, "not-complete", head, result.not_complete)
    words = "; ".join([*result.not_posted, *result.not_complete, *result.done])
    if result.not_posted:
        raise NotPosted(words)
    if result.not_complete:
        raise NotComplete(words)
    return tuple(result.done)


def is_posted(service: DeliveryService, day: date) -> bool:
    """True if every channel of the briefing has its headline."""
    channels, fault = channels_for(service, BRIEFING)
    return not fault and all(deadline_alarm.headline_at(service, day, channel) is not None for channel in channels)


def refresh(service: DeliveryService, day: date) -> None:
    """Edits the briefing of a day, wherever it was posted and can be edited.

    Raises NotComplete once all channels were tried, naming those that could not be edited.
    """
    missed: list[str] = []
    wait_s = 0.0
    for channel in service.open_channels(BRIEFING):
        try:
            if deadline_alarm.headline_at(service, day, channel) is None or not channel.traits.can_edit:
                continue
            briefing_post = BriefingPost(service, channel, day)
            briefing_post.headline()
            missing = briefing_post.complete(has_pictures=False)  # slow to draw, and no button changes them
        except Exception as error:  # a failure of one channel, or of our code there, must not stop the others
            missing = [failure_words(channel, error)]
            wait_s = max(wait_s, error.retry_after_s if isinstance(error, ChannelBusy) else 0.0)
        missed += [f"{channel.name}: not edited: {what}" for what in missing]
    if missed:
        raise NotComplete("; ".join(missed), wait_s)


def refresh_all(service: DeliveryService, ids: Sequence[str]) -> None:
    """Edits every briefing that shows one of these proposals and taskings: that of the day it was raised on, and the
    newest.
    """
    days = {*map(day_of_id, ids), service.briefings.newest_day()}
    missed: list[str] = []
    wait_s = 0.0
    for day in sorted(filter(None, days)):
        try:
            if service.briefings.newest(day) is not None:
                refresh(service, day)
        except NotComplete as error:
            missed.append(f"{day}: {error}")
            wait_s = max(wait_s, error.retry_after_s)
    if missed:
        raise NotComplete("; ".join(missed), wait_s)


def _complete(briefing_post: BriefingPost, result: PostingResult) -> None:
    name = briefing_post.channel.name
    try:
        missing = briefing_post.complete()
    except Exception as error:  # a failure of one channel, or of our code there, must not stop the others
        missing = [failure_words(briefing_post.channel, error)]
    result.done.append(f"{name}: {briefing_post.words}")
    result.not_complete += [f"{name}: posted, and not complete: {what}" for what in missing]


def _fall_back(service: DeliveryService, day: date, result: PostingResult) -> None:
    """Sends the briefing through the fallback channels, because no channel that people read has the headline."""
    channels, fault = channels_for(service, _FALLBACK)
    if fault:
        result.done.append(f"not posted (fallback): {fault}")
    for channel in channels:
        try:
            briefing_post = BriefingPost(service, channel, day)
            briefing_post.headline()
        except Exception as error:  # the other channels are tried and ops notified all the same
            result.done.append(f"{channel.name}: not posted (fallback): {failure_words(channel, error)}")
            continue
        try:
            missing = briefing_post.complete()
        except Exception as error:
            missing = [failure_words(channel, error)]
        result.done.append(f"{channel.name}: {briefing_post.words} (fallback)")
        result.done += [f"{channel.name}: not complete (fallback): {what}" for what in missing]


def _notify_not_posted(service: DeliveryService, day: date, result: PostingResult) -> None:
    head = f"The briefing of {day} is not in every channel"
    result.done += notify_ops(service, day, "not-posted", head, [*result.not_posted, *result.done])


def _notify_restricted_route(service: DeliveryService, day: date) -> list[str]:
    try:
        return notify_restricted_route(service, day)
    except Exception as error:  # the briefing itself is posted, and what follows must still run
        log.error("the restricted route could not be informed", day=str(day), where=traceback_without_values(error))
        return [f"restricted route not reached: a fault in Tasking ({type(error).__name__})"]
