"""The dead man's message: left with the channel the evening before, posted by it if nobody takes it back.

It needs nothing of ours to be alive at 07:55. It says that there is no briefing, and where to look.
"""

from datetime import date, datetime
from typing import Final, cast

import structlog

from tasking.channels import Channel, Note, Scheduler, UnopenedChannel
from tasking.desk import Desk
from tasking.model.errors import (
    ChannelBusy,
    ChannelInDoubt,
    NotPosted,
    TransportError,
    traceback_without_values,
)  # fmt: skip
from tasking.posting.notices import once_in, opened, why_not
from tasking.posting.once import Way
from tasking.warehouse import outbox
from tasking.warehouse.outbox import Key, State

_KIND: Final = "dead_man"

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
    scheduler = cast(Scheduler, channel)
    way = Way(send=lambda note: scheduler.schedule(at, note), look_up=lambda _key: scheduler.look_up_scheduled(at))
    note = Note(f"{_KIND}:{day}", "", words(desk, day))
    done = once_in(desk, channel).deliver(Key(day, channel.name, _KIND), 1, lambda _at: note, way)
    return f"{channel.name}: a message waits for {at:%H:%M} on {day} ({done.words})"


def withdraw(desk: Desk, day: date, channel: Channel) -> None:
    """Takes the message of a day back, now that the briefing is in the channel. Never fails: the briefing is there."""
    try:
        _withdraw(desk, day, channel)
    except Exception as error:  # the briefing is there, and other channels wait for theirs
        log.error(
            "the dead man's message could not be taken back",
            channel=channel.name, day=str(day), where=traceback_without_values(error),
        )  # fmt: skip


def _withdraw(desk: Desk, day: date, channel: Channel) -> None:
    key = Key(day, channel.name, _KIND)
    found = outbox.find(desk.warehouse, key)
    if not isinstance(channel, Scheduler) or found is None or found.state == State.WITHDRAWN:
        return
    try:
        reference = found.message_ref or channel.look_up_scheduled(_at(desk, day))
        is_back = channel.withdraw(reference) if reference else True
    except (ChannelBusy, ChannelInDoubt, TransportError) as error:
        log.warning("the dead man's message could not be taken back", channel=channel.name, said=str(error))
        return
    if not is_back:
        log.warning("too late to take the dead man's message back", channel=channel.name, day=str(day))
    holder = f"withdraw:{day}"
    if outbox.claim(desk.warehouse, key, 1, holder, desk.patience.lease).is_ours:
        outbox.let_go(desk.warehouse, key, holder, State.WITHDRAWN)


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
