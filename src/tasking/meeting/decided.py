"""What was decided on some days, in lines: who does what by when, what was rejected, what was changed.

Nothing restricted is among them. What somebody typed is apart from the words, for those who may read it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tasking.meeting.decisions import rule_of
from tasking.meeting.service import MeetingService
from tasking.meeting.store import decided as store
from tasking.meeting.taskings import BY_HAND, Tasking, public_owner, public_place, taskings
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.meeting.words import agreed_words, public_what, short, upper_first
from tasking.model.errors import TaskingError
from tasking.model.meeting import MinuteLine
from tasking.model.proposal import PAST, Step, Verb
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_proposals, withheld_taskings


class Outcome(StrEnum):
    DECIDED = "decided"
    REJECTED = "rejected"
    CHANGED = "changed"


_DECIDED = frozenset({Verb.APPROVE, Verb.TAKE, Verb.START})


@dataclass(frozen=True)
class Decided:
    """One decision. `gives_work`: somebody was given something to do; `is_of_group`: it is about a group."""

    subject_id: str
    outcome: Outcome
    day: date
    at: datetime
    actor: str
    line: MinuteLine
    gives_work: bool = False
    is_of_group: bool = False


def decided_between(service: MeetingService, first: date, last: date) -> list[Decided]:
    """What people decided from one day to another, both counted, the earliest first; nothing that was undone since."""
    steps = _one_of_each_act(store.steps_of_people(service.warehouse, first, last))
    subjects = {step.subject_id for step in steps}
    hidden = withheld_taskings(service.warehouse, PUBLIC_VISIBILITY, [one for one in subjects if one[:2] == "T-"])
    hidden |= withheld_proposals(service.warehouse, PUBLIC_VISIBILITY, [one for one in subjects if one[:2] == "D-"])
    shown = [step for step in steps if step.subject_id not in hidden]
    ids = {step.subject_id for step in shown}
    of_taskings = {one.tasking_id: one for one in taskings(service, is_all=True, only=ids)}
    found = store.proposals_of(service.warehouse, [one for one in ids if one[:2] == "D-"])
    standing = service.standings([one.proposal_id for one in found])
    proposals = {one.proposal_id: TrackedProposal(one, standing[one.proposal_id]) for one in found}
    lines = [_decided(service, step, of_taskings, proposals) for step in shown]
    return [one for one in lines if one is not None]


def _one_of_each_act(steps: Sequence[Step]) -> list[Step]:
    """One step for each decision: of those taken together, the first one of the subject that was decided. Where a group
    started, that step says who leads it."""
    kept: list[Step] = []
    seen: set[str] = set()
    started = {step.subject_id for step in steps if step.verb == Verb.START}
    for step in steps:
        if step.verb == Verb.APPROVE and not step.owners and step.subject_id in started:
            continue
        act = str(step.details.get("act", ""))
        if act and (act in seen or not act.startswith(f"{step.subject_id}/")):
            continue
        seen.add(act)
        kept.append(step)
    return kept


def _decided(
    service: MeetingService,
    step: Step,
    of_taskings: Mapping[str, Tasking],
    proposals: Mapping[str, TrackedProposal],
) -> Decided | None:
    tasking, tracked = of_taskings.get(step.subject_id), proposals.get(step.subject_id)
    if tasking is None and tracked is None:
        return None
    is_of_group = tracked is not None and tracked.standing.last(Verb.START) is not None
    owners = _owners(service, step, tasking)
    lead = _tasking_lead(service, tasking) if tasking else _proposal_lead(service, tracked)
    line = MinuteLine(
        lead=lead,
        words=_words(step, owners, tasking, is_of_group=is_of_group),
        owners=owners if _gives_work(step) else (),
        typed=_typed(step, tasking),
        subject_ids=tuple(filter(None, [step.subject_id, str(step.details.get("tasking_id", ""))])),
    )
    outcome = Outcome.DECIDED if step.verb in _DECIDED else Outcome.CHANGED
    if step.verb == Verb.REJECT:
        outcome = Outcome.REJECTED
    return Decided(step.subject_id, outcome, step.day, step.at, step.actor, line, _gives_work(step), is_of_group)


def _gives_work(step: Step) -> bool:
    return step.verb in _DECIDED or step.verb == Verb.ASSIGN


def _owners(service: MeetingService, step: Step, tasking: Tasking | None) -> tuple[str, ...]:
    """Who a step gives work to, as it may be shown in public."""
    named: Sequence[str] = step.owners or [one for one in (step.details.get("owner"), step.details.get("lead")) if one]
    if not named and tasking is not None and step.verb == Verb.TAKE:
        named = tasking.owners
    return tuple(dict.fromkeys(public_owner(service, one) for one in named))


def _words(step: Step, owners: Sequence[str], tasking: Tasking | None, *, is_of_group: bool) -> str:
    """`Kent Police, by Thu 26 Nov` of what was decided; of a change, what was changed."""
    due_on = step.due_on or (tasking.due_on if tasking and step.verb in _DECIDED else None)
    if due_on is None and step.details.get("review_on"):
        due_on = date.fromisoformat(step.details["review_on"])
    if step.verb in _DECIDED and owners:
        return agreed_words(owners, due_on, is_group=is_of_group and tasking is None)
    if step.verb in (Verb.CARRY, Verb.CARRY_LATE) and step.due_on:
        return f"New date: {short(step.due_on)}"
    if step.verb == Verb.ASSIGN:
        return f"Given to {' and '.join(owners)}"
    return PAST.get(step.verb, upper_first(step.verb.value))


def _typed(step: Step, tasking: Tasking | None) -> str:
    """What a person typed: the text of a tasking that was added by hand, then the reason or note."""
    what = tasking.what if tasking and tasking.why == BY_HAND and step.verb in _DECIDED else ""
    return ". ".join(filter(None, [what, step.reason]))


def _tasking_lead(service: MeetingService, tasking: Tasking) -> str:
    place = public_place(service, tasking.place)
    return ", ".join(filter(None, [upper_first(public_what(tasking)), place]))


def _proposal_lead(service: MeetingService, tracked: TrackedProposal | None) -> str:
    if tracked is None:
        return ""
    try:
        return rule_of(service, tracked.proposal).wording.headline.format(subject=tracked.proposal.subject)
    except TaskingError:  # its rule was removed, and the wording with it
        return tracked.proposal.subject
