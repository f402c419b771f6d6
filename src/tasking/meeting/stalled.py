"""A stalled tasking in words that may be public: who, what, where, due when, and how often it was put back."""

from datetime import date
from typing import NamedTuple

from tasking.meeting.service import MeetingService
from tasking.meeting.taskings import Tasking, public_owner, taskings


class StalledWords(NamedTuple):
    """`subject`: `Kent Police: patrol, The Vine`; `due`: `Mon 16 Nov`; `put_back`: `, put back twice`, or empty."""

    subject: str
    due: str
    put_back: str

    @property
    def line(self) -> str:
        """`Kent Police: patrol, The Vine, due Mon 16 Nov, put back twice`"""
        return f"{self.subject}, due {self.due}{self.put_back}"


def stalled_words(service: MeetingService, tasking: Tasking) -> StalledWords:
    """What may be said of a stalled tasking in public: nothing that was typed by hand."""
    declared = service.partnership.taskings
    is_declared = tasking.what in {declared.otherwise.what, *(one.what for one in declared.owners)}
    place, town = service.public_name(tasking.place)
    parts = [tasking.what if is_declared else "", place or town or ""]
    work = ", ".join(filter(None, parts)) or f"tasking {tasking.tasking_id}"
    due = f"{tasking.due_on:%a} {tasking.due_on.day} {tasking.due_on:%b}"
    return StalledWords(f"{public_owner(service, tasking.owner)}: {work}", due, _put_back(tasking.times_carried))


def stalled_on(service: MeetingService, tasking_id: str, day: date) -> StalledWords | None:
    """The words of a tasking as it stood when a day began; None where it was not open."""
    one = next((one for one in taskings(service, day) if one.tasking_id == tasking_id), None)
    return stalled_words(service, one) if one else None


def _put_back(times: int) -> str:
    if not times:
        return ""
    return f", put back {({1: 'once', 2: 'twice'}).get(times) or f'{times} times'}"
