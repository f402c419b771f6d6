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
_POSTED_UNTIL: Final = timedelta(minutes=5)  # after its time a channel has posted it
_MOST_LEFT: Final = 5

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
    note = Note(f"{_KIND}:{day}", "", words(desk, day))
    way = Way(
        send=lambda note: scheduler.schedule(at, note),
        look_up=lambda _key: scheduler.look_up_scheduled(at, note.text),
    )
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
    if found is None or found.state == State.WITHDRAWN:
        return ""
    if not isinstance(channel, Scheduler) and found.state == State.REFUSED:
        return ""
    if not isinstance(channel, Scheduler):  # one was left, and the channel that has it can't be opened now
        return _not_back(desk, getattr(channel, "why", "the channel keeps no messages any more"))
    if once_in(desk, channel).insist(lambda: not _is_back(desk, day, channel, found.message_ref)):
        log.warning("too late to take the deadline message back", channel=channel.name, day=str(day))
        sent_at = headline_at(desk, day, channel)
        if sent_at is not None and sent_at < at:  # it says what is not true, and is taken away
            if desk.clock() < at:
                return _not_back(desk, "the channel is about to post it; it is taken away afterwards")
            is_gone = once_in(desk, channel).insist(lambda: _is_taken_away(desk, day, channel))
            if not is_gone and desk.clock() < at + _POSTED_UNTIL:
                return _not_back(desk, "the channel has not posted it yet; it is looked for again")
    holder = f"withdraw:{day}"
    if outbox.claim(desk.warehouse, key, 1, holder, desk.patience.lease).is_ours:
        outbox.let_go(desk.warehouse, key, holder, State.WITHDRAWN)
    return ""


def _is_back(desk: Desk, day: date, scheduler: Scheduler, reference: str | None) -> bool:
    """True once no such message waits and none was posted; False where it is too late."""
    at, text = _at(desk, day), words(desk, day)
    is_known = reference is None or scheduler.withdraw(reference)
    # One whose answer was lost may have been left twice.
    for _ in range(_MOST_LEFT):
        waiting = scheduler.look_up_scheduled(at, text)
        if waiting is None:
            break
        if not scheduler.withdraw(waiting):
            return False
    # One that the channel does not know was taken back before, and the answer lost; or it is posted at this moment.
    return is_known or desk.clock() < at - _POSTED_FROM


def _is_taken_away(desk: Desk, day: date, channel: Channel) -> bool:
    """Removes the message that the channel posted though the briefing was there. False where none is found."""
    reference = cast(Scheduler, channel).look_up_posted(_at(desk, day), words(desk, day))
    if reference is None or not isinstance(channel, Remover):
        return False
    channel.remove(reference)
    log.warning("the deadline message was posted, and taken away", channel=channel.name, day=str(day))
    return True


def _not_back(desk: Desk, why: str) -> str:
    return f"the message for {desk.partnership.meeting.word_by:%H:%M} is not taken back: {why}"


def words(desk: Desk, day: date) -> str:
    """What people read if it is posted. Plain text, without a person's name."""
    meeting = desk.partnership.meeting
    whose = f"{desk.partnership.name}, briefing" if desk.key else "CSU briefing"  # of several, each says which it is
    other = "It may be in your e-mail. " if desk.partnership.channels.fallback else ""
    return (
        f"{whose} {day:%a} {day.day} {day:%b}: it was not here at {meeting.word_by:%H:%M}. {other}"
        "The duty officer should ring ops and read the partners' own systems. If it comes, it comes in this channel; "
        f"after {meeting.starts_at:%H:%M} it is marked late."
    )


def _at(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, desk.partnership.meeting.word_by, desk.partnership.zone)
