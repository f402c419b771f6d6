"""What is a recipient's: the open taskings of a partner that only receives work, in the parts of its message."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tasking.meeting.service import MeetingService
from tasking.meeting.store import taskings as store
from tasking.meeting.taskings import Tasking, taskings
from tasking.model.proposal import Status
from tasking.model.recipient import Recipient
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_taskings


@dataclass(frozen=True)
class Work:
    """A recipient's open taskings on a morning, each in one part, the earliest due first."""

    overdue: tuple[Tasking, ...] = ()
    due: tuple[Tasking, ...] = ()  # by the next meeting
    new: tuple[Tasking, ...] = ()  # since the last message
    others: tuple[Tasking, ...] = ()

    @property
    def has_news(self) -> bool:
        """True where something is new, due or overdue: a message is sent."""
        return bool(self.overdue or self.due or self.new)


def work_of(service: MeetingService, recipient: Recipient, day: date, last_told_on: date | None) -> Work:
    """A recipient's open taskings as they stood on the morning of a day. Restricted ones are left out.

    `last_told_on`: the day of the recipient's last message; what they were given since the morning of that day is new.
    """
    mine = taskings_of(service, recipient, public_taskings(service, day), day)
    next_meeting = service.partnership.calendar.meeting_days_after(day, 1)
    since = last_told_on or date.min
    overdue = [one for one in mine if one.is_overdue]
    due = [one for one in mine if day <= one.due_on <= next_meeting]
    new = [one for one in mine if one not in (*overdue, *due) and _given_on(one) >= since]
    rest = [one for one in mine if one not in (*overdue, *due, *new)]
    return Work(tuple(overdue), tuple(due), tuple(new), tuple(rest))


def public_taskings(
    service: MeetingService, day: date | None = None, only: Collection[str] | None = None
) -> list[Tasking]:
    """The open taskings of nothing restricted, among `only` or all: now, or as they stood on the morning of a day."""
    found = taskings(service, day, only=only)
    withheld = withheld_taskings(service.warehouse, PUBLIC_VISIBILITY, [one.tasking_id for one in found])
    return [one for one in found if one.tasking_id not in withheld]


def taskings_of(
    service: MeetingService, recipient: Recipient, found: Sequence[Tasking], day: date | None = None
) -> list[Tasking]:
    """Those of some open taskings that are a recipient's: by the owner's name, and within its areas and categories.

    A tasking whose area or category is not known goes to every recipient of that name, so that none is lost.
    """
    owned = [one for one in found if _owns(recipient, one) and one.status == Status.OPEN]
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
