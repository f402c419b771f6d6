"""Taskings of nothing restricted: what may be listed, counted or named where everybody reads.

A tasking is left out once its incident or its group is restricted, also where an old day is run again: what was public
on that day is not repeated.
"""

from collections.abc import Collection, Sequence
from datetime import date

from tasking.meeting.service import MeetingService
from tasking.meeting.store import taskings as store
from tasking.meeting.store.proposals import restricted_among
from tasking.meeting.taskings import Tasking, taskings
from tasking.model.proposal import Status, Verb
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_taskings


def public_taskings(
    service: MeetingService, day: date | None = None, *, is_all: bool = False, only: Collection[str] | None = None
) -> list[Tasking]:
    """The open taskings (`is_all`: every one) of nothing restricted, among `only` or all: now, or as they stood when a
    day began."""
    return public_among(service, taskings(service, day, is_all=is_all, only=only), day)


def public_among(service: MeetingService, found: Sequence[Tasking], day: date | None = None) -> list[Tasking]:
    """Those of some taskings that nothing restricted is behind: neither now, nor, with a day, on that day."""
    withheld = withheld_taskings(service.warehouse, PUBLIC_VISIBILITY, [one.tasking_id for one in found])
    left = [one for one in found if one.tasking_id not in withheld and not one.is_restricted]
    if day is None:
        return left
    incidents = [{"incident_id": one.incident_id} for one in left if one.incident_id]
    restricted = restricted_among(service.warehouse, incidents, day)
    return [one for one in left if one.incident_id not in restricted]


def waiting_taskings(service: MeetingService, day: date) -> int:
    """How many public taskings were proposed to earlier meetings and not answered when a day began."""
    found = [one for one in taskings(service, day, is_all=True) if one.status == Status.PROPOSED]
    return len(public_among(service, found, day))


def done_since(service: MeetingService, since: date, until: date) -> int:
    """How many public taskings were done from `since` to the day before `until`."""
    done = {step.subject_id for step in store.steps_between(service.warehouse, since, until, Verb.DONE)}
    found = [one for one in taskings(service, until, is_all=True) if one.tasking_id in done]
    return len(public_among(service, found, until))
