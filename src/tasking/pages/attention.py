"""What needs attention now: each number counted as on the page that it leads to."""

from dataclasses import dataclass

from tasking import meeting
from tasking.meeting.tasking_lists import listed
from tasking.model.tasking_list import Listed
from tasking.pages.access import Person
from tasking.pages.incident_review import open_questions
from tasking.pages.visible import follow_ups_for, taskings_for
from tasking.services import Services


@dataclass(frozen=True)
class Attention:
    """How many rows are held, pairs of incidents may be one, taskings are overdue and proposed, people are to be
    contacted; and of those how many are overdue."""

    held: int
    duplicates: int
    overdue: int
    proposed: int
    people: int
    people_overdue: int


def attention(services: Services, person: Person) -> Attention:
    """The numbers for what `person` may see."""
    taskings = taskings_for(services, person, services.meeting.live_taskings())
    public = [one for one in follow_ups_for(services, person) if not one.is_restricted]
    people = meeting.counts_of(services.meeting, public)
    return Attention(
        held=sum(one["held_rows"] for one in services.intake.held_reasons(person.visibility)),
        duplicates=len(open_questions(services)),
        overdue=len(listed(taskings, Listed.OVERDUE, (), "")),
        proposed=len(listed(taskings, Listed.PROPOSED, (), "")),
        people=people.people,
        people_overdue=people.overdue,
    )
