"""Sends work to recipients by message: once each morning, and when they are given a tasking."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final, NamedTuple

from tasking.delivery.briefing import refresh_all
from tasking.delivery.channels import Note, Traits
from tasking.delivery.notices import deliver, failure_words
from tasking.delivery.service import DeliveryService
from tasking.delivery.store import outbox
from tasking.delivery.store.outbox import MessageKey, State
from tasking.delivery.work_messages import assignment_note, chair_note, person_note, work_note
from tasking.meeting import Tasking, public_taskings, today
from tasking.meeting.recipients import recipients_of, work_of
from tasking.model.errors import NotPosted
from tasking.model.log_context import in_context
from tasking.model.proposal import Step, Verb
from tasking.model.recipient import Recipient

_WORK: Final = "taskings"  # the kinds of message in the outbox
_ASSIGNMENT: Final = "assignment"
_ESCALATION: Final = "escalation"


class Message(NamedTuple):
    """One message to one addressee: `part` distinguishes those of one kind and day."""

    whom: str
    route: str
    key: MessageKey
    make: Callable[[Traits], Note]


@in_context
def send_taskings(service: DeliveryService, day: date, *, is_old_day_posted: bool = False) -> tuple[str, ...]:
    """Sends each recipient what is theirs on a meeting day, once, and the chair what stays overdue.

    Recipients without anything new, due or overdue are sent nothing. Notices to accounts that could not be sent before
    are tried once more; one that fails again is only said. A day that is not today is left alone unless
    `is_old_day_posted`. Returns what was done, in words.

    Raises NotPosted, with the same words, where another message was not taken; it is safe to call again.
    """
    partnership = service.partnership
    if not (partnership.recipients or partnership.chair or partnership.people):
        return ()
    if not partnership.calendar.is_meeting_day(day):
        return (f"{day:%a %d %b} is not a meeting day: no taskings sent",)
    if day != today(service.meeting) and not is_old_day_posted:
        return (f"{day:%a %d %b} is not today: no taskings sent",)
    done, failures = send_all(service, [*_work(service, day), *_escalations(service, day)])
    done += _notices_not_sent_before(service, day)
    if failures:
        raise NotPosted("; ".join([*failures, *done]))
    return tuple(done)


@in_context
def tell_owners(service: DeliveryService, tasking_ids: Collection[str]) -> tuple[str, ...]:
    """Informs the owners of a new tasking, each once for each assignment: accounts directly, recipients by message.

    People who gave it to themselves are sent nothing, and nothing is sent of a restricted tasking. Never raises for a
    channel that does not take a message: the returned words say so, and the next morning tries again.
    """
    found = public_taskings(service.meeting, only=tasking_ids)
    messages = [
        message
        for one in found
        for message in (*_notices_to_people(service, one), *_notices_to_recipients(service, one))
    ]
    done, failures = send_all(service, messages)
    return (*failures, *done)


def announce(service: DeliveryService, subject_ids: Sequence[str]) -> tuple[str, ...]:
    """Informs the owners of work that a decision gives, then edits the briefings that show what was decided.

    Returns what became of the messages, in words. Raises TaskingError where a briefing could not be edited.
    """
    standing = service.meeting.standings(subject_ids)
    approvals = [(one, stands.last(Verb.APPROVE)) for one, stands in standing.items()]
    made = {step.details.get("tasking_id", one) for one, step in approvals if step}
    told = tell_owners(service, made)
    refresh_all(service, subject_ids)
    return told


def _notices_not_sent_before(service: DeliveryService, day: date) -> list[str]:
    """Tries the notices of assignments since the last meeting again. Returns what was done, in words."""
    if day != today(service.meeting):
        return []
    since = service.partnership.calendar.previous_meeting(day)
    given = [one for one in public_taskings(service.meeting) if (step := _given(one)) and step.day >= since]
    messages = [message for one in given for message in _notices_to_people(service, one)]
    done, failures = send_all(service, [one for one in messages if not _is_sent(service, one)])
    return [*done, *failures]


def _is_sent(service: DeliveryService, message: Message) -> bool:
    stored = outbox.find(service.warehouse, message.key)
    return stored is not None and stored.state == State.SENT


def _work(service: DeliveryService, day: date) -> list[Message]:
    messages = []
    for one in service.partnership.recipients:
        key = MessageKey(day, one.route, f"{_WORK} for {one.name}")
        last = outbox.newest_day(service.warehouse, key.kind, "", day - timedelta(days=1), one.route)
        work = work_of(service.meeting, one, day, last, partial(_was_told, service, one))
        if work.has_news:
            messages.append(Message(one.name, one.route, key, partial(work_note, service, one, work, day)))
    return messages


def _was_told(service: DeliveryService, recipient: Recipient, step: Step) -> bool:
    """True where the message of an assignment reached a recipient."""
    stored = outbox.find(service.warehouse, _assignment_key(recipient, step))
    return stored is not None and stored.state == State.SENT


def _assignment_key(recipient: Recipient, step: Step) -> MessageKey:
    return MessageKey(step.day, recipient.route, _ASSIGNMENT, f"{step.subject_id}/{step.number}/{recipient.key}")


def _escalations(service: DeliveryService, day: date) -> list[Message]:
    """The chair's message: what was escalated since the last one that arrived, and is still open."""
    chair = service.partnership.chair
    if chair is None:
        return []
    before = outbox.newest_day(service.warehouse, _ESCALATION, "", day - timedelta(days=1))
    found = []
    for one in public_taskings(service.meeting, day):
        step = one.standing.last(Verb.ESCALATE)
        if step is not None and one.is_overdue and (before is None or step.day > before):
            found.append(one)
    if not found:
        return []
    key = MessageKey(day, chair.route, _ESCALATION)
    return [Message(chair.name, chair.route, key, partial(chair_note, service, found, day))]


def _notices_to_people(service: DeliveryService, tasking: Tasking) -> list[Message]:
    """The direct messages of the newest assignment, to accounts of `people` who did not give it to themselves."""
    step = _given(tasking)
    if step is None:
        return []
    number, owners = step.number, {owner.casefold() for owner in tasking.owners}
    messages = []
    for person in service.partnership.people:
        if person.name.casefold() in owners and step.actor not in (person.name, person.account):
            key = MessageKey(step.day, f"slack:{person.slack}", _ASSIGNMENT, f"{tasking.tasking_id}/{number}")
            make = partial(person_note, service, person.name, tasking, number)
            messages.append(Message(person.name, key.channel, key, make))
    return messages


def _notices_to_recipients(service: DeliveryService, tasking: Tasking) -> list[Message]:
    """The messages of the newest assignment to recipients, who would else hear of it on the next morning."""
    step = _given(tasking)
    if step is None:
        return []
    messages = []
    for one in recipients_of(service.meeting, tasking):
        key = _assignment_key(one, step)
        make = partial(assignment_note, service, one, tasking, step.day, step.number)
        messages.append(Message(one.name, one.route, key, make))
    return messages


def _given(tasking: Tasking) -> Step | None:
    """The newest step that named its owners."""
    steps = reversed(tasking.standing.steps)
    return next((step for step in steps if step.details.get("owners") or step.details.get("owner")), None)


def send_all(service: DeliveryService, messages: Sequence[Message]) -> tuple[list[str], list[str]]:
    """(what was sent, what was not and why), in words. One addressee's channel does not stop the others."""
    done, failures = [], []
    for one in messages:
        channel = service.open_route(one.route)
        try:
            delivered = deliver(service, channel, one.key, 1, one.make(channel.traits))
        except Exception as error:  # of this message alone
            failures.append(f"{one.whom}: message not sent: {failure_words(channel, error)}")
        else:
            done.append(f"{one.whom}: message {delivered.words}")
    return done, failures
