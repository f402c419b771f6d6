"""What is a recipient's: the open taskings of a partner that only receives work, in the parts of its message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tasking.meeting.public_lists import public_among
from tasking.meeting.service import MeetingService
from tasking.meeting.store import taskings as store
from tasking.meeting.taskings import Tasking, taskings
from tasking.model.proposal import Status, Step, Verb
from tasking.model.recipient import Recipient


@dataclass(frozen=True)
class Work:
    """A recipient's open taskings on a morning, each in one part, the earliest due first."""

    overdue: tuple[Tasking, ...] = ()
    due: tuple[Tasking, ...] = ()  # by the next meeting
    new: tuple[Tasking, ...] = ()  # since the last message
    others: tuple[Tasking, ...] = ()
    undone: tuple[Tasking, ...] = ()  # they were informed of it, and the decision was undone since: not theirs now

    @property
    def has_news(self) -> bool:
        """True where something is new, due, overdue or undone: a message is sent."""
        return bool(self.overdue or self.due or self.new or self.undone)


WasTold = Callable[[Step], bool]


def work_of(
    service: MeetingService, recipient: Recipient, day: date, last_told_on: date | None, was_told: WasTold
) -> Work:
    """A recipient's open taskings as they stood on the morning of a day. Restricted ones are left out.

    `last_told_on`: the day of the recipient's last message; what they were given since the morning of that day is new.
    `was_told`: whether they had a message of their own about a step that gave them work.
    """
    since = last_told_on or date.min
    found = [one for one in taskings(service, day, is_all=True) if one.status == Status.OPEN or _undone_in(one, since)]
    everything = public_among(service, found, day)
    mine = taskings_of(service, recipient, everything, day)
    next_meeting = service.partnership.calendar.meeting_days_after(day, 1)
    overdue = [one for one in mine if one.is_overdue]
    due = [one for one in mine if day <= one.due_on <= next_meeting]
    new = [one for one in mine if one not in (*overdue, *due) and _given_on(one) >= since]
    rest = [one for one in mine if one not in (*overdue, *due, *new)]
    undone = [one for one in everything if one not in mine and _is_undone(one, recipient, since, was_told)]
    undone = _within(service, recipient, undone, day)
    return Work(tuple(overdue), tuple(due), tuple(new), tuple(rest), tuple(undone))


def _is_undone(tasking: Tasking, recipient: Recipient, since: date, was_told: WasTold) -> bool:
    """True if a step that gave it to them, and that they were informed of, was undone since their last message."""
    return any(
        step.day < since or was_told(step)
        for step in _undone_in(tasking, since)
        if recipient.name.casefold() in _given_to(tasking, step)
    )


def _undone_in(tasking: Tasking, since: date) -> list[Step]:
    """The steps that were taken back on a day or later."""
    history = tasking.standing.history
    undone = {step.undoes for step in history if step.undoes is not None and step.day >= since}
    return [step for step in history if step.number in undone]


def _given_to(tasking: Tasking, step: Step) -> set[str]:
    """Those to whom a step gave a tasking, in lower case; a step that opens it without naming anybody leaves its own
    owners."""
    named = step.details.get("owners") or [one for one in (step.details.get("owner"),) if one]
    opens = step.verb in (Verb.TAKE, Verb.APPROVE)
    return {owner.casefold() for owner in named or (tasking.owners if opens else ())}


def taskings_of(
    service: MeetingService, recipient: Recipient, found: Sequence[Tasking], day: date | None = None
) -> list[Tasking]:
    """Those of some open taskings that are a recipient's: by the owner's name, and within its areas and categories.

    A tasking whose area or category is not known goes to every recipient of that name, so that none is lost.
    """
    owned = [one for one in found if _owns(recipient, one) and one.status == Status.OPEN]
    return _within(service, recipient, owned, day)


def _within(service: MeetingService, recipient: Recipient, owned: list[Tasking], day: date | None) -> list[Tasking]:
    """Those of some taskings that lie within a recipient's areas and categories."""
    if not recipient.areas and not recipient.categories:
        return owned
    ids = [one.incident_id for one in owned if one.incident_id]
    about = store.places_of_incidents(service.warehouse, ids, day)
    return [one for one in owned if _is_within(service, recipient, one, about.get(one.incident_id or "", {}))]


def recipients_of(service: MeetingService, tasking: Tasking) -> list[Recipient]:
    """The recipients that a tasking is for."""
    return [one for one in service.partnership.recipients if taskings_of(service, one, [tasking])]


def _owns(recipient: Recipient, tasking: Tasking) -> bool:
    return recipient.name.casefold() in {owner.casefold() for owner in tasking.owners}


def _is_within(service: MeetingService, recipient: Recipient, tasking: Tasking, incident: Mapping[str, Any]) -> bool:
    named = {incident.get(name) for name in ("place_name", "town", "ward")} | {*service.public_name(tasking.place)}
    # A place is named with its town or without it: `Bradbourne Lakes, Sevenoaks` and `Bradbourne Lakes`.
    places = {part.casefold() for name in named if name for part in (name, name.partition(", ")[0])}
    areas = {area.casefold() for area in recipient.areas}
    category = incident.get("category")
    is_there = not areas or not places or not places.isdisjoint(areas)
    return is_there and (not recipient.categories or category is None or category in recipient.categories)


def _given_on(tasking: Tasking) -> date:
    """The day on which it became its present owners'."""
    steps = tasking.standing.steps
    named = [step.day for step in steps if step.details.get("owners") or step.details.get("owner")]
    return named[-1] if named else steps[0].day if steps else tasking.proposed_on
