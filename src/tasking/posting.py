"""The last step: the stored briefing reaches each channel once, and is edited afterwards."""

from datetime import date
from typing import Final

from tasking.briefing import render_slack, render_text
from tasking.channels import Channel, Message
from tasking.desk import Desk, stored_briefing
from tasking.model.errors import ChannelInDoubt
from tasking.warehouse import outbox

_BRIEFING: Final = "briefing"


def post(desk: Desk, day: date, *, is_old_day_posted: bool = False) -> tuple[str, ...]:
    """Posts the stored briefing once to each channel, or edits what was posted. Returns what was done, in words.

    A day that is not today is edited where it was posted, and never posted anew where people would read it, unless
    `is_old_day_posted`: catching up must not ring anybody's telephone.
    """
    if not desk.partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day: nothing posted, the next briefing covers it",)
    briefing, version = stored_briefing(desk, day)
    message = Message(
        run_key=f"{_BRIEFING}:{day}",
        text=render_text(briefing, version, desk.wording),
        slack=render_slack(briefing, version),
    )
    is_today = desk.clock().astimezone(desk.partnership.zone).date() == day
    said = []
    for channel in desk.open_channels():
        is_due = is_today or is_old_day_posted or not channel.reaches_people
        if is_due or outbox.is_claimed(desk.warehouse, day, channel.name, _BRIEFING):
            said.append(_post_once(desk, channel, day, version, message))
        else:
            said.append(
                f"{channel.name}: {day} is not today and was never posted: left alone (--post-old-day posts it)"
            )
    return tuple(said)


def _post_once(desk: Desk, channel: Channel, day: date, version: int, message: Message) -> str:
    claim = outbox.claim(desk.warehouse, day, channel.name, _BRIEFING, version, desk.clock())
    if claim.state == "sent" and claim.message_ref is not None:
        if claim.version == version:
            return f"{channel.name}: already posted, unchanged (v{version})"
        channel.update(claim.message_ref, message)
        outbox.record_sent(desk.warehouse, day, channel.name, _BRIEFING, version, claim.message_ref)
        return f"{channel.name}: edited to v{version}"
    # Somebody claimed the message and did not say how it ended: look before sending.
    reference = None if claim.is_ours else channel.look_up(message)
    if reference:
        channel.update(reference, message)
    else:
        reference = _sent(channel, message)
    outbox.record_sent(desk.warehouse, day, channel.name, _BRIEFING, version, reference)
    return f"{channel.name}: posted v{version}"


def _sent(channel: Channel, message: Message) -> str:
    try:
        return channel.send(message)
    except ChannelInDoubt:
        reference = channel.look_up(message)
        if reference is None:
            raise
        return reference
