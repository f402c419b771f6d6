"""Short messages beside the briefing: a word to ops staff, references to those who keep the restricted register."""

from collections.abc import Sequence
from datetime import date

import structlog

from tasking.briefing.versions import stored_briefing
from tasking.delivery.channels import Channel, Note
from tasking.delivery.messages import CLEARANCE, short_note
from tasking.delivery.sender import Delivered, Sender, message_endpoint
from tasking.delivery.service import DeliveryService
from tasking.delivery.store.outbox import MessageKey
from tasking.model.errors import TaskingError, traceback_without_values
from tasking.model.partnership import Kind

log = structlog.get_logger(__name__)


def notify_ops(service: DeliveryService, day: date, about: str, head: str, lines: Sequence[str]) -> list[str]:
    """A word to ops staff, once a day for each matter. Never fails: it is about what failed already."""
    told = []
    channels, _ = channels_for(service, "ops")
    for channel in channels:
        try:
            note = short_note(service, f"ops:{day}/{about}", "Tasking, for ops", head, lines, channel.traits)
            done = deliver(service, channel, MessageKey(day, channel.name, "ops", about), 1, note)
        except Exception as error:  # one channel of several, and nobody to tell but the log
            log.error(
                "ops staff could not be told", channel=channel.name, about=about, said=failure_words(channel, error)
            )
        else:
            told.append(f"{channel.name}: ops told, {done.words}")
    return told


def notify_restricted_route(service: DeliveryService, day: date) -> list[str]:
    """References of restricted matters for those who keep the register; nothing of what they are."""
    channels, fault = channels_for(service, "restricted")
    if fault:
        return [f"restricted route not reached: {fault}"]
    briefing, version = stored_briefing(service.briefings, day)
    cleared = briefing.cleared_for(CLEARANCE["restricted"])
    asked = [f"{one.proposal_id} {one.headline}: {one.detail}" for one in cleared.restricted_decisions]
    references = [*cleared.restricted_incidents, *asked]
    if not channels or not references:
        return []
    head = f"New in the register: {len(cleared.restricted_incidents)}; to decide: {len(asked)}"
    said = []
    for channel in channels:
        title = f"Restricted register · {day:%a} {day.day} {day:%b}"
        try:
            note = short_note(service, f"restricted:{day}", title, head, references, channel.traits)
            done = deliver(service, channel, MessageKey(day, channel.name, "restricted"), version, note)
            said.append(f"{channel.name}: restricted route, {done.words}")
        except Exception as error:  # one channel's failure, ours included, is its own
            said.append(f"{channel.name}: restricted route not reached: {failure_words(channel, error)}")
    return said


def channels_for(service: DeliveryService, kind: Kind) -> tuple[Sequence[Channel], str]:
    """The channels of a kind of message, and why there are none where they can't be opened."""
    try:
        return service.open_channels(kind), ""
    except TaskingError as error:
        return (), str(error)
    except Exception as error:  # whoever posts has others to see to
        log.error("channels could not be opened", kind=kind, where=traceback_without_values(error))
        return (), f"the channels for {kind} could not be opened ({type(error).__name__})"


def failure_words(channel: Channel, error: Exception) -> str:
    """Why a channel did not take a message, in words; what nobody foresaw goes into the log with where it was."""
    if isinstance(error, TaskingError):
        return without_channel_name(channel, error)
    log.error("a channel failed for a reason of ours", channel=channel.name, where=traceback_without_values(error))
    return f"a fault of ours ({type(error).__name__})"


def sender_for(service: DeliveryService, channel: Channel) -> Sender:
    """What sends each message to this channel once."""
    return Sender(
        service.warehouse, channel.name, channel.traits.in_doubt, service.retry_policy, service.clock, service.key
    )


def deliver(service: DeliveryService, channel: Channel, key: MessageKey, version: int, note: Note) -> Delivered:
    """Sends a short message to a channel once."""
    return sender_for(service, channel).deliver(key, version, lambda _at: note, message_endpoint(channel))


def without_channel_name(channel: Channel, error: Exception) -> str:
    """What went wrong, where the channel is named already."""
    return str(error).removeprefix(f"{channel.name.split(':')[0]}: ")
