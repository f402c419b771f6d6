"""Steps with taskings that follow from the calendar: what nobody answers lapses, what stays overdue is escalated."""

from datetime import date

from tasking.meeting.decisions import SYSTEM
from tasking.meeting.service import MeetingService
from tasking.meeting.store.proposals import lock_subjects
from tasking.meeting.taskings import Tasking, taskings
from tasking.model.proposal import BY_THE_RULES, Status, Step, Verb


def take_system_steps(service: MeetingService, day: date) -> list[str]:
    """Lapses proposed taskings and escalates overdue ones, as of the morning of `day`. Returns the ids, each once.

    Safe to run again: what has lapsed is not proposed any more, and one due date is escalated once.
    """
    taken = []
    for one in taskings(service, day, is_all=True):
        due = _due(service, one, day)
        if due is None:
            continue
        verb, why = due
        step = Step(one.tasking_id, verb, SYSTEM, service.clock(), day, why)
        with service.warehouse.writing():  # so that two runs at once take it once
            lock_subjects(service.warehouse, [one.tasking_id])
            if not _has_moved_on(service, one) and service.take_step(step, SYSTEM) is step:
                taken.append(one.tasking_id)
    return taken


def lapses_after(service: MeetingService, tasking: Tasking) -> date:
    """The last meeting at which a proposed tasking can be answered."""
    calendar, proposed_on = service.partnership.calendar, tasking.proposed_on
    first = proposed_on if calendar.is_meeting_day(proposed_on) else calendar.meeting_days_after(proposed_on, 1)
    more = service.partnership.taskings.lapse_after - 1
    return calendar.meeting_days_after(first, more) if more else first


def _due(service: MeetingService, one: Tasking, day: date) -> tuple[Verb, str] | None:
    """The step that a tasking is due for on a day, and why."""
    rules = service.partnership.taskings
    if one.status == Status.PROPOSED and day > lapses_after(service, one):
        return Verb.LAPSE, f"no decision for {rules.lapse_after} meetings"
    late_since = max(one.due_on, _opened_on(one))
    late_from = service.partnership.calendar.meeting_days_after(late_since, rules.escalate_after)
    if one.status == Status.OPEN and one.is_overdue and day >= late_from and not is_escalated(one):
        return Verb.ESCALATE, f"overdue by {rules.escalate_after} meetings"
    return None


def _opened_on(tasking: Tasking) -> date:
    """The day on which it was taken, or taken up again after it had lapsed."""
    opened = _opened_by(tasking)
    return opened.day if opened else tasking.proposed_on


def _opened_by(tasking: Tasking) -> Step | None:
    """The decision that took it, or took it up again: the first one since it lapsed, of those that count."""
    steps = tasking.standing.steps
    lapsed = max((number for number, step in enumerate(steps) if step.verb == Verb.LAPSE), default=-1)
    return next((step for step in steps[lapsed + 1 :] if step.verb not in BY_THE_RULES), None)


def is_escalated(tasking: Tasking) -> bool:
    """True if the chair was informed since the tasking was taken, or taken again, and had its present date."""
    last = tasking.standing.last(Verb.ESCALATE, Verb.CARRY, Verb.CARRY_LATE)
    opened = _opened_by(tasking)
    return last is not None and last.verb == Verb.ESCALATE and (opened is None or opened.number < last.number)


def _has_moved_on(service: MeetingService, as_it_was: Tasking) -> bool:
    """True where a day is run late or again, and somebody has taken a step since its morning."""
    now = service.standings([as_it_was.tasking_id])[as_it_was.tasking_id]
    return len(now.steps) > len(as_it_was.standing.steps)
