"""Taking a decision back: an undo on its own day, a correction with a reason later. Nothing is deleted."""

from collections.abc import Sequence
from datetime import date

from tasking.meeting.decisions import DecisionResult, standing_of, today
from tasking.meeting.service import MeetingService
from tasking.meeting.store import proposals as store
from tasking.meeting.store.taskings import withdraw
from tasking.model.day import local_time
from tasking.model.errors import TaskingError
from tasking.model.proposal import ANSWERS, Standing, Status, Step, Verb

_OVER = (Status.DONE, Status.DROPPED)


def undo(
    service: MeetingService,
    subject_id: str,
    actor: str,
    reason: str = "",
    *,
    by: str | None = None,
    number: int | None = None,
) -> DecisionResult:
    """Takes back the newest decision on a proposal or a tasking, with what followed from it, in one transaction.

    A tasking that an approval made is withdrawn with it, and undoing that tasking's own start undoes the approval.
    Answers that owners gave to the decision since then go with it. Anyone with the right to decide may undo, whoever
    decided. `number`: of the step that the actor saw as the newest decision; without it the newest one is undone.

    Raises TaskingError where there is no decision, where `number` is not the newest one any more, where it is of an
    earlier day and `reason` is empty, and where the tasking that it made is done or dropped.
    """
    asked_for = subject_id
    subject_id = deciding_subject(standing_of(service, asked_for), asked_for)
    with service.warehouse.writing():
        store.lock_subjects(service.warehouse, [subject_id, asked_for])
        if number is not None:
            _check_is_newest(service, asked_for, number)
        standing = standing_of(service, subject_id)
        act = standing.last_act
        if not act:
            raise TaskingError(f"{subject_id}: there is no decision to undo")
        day = today(service)
        if act[-1].day != day and not reason.strip():
            raise TaskingError(
                f"{subject_id} was decided on {_long(act[-1].day)}: a correction needs a reason; give it on the "
                "Tasking desk"
            )
        verb = Verb.UNDO if act[-1].day == day else Verb.CORRECT
        undone = [*act, *_answers_to(standing, act)]
        for tasking_id in {step.details["tasking_id"] for step in act if "tasking_id" in step.details}:
            undone += _steps_of_made(service, tasking_id)
            withdraw(service.warehouse, tasking_id, day)
        for step in reversed(undone):
            back = Step(step.subject_id, verb, actor, service.clock(), day, reason.strip()[:2000], undoes=step.number)
            store.take_step(service.warehouse, back, by or actor)
        return DecisionResult(True, back, tuple(undone))


def _check_is_newest(service: MeetingService, subject_id: str, number: int) -> None:
    """Raises TaskingError, for the person who pressed, if the step of this number is not the newest decision."""
    standing = standing_of(service, subject_id)
    if standing.last_act and standing.last_act[-1].number == number:
        return
    back = next((step for step in standing.history if step.undoes == number), None)
    if back is not None:
        when = local_time(back.at, service.partnership.zone)
        raise TaskingError(f"{subject_id}: this decision has already been undone, by {back.actor} {when}")
    raise TaskingError(f"{subject_id} has been decided again since. Check the newest decision first.")


def _answers_to(standing: Standing, act: Sequence[Step]) -> list[Step]:
    """The answers that owners gave since a decision."""
    return [step for step in standing.steps if step.verb in ANSWERS and step.number > act[-1].number]


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
        raise TaskingError(f"its tasking {tasking_id} is already {standing.status}. Undo that first.")
    return standing.steps


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
