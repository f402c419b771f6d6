"""Taking a decision back: an undo on its own day, a correction with a reason later. Nothing is deleted."""

from datetime import date

from tasking.meeting.decisions import DecisionResult, standing_of, today
from tasking.meeting.service import MeetingService
from tasking.meeting.store import proposals as store
from tasking.meeting.store.taskings import withdraw
from tasking.model.errors import TaskingError
from tasking.model.proposal import Standing, Status, Step, Verb

_OVER = (Status.DONE, Status.DROPPED)


def undo(
    service: MeetingService, subject_id: str, actor: str, reason: str = "", *, by: str | None = None
) -> DecisionResult:
    """Takes back the newest decision on a proposal or a tasking, with what followed from it, in one transaction.

    A tasking that an approval made is withdrawn with it, and undoing that tasking's own start undoes the approval.
    Whoever has the right to decide may undo, whoever decided.

    Raises TaskingError where there is no decision, where it is of an earlier day and `reason` is empty, and where the
    tasking that it made is done or dropped.
    """
    subject_id = deciding_subject(standing_of(service, subject_id), subject_id)
    with service.warehouse.writing():
        store.lock_subjects(service.warehouse, [subject_id])
        act = standing_of(service, subject_id).last_act
        if not act:
            raise TaskingError(f"{subject_id}: there is no decision to undo")
        day = today(service)
        if act[-1].day != day and not reason.strip():
            raise TaskingError(
                f"{subject_id} was decided on {_long(act[-1].day)}: a correction needs a reason; give it on the "
                "Tasking desk"
            )
        verb = Verb.UNDO if act[-1].day == day else Verb.CORRECT
        undone = list(act)
        for tasking_id in {step.details["tasking_id"] for step in act if "tasking_id" in step.details}:
            undone += _steps_of_made(service, tasking_id)
            withdraw(service.warehouse, tasking_id, day)
        for step in reversed(undone):
            back = Step(step.subject_id, verb, actor, service.clock(), day, reason.strip()[:2000], undoes=step.number)
            store.take_step(service.warehouse, back, by or actor)
        return DecisionResult(True, back._replace(details={"was": act[0].verb}))


def deciding_subject(standing: Standing, subject_id: str) -> str:
    """The proposal whose approval made a tasking, while nobody has done anything else with it; else the subject."""
    act = standing.last_act
    named = str(act[-1].details.get("act", "")).partition("/")[0] if act else ""
    return named or subject_id


def _steps_of_made(service: MeetingService, tasking_id: str) -> tuple[Step, ...]:
    """The steps of a tasking that a decision made. Raises TaskingError where it is done or dropped."""
    store.lock_subjects(service.warehouse, [tasking_id])
    standing = standing_of(service, tasking_id)
    if standing.status in _OVER:
        raise TaskingError(f"its tasking {tasking_id} is {standing.status} already: undo that first")
    return standing.steps


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
