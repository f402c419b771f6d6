"""The deadline message: left with the channel the evening before, posted by it at 07:55 if nobody takes it back.

It needs nothing of ours to be alive at 07:55. It says that there is no briefing, and where to look.
"""

from datetime import date, datetime, timedelta
from typing import Final, cast

import structlog

from tasking.channels import Channel, Note, Remover, Scheduler, UnopenedChannel
from tasking.desk import Desk
from tasking.model.errors import (
    ChannelBusy,
    ChannelInDoubt,
    NotPosted,
    TransportError,
    traceback_without_values,
)  # fmt: skip
from tasking.posting.notices import once_in, opened, why_not, without_name
from tasking.posting.once import Way
from tasking.warehouse import outbox
from tasking.warehouse.outbox import Key, State

_KIND: Final = "dead_man"
_POSTED_FROM: Final = timedelta(seconds=90)  # before its time a channel takes no message back any more

log = structlog.get_logger(__name__)


def leave(desk: Desk, day: date) -> tuple[str, ...]:
    """Leaves the message of a day with every channel of the briefing that can keep one. Returns what was done.

    Raises NotPosted, once all were tried, naming those that did not take it; it is safe to call again.
    """
    at = _at(desk, day)
    if not desk.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day: no message is left",)
    if at <= desk.clock():
        return (f"{at:%H:%M} on {day} is past: no message is left",)
    channels, fault = opened(desk, "briefing")
    left: list[str] = []
    missed = [f"no message is left: {fault}"] if fault else []
    for channel in channels:
        try:
            if isinstance(channel, UnopenedChannel):
                missed.append(f"{channel.name}: no message is left: {channel.why}")
            elif isinstance(channel, Scheduler):
                left.append(_leave_with(desk, channel, day, at))
        except Exception as error:  # one channel's failure, ours included, is its own
            missed.append(f"{channel.name}: no message is left: {why_not(channel, error)}")
    if missed:
        raise NotPosted("; ".join([*missed, *left]))
    return tuple(left) or ("no channel of the briefing can keep a message",)


def _leave_with(desk: Desk, channel: Channel, day: date, at: datetime) -> str:
    if headline_at(desk, day, channel) is not None:
        return f"{channel.name}: the briefing of {day} is there already: no message is left"
    scheduler = cast(Scheduler, channel)
    way = Way(send=lambda note: scheduler.schedule(at, note), look_up=lambda _key: scheduler.look_up_scheduled(at))
    note = Note(f"{_KIND}:{day}", "", words(desk, day))
    done = once_in(desk, channel).deliver(Key(day, channel.name, _KIND), 1, lambda _at: note, way)
    if headline_at(desk, day, channel) is not None and (missed := withdraw(desk, day, channel)):
        raise NotPosted(missed)  # the briefing was posted meanwhile, and looked for this message before it was left
    return f"{channel.name}: a message waits for {at:%H:%M} on {day} ({done.words})"


def headline_at(desk: Desk, day: date, channel: Channel) -> datetime | None:
    """When a channel first had the briefing of a day, as an aware time; None where it has not."""
    found = outbox.find(desk.warehouse, Key(day, channel.name, "briefing"))
    return found.sent_at if found else None


def withdraw(desk: Desk, day: date, channel: Channel) -> str:
    """Takes the message of a day back, now that the briefing is in the channel.

    Returns why it could not be, in words, or nothing; where it could not, it is worth another try. Never raises.
    """
    try:
        return _withdraw(desk, day, channel)
    except (ChannelBusy, ChannelInDoubt, TransportError) as error:
        log.warning("the deadline message could not be taken back", channel=channel.name, said=str(error))
        return _not_back(desk, without_name(channel, error))
    except Exception as error:  # other channels wait for theirs
        log.error(
            "the deadline message could not be taken back",
            channel=channel.name, day=str(day), where=traceback_without_values(error),
        )  # fmt: skip
        return _not_back(desk, f"a fault of ours ({type(error).__name__})")


def _withdraw(desk: Desk, day: date, channel: Channel) -> str:
    key, at = Key(day, channel.name, _KIND), _at(desk, day)
    found = outbox.find(desk.warehouse, key)
    if not isinstance(channel, Scheduler) or found is None or found.state == State.WITHDRAWN:
        return ""
    if once_in(desk, channel).insist(lambda: not _is_back(channel, found.message_ref, at, desk.clock())):
        log.warning("too late to take the deadline message back", channel=channel.name, day=str(day))
        sent_at = headline_at(desk, day, channel)
        if sent_at is not None and sent_at < at:  # it says what is not true, and is taken away
            if desk.clock() < at:
                return _not_back(desk, "the channel is about to post it; it is taken away afterwards")
            _take_away(desk, day, channel, at)
    holder = f"withdraw:{day}"
    if outbox.claim(desk.warehouse, key, 1, holder, desk.patience.lease).is_ours:
        outbox.let_go(desk.warehouse, key, holder, State.WITHDRAWN)
    return ""


def _is_back(scheduler: Scheduler, reference: str | None, at: datetime, now: datetime) -> bool:
    """True once the message waits no more and was not posted; False where it is too late."""
    waiting = reference or scheduler.look_up_scheduled(at)
    if waiting is None or scheduler.withdraw(waiting):
        return True
    # The channel does not know it: it took it back before and the answer was lost, or it posts it at this moment.
    return now < at - _POSTED_FROM and scheduler.look_up_scheduled(at) is None


def _take_away(desk: Desk, day: date, channel: Channel, at: datetime) -> None:
    """Removes the message that the channel posted though the briefing was there; one that is gone already is gone."""
    reference = cast(Scheduler, channel).look_up_posted(at, words(desk, day))
    if reference and isinstance(channel, Remover):
        channel.remove(reference)
        log.warning("the deadline message was posted, and taken away", channel=channel.name, day=str(day))


def _not_back(desk: Desk, why: str) -> str:
    return f"the message for {desk.partnership.meeting.word_by:%H:%M} is not taken back: {why}"


def words(desk: Desk, day: date) -> str:
    """What people read if it is posted. Plain text, without a name."""
    meeting = desk.partnership.meeting
    other = "It may be in your e-mail. " if desk.partnership.channels.fallback else ""
    return (
        f"CSU briefing {day:%a} {day.day} {day:%b}: it was not here at {meeting.word_by:%H:%M}. {other}"
        "The duty officer should ring ops and read the partners' own systems. If it comes, it comes in this channel, "
        "marked late."
    )


def _at(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, desk.partnership.meeting.word_by, desk.partnership.zone)
