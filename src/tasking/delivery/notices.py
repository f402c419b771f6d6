"""Short messages beside the briefing: to ops staff, and references to those who keep the restricted register."""

from collections.abc import Sequence
from datetime import date

import structlog

from tasking.briefing.message import short_day
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
    """Sends a message to ops staff, once a day for each `about`. Never raises, because it reports other failures.

    Returns what was done, in words.
    """
    done = []
    channels, _ = channels_for(service, "ops")
    for channel in channels:
        try:
            note = short_note(service, f"ops:{day}/{about}", "Tasking, for ops", head, lines, channel.traits)
            delivered = deliver(service, channel, MessageKey(day, channel.name, "ops", about), 1, note)
        except Exception as error:  # the other channels may still work; only the log can say so
            log.error(
                "ops staff could not be informed", channel=channel.name, about=about, said=failure_words(channel, error)
            )
        else:
            done.append(f"{channel.name}: ops informed, {delivered.words}")
    return done


def notify_restricted_route(service: DeliveryService, day: date) -> list[str]:
    """Sends the references of restricted matters, and nothing else of them, to those who keep the register."""
    channels, fault = channels_for(service, "restricted")
    if fault:
        return [f"restricted route not reached: {fault}"]
    briefing, version = stored_briefing(service.briefings, day)
    cleared = briefing.cleared_for(CLEARANCE["restricted"])
    decisions = [f"{one.proposal_id} {one.headline}: {one.detail}" for one in cleared.restricted_decisions]
    taskings = [
        f"{one.proposal_id} for {one.incident_id}: {one.owner} by {short_day(one.due_on)}?"
        for one in cleared.restricted_taskings
    ]
    references = [*cleared.restricted_incidents, *decisions, *taskings]
    if not channels or not references:
        return []
    head = f"New in the register: {len(cleared.restricted_incidents)}; to decide: {len(decisions) + len(taskings)}"
    done = []
    for channel in channels:
        title = f"Restricted register · {day:%a} {day.day} {day:%b}"
        try:
            note = short_note(service, f"restricted:{day}", title, head, references, channel.traits)
            delivered = deliver(service, channel, MessageKey(day, channel.name, "restricted"), version, note)
            done.append(f"{channel.name}: restricted route, {delivered.words}")
        except Exception as error:  # a failure of one channel must not stop the others
            done.append(f"{channel.name}: restricted route not reached: {failure_words(channel, error)}")
    return done


def channels_for(service: DeliveryService, kind: Kind) -> tuple[Sequence[Channel], str]:
    """The channels of a kind of message, and why they can't be opened, or an empty string."""
    try:
        return service.open_channels(kind), ""
    except TaskingError as error:
        return (), str(error)
    except Exception as error:  # the caller has other channels to try
        log.error("channels could not be opened", kind=kind, where=traceback_without_values(error))
        return (), f"the channels for {kind} could not be opened ({type(error).__name__})"


def failure_words(channel: Channel, error: Exception) -> str:
    """Why a channel did not accept a message, in words. An unexpected error is logged with its traceback."""
    if isinstance(error, TaskingError):
        return without_channel_name(channel, error)
    log.error(
        "a channel failed because of a fault in Tasking", channel=channel.name, where=traceback_without_values(error)
    )
    return f"a fault in Tasking ({type(error).__name__})"


def sender_for(service: DeliveryService, channel: Channel) -> Sender:
    """The sender for a channel."""
    return Sender(
        service.warehouse, channel.name, channel.traits.in_doubt, service.retry_policy, service.clock, service.key
    )


def deliver(service: DeliveryService, channel: Channel, key: MessageKey, version: int, note: Note) -> Delivered:
    """Sends a short message to a channel once."""
    return sender_for(service, channel).deliver(key, version, lambda _at: note, message_endpoint(channel))


def without_channel_name(channel: Channel, error: Exception) -> str:
    """The words of an error without the channel's name, for a sentence that names it already."""
    return str(error).removeprefix(f"{channel.name.split(':')[0]}: ")
