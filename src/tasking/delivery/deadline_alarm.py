"""The deadline alarm: a message scheduled in the channel the evening before, cancelled once the briefing is posted.

If it is not cancelled, the channel posts it at 07:55 by itself, even if none of our processes is running: it says that
there is no briefing, and where to look.
"""

from datetime import date, datetime, timedelta
from typing import Final, cast

import structlog

from tasking.delivery.channels import Channel, Note, Remover, Scheduler, UnopenedChannel
from tasking.delivery.notices import channels_for, failure_words, sender_for, without_channel_name
from tasking.delivery.sender import Endpoint
from tasking.delivery.service import DeliveryService
from tasking.delivery.store import outbox
from tasking.delivery.store.outbox import MessageKey, State
from tasking.model.errors import (
    ChannelBusy,
    ChannelInDoubt,
    NotPosted,
    TransportError,
    traceback_without_values,
)

_KIND: Final = "dead_man"  # as the outbox has it since version 0.1
_POSTED_FROM: Final = timedelta(seconds=90)  # before its time, when a channel no longer cancels a message
_POSTED_UNTIL: Final = timedelta(minutes=5)  # after its time, by when a channel has posted it
_MOST_SCHEDULED: Final = 5

log = structlog.get_logger(__name__)


def schedule_deadline_alarm(service: DeliveryService, day: date) -> tuple[str, ...]:
    """Schedules the alarm of a day in every channel of the briefing that can schedule messages. Returns what was done.

    Raises NotPosted once all channels were tried, naming those that failed; it is safe to call again.
    """
    at = _at(service, day)
    if not service.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day: no warning is scheduled",)
    if at <= service.clock():
        return (f"{at:%H:%M} on {day} has passed: no warning is scheduled",)
    channels, fault = channels_for(service, "briefing")
    scheduled: list[str] = []
    failures = [f"no warning is scheduled: {fault}"] if fault else []
    for channel in channels:
        try:
            if isinstance(channel, UnopenedChannel):
                failures.append(f"{channel.name}: no warning is scheduled: {channel.why}")
            elif isinstance(channel, Scheduler):
                scheduled.append(_schedule_with(service, channel, day, at))
        except Exception as error:  # a failure of one channel, or of our code there, must not stop the others
            failures.append(f"{channel.name}: no warning is scheduled: {failure_words(channel, error)}")
    if failures:
        raise NotPosted("; ".join([*failures, *scheduled]))
    return tuple(scheduled) or ("no channel of the briefing can schedule a message",)


def _schedule_with(service: DeliveryService, channel: Channel, day: date, at: datetime) -> str:
    if headline_at(service, day, channel) is not None:
        return f"{channel.name}: the briefing for {day} is already there: no warning is scheduled"
    scheduler = cast(Scheduler, channel)
    note = Note(f"{_KIND}:{day}", "", alarm_text(service, day))
    endpoint = Endpoint(
        send=lambda note: scheduler.schedule(at, note),
        look_up=lambda _key: scheduler.look_up_scheduled(at, note.text),
    )
    done = sender_for(service, channel).deliver(MessageKey(day, channel.name, _KIND), 1, lambda _at: note, endpoint)
    if headline_at(service, day, channel) is not None and (missed := withdraw_alarm(service, day, channel)):
        raise NotPosted(missed)  # the briefing was posted meanwhile, before there was an alarm to cancel
    return f"{channel.name}: a warning is scheduled for {at:%H:%M} on {day} ({done.words})"


def headline_at(service: DeliveryService, day: date, channel: Channel) -> datetime | None:
    """When a channel first had the briefing of a day, as an aware time; None if it has not."""
    claim = outbox.find(service.warehouse, MessageKey(day, channel.name, "briefing"))
    return claim.sent_at if claim else None


def withdraw_alarm(service: DeliveryService, day: date, channel: Channel) -> str:
    """Cancels the alarm of a day, now that the briefing is in the channel. Never raises.

    Returns an empty string, or why it could not be cancelled; then it should be tried again.
    """
    try:
        return _withdraw_alarm(service, day, channel)
    except (ChannelBusy, ChannelInDoubt, TransportError) as error:
        log.warning("the deadline warning could not be cancelled", channel=channel.name, said=str(error))
        return _not_cancelled(service, without_channel_name(channel, error))
    except Exception as error:  # the alarms of other channels must still be cancelled
        log.error(
            "the deadline warning could not be cancelled",
            channel=channel.name, day=str(day), where=traceback_without_values(error),
        )  # fmt: skip
        return _not_cancelled(service, f"a fault in Tasking ({type(error).__name__})")


def _withdraw_alarm(service: DeliveryService, day: date, channel: Channel) -> str:
    key, at = MessageKey(day, channel.name, _KIND), _at(service, day)
    claim = outbox.find(service.warehouse, key)
    if claim is None or claim.state == State.WITHDRAWN:
        return ""
    if not isinstance(channel, Scheduler) and claim.state == State.REFUSED:
        return ""
    if not isinstance(channel, Scheduler):  # one was scheduled, and its channel can't be opened now
        return _not_cancelled(service, getattr(channel, "why", "the channel can no longer schedule messages"))
    if sender_for(service, channel).insist(lambda: not _is_cancelled(service, day, channel, claim.message_ref)):
        log.warning("too late to cancel the deadline warning", channel=channel.name, day=str(day))
        sent_at = headline_at(service, day, channel)
        if sent_at is not None and sent_at < at:  # the alarm is wrong, so it is removed
            if service.clock() < at:
                return _not_cancelled(service, "the channel is about to post it; it will be deleted afterwards")
            is_removed = sender_for(service, channel).insist(lambda: _is_removed(service, day, channel))
            if not is_removed and service.clock() < at + _POSTED_UNTIL:
                return _not_cancelled(service, "the channel has not posted it yet; we will check again")
    holder = f"withdraw:{day}"
    if outbox.claim(service.warehouse, key, 1, holder, service.retry_policy.lease).is_ours:
        outbox.release(service.warehouse, key, holder, State.WITHDRAWN)
    return ""


def _is_cancelled(service: DeliveryService, day: date, scheduler: Scheduler, reference: str | None) -> bool:
    """True once no such message is scheduled and none was posted; False if it is too late to cancel it."""
    at, text = _at(service, day), alarm_text(service, day)
    is_withdrawn = reference is None or scheduler.withdraw(reference)
    # It may have been scheduled twice, if the first answer was lost.
    for _ in range(_MOST_SCHEDULED):
        waiting = scheduler.look_up_scheduled(at, text)
        if waiting is None:
            break
        if not scheduler.withdraw(waiting):
            return False
    # If the channel does not know it, it was cancelled before and the answer lost; or it is being posted right now.
    return is_withdrawn or service.clock() < at - _POSTED_FROM


def _is_removed(service: DeliveryService, day: date, channel: Channel) -> bool:
    """Removes an alarm that the channel posted although the briefing was there. False if none is found."""
    reference = cast(Scheduler, channel).look_up_posted(_at(service, day), alarm_text(service, day))
    if reference is None or not isinstance(channel, Remover):
        return False
    channel.remove(reference)
    log.warning("the deadline warning was posted, and deleted", channel=channel.name, day=str(day))
    return True


def _not_cancelled(service: DeliveryService, why: str) -> str:
    return f"the warning for {service.partnership.meeting.word_by:%H:%M} is not cancelled: {why}"


def alarm_text(service: DeliveryService, day: date) -> str:
    """The text of the alarm: plain text, without a person's name."""
    meeting = service.partnership.meeting
    whose = (
        f"{service.partnership.name}, briefing" if service.key else "CSU briefing"
    )  # with several partnerships, each names itself
    other = "It may be in your email. " if service.partnership.channels.fallback else ""
    return (
        f"{whose} {day:%a} {day.day} {day:%b}: there was no briefing here at {meeting.word_by:%H:%M}. {other}"
        "Duty officer: ring ops and check the partners' own systems. If the briefing is ready later, it will be posted "
        f"here. After {meeting.starts_at:%H:%M} it will be marked late."
    )


def _at(service: DeliveryService, day: date) -> datetime:
    return datetime.combine(day, service.partnership.meeting.word_by, service.partnership.zone)
