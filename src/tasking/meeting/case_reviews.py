"""ASB case reviews: who has a right to one, what comes next, and by when (ASB, Crime and Policing Act 2014, s104)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tasking.meeting.decisions import (
    DecisionResult,
    decide,
    newest_evidence,
    proposal_of,
    rule_of,
    today,
    tracked_proposals,
)
from tasking.meeting.service import MeetingService
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb
from tasking.model.trigger import Proposes

_OFFER: Final = "Inform the person that they can ask for a case review"
_ACKNOWLEDGE: Final = "Acknowledge the request"
_DECIDE: Final = "Decide whether to hold a review, and write to the person"
REVIEW_STEPS: Final = (_OFFER, _ACKNOWLEDGE, _DECIDE)  # in this order


@dataclass(frozen=True)
class CaseReview:
    """A case review that is not decided. `subject`: a reference that names nobody; `since`: when the threshold was met.

    `complaints`: how many counted then. `due_on`: the last working day for `next_step`.
    """

    proposal_id: str
    subject: str
    status: Status
    since: date
    complaints: int
    next_step: str
    due_on: date
    is_overdue: bool
    is_restricted: bool = False


def case_reviews(
    service: MeetingService,
    day: date | None = None,
    withheld: Collection[str] = (),
    among: Sequence[TrackedProposal] | None = None,
) -> list[CaseReview]:
    """The case reviews that are not decided, the earliest due first: now, or as they stood when a day began.

    A right that nobody has used ends with the rule's window. Proposals in `withheld` are left out. `among`: the
    proposals to look at, where the caller has read them.
    """
    found = []
    for one in tracked_proposals(service, until=day or date.max) if among is None else among:
        as_it_was = one._replace(standing=one.standing.as_of(day)) if day else one
        if one.proposal.proposal_id not in withheld and (review := _review(service, as_it_was, day or today(service))):
            found.append(review)
    return sorted(found, key=lambda one: (one.due_on, one.proposal_id))


def _review(service: MeetingService, tracked: TrackedProposal, day: date) -> CaseReview | None:
    proposal, status = tracked.proposal, tracked.standing.status
    rule = next((one for one in service.rules if one.rule == proposal.rule), None)
    if rule is None or rule.proposes != Proposes.OWNER:
        return None
    clock, since = service.partnership.case_reviews, tracked.waiting_since
    accepted = tracked.standing.last(Verb.APPROVE)
    if status in (Status.PROPOSED, Status.EXPIRED) and day <= since + timedelta(days=rule.window_days):
        next_step, start, within = _OFFER, since, clock.acknowledge_in
    elif status == Status.APPROVED and accepted:
        next_step, start, within = _ACKNOWLEDGE, accepted.day, clock.acknowledge_in
    elif status == Status.ACTIVE and accepted:
        next_step, start, within = _DECIDE, accepted.day, clock.decide_in
    else:
        return None
    due_on = service.partnership.calendar.working_days_after(start, within)
    return CaseReview(
        proposal_id=proposal.proposal_id,
        subject=proposal.subject,
        status=status,
        since=since,
        complaints=int(newest_evidence(tracked)["counts"].get("complaints", 0)),
        next_step=next_step,
        due_on=due_on,
        is_overdue=due_on < day,
        is_restricted=proposal.is_restricted,
    )


def acknowledge_review(service: MeetingService, proposal_id: str, actor: str, note: str = "") -> DecisionResult:
    """Records that a request was acknowledged to the person. Raises TaskingError for another proposal."""
    one = _case_review(service, proposal_id)
    return decide(service, proposal_id, Verb.ACKNOWLEDGE, actor, note, seen=one.standing)


def decide_review(service: MeetingService, proposal_id: str, actor: str, outcome: str) -> DecisionResult:
    """Records what was decided, and closes the case. Raises TaskingError for another proposal, or without words."""
    one = _case_review(service, proposal_id)
    return decide(service, proposal_id, Verb.CLOSE, actor, outcome, seen=one.standing)


def _case_review(service: MeetingService, proposal_id: str) -> TrackedProposal:
    one = proposal_of(service, proposal_id)
    if rule_of(service, one.proposal).proposes != Proposes.OWNER:
        raise TaskingError(f"{proposal_id} is not a case review. To list them: tasking reviews list")
    return one
