"""Short messages beside the briefing: a word to ops staff, references to those who keep the restricted register."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import structlog

from tasking.channels import Channel, Note
from tasking.desk import Desk, stored_briefing
from tasking.model.errors import ChannelBusy, ChannelInDoubt, NotPosted, TransportError
from tasking.posting.messages import CLEARANCE, plain
from tasking.posting.once import Delivered, Once, as_message
from tasking.warehouse.outbox import Key

NOT_REACHED: Final = (ChannelBusy, ChannelInDoubt, TransportError, NotPosted)

log = structlog.get_logger(__name__)


def tell_ops(desk: Desk, day: date, about: str, head: str, lines: Sequence[str]) -> list[str]:
    """A word to ops staff, once a day for each matter. Never fails: it is about what failed already."""
    told = []
    for channel in desk.open_channels("ops"):
        note = plain(desk, f"ops:{day}/{about}", "Tasking, for ops", head, lines, channel.traits)
        try:
            done = deliver(desk, channel, Key(day, channel.name, "ops", about), 1, note)
        except NOT_REACHED as error:
            log.error("ops staff could not be told", channel=channel.name, said=str(error))
        else:
            told.append(f"{channel.name}: ops told, {done.words}")
    return told


def tell_restricted_route(desk: Desk, day: date) -> list[str]:
    """References of restricted matters for those who keep the register; nothing of what they are."""
    channels = desk.open_channels("restricted")
    briefing, version = stored_briefing(desk, day)
    cleared = briefing.cleared_for(CLEARANCE["restricted"])
    asked = [f"{one.proposal_id} {one.headline}: {one.detail}" for one in cleared.restricted_decisions]
    references = [*cleared.restricted_incidents, *asked]
    if not channels or not references:
        return []
    head = f"New in the register: {len(cleared.restricted_incidents)}; to decide: {len(asked)}"
    said = []
    for channel in channels:
        title = f"Restricted register · {day:%a} {day.day} {day:%b}"
        note = plain(desk, f"restricted:{day}", title, head, references, channel.traits)
        try:
            done = deliver(desk, channel, Key(day, channel.name, "restricted"), version, note)
            said.append(f"{channel.name}: restricted route, {done.words}")
        except NOT_REACHED as error:
            said.append(f"{channel.name}: restricted route not reached: {without_name(channel, error)}")
    return said


def once_in(desk: Desk, channel: Channel) -> Once:
    """What sends each message to this channel once."""
    return Once(desk.warehouse, channel.name, channel.traits.in_doubt, desk.patience, desk.clock, desk.key)


def deliver(desk: Desk, channel: Channel, key: Key, version: int, note: Note) -> Delivered:
    """Sends a short message to a channel once."""
    return once_in(desk, channel).deliver(key, version, lambda _at: note, as_message(channel))


def without_name(channel: Channel, error: Exception) -> str:
    """What went wrong, where the channel is named already."""
    return str(error).removeprefix(f"{channel.name.split(':')[0]}: ")
