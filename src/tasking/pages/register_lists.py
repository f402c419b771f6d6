"""What follows from restricted incidents: MARAC and other restricted proposals, taskings, follow-ups, case reviews."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tasking.meeting import CaseReview, FollowUp, Tasking
from tasking.meeting.marac import MaracProposal, marac_proposals
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.follow_up import State
from tasking.model.proposal import LIVE, PAST, Status
from tasking.pages.access import Person
from tasking.pages.approval_form import ApprovalForm, approval_form
from tasking.pages.visible import (
    case_reviews_for,
    follow_ups_for,
    proposals_for,
    restricted_among,
    taskings_for,
    with_incidents_now,
)
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

_OVER: Final = frozenset({Status.DONE, Status.DROPPED, Status.LAPSED, Status.WITHDRAWN})
_DECIDED_SHOWN: Final = 20


@dataclass(frozen=True)
class RegisterLists:
    """The lists of the register beside its incidents. `forms`: proposal id -> the form that accepts it."""

    marac: Sequence[MaracProposal]
    decided: Sequence[MaracProposal]
    others: Sequence[TrackedProposal]
    taskings: Sequence[Tasking]
    follow_ups: Sequence[FollowUp]
    case_reviews: Sequence[CaseReview]
    forms: Mapping[str, ApprovalForm]
    titles: Mapping[str, str]  # of rules
    past: Mapping[Any, str]
    _by_incident: Mapping[str, Sequence[Tasking]]

    def of_incident(self, incident_id: str) -> Sequence[Tasking]:
        """The taskings of an incident."""
        return self._by_incident.get(incident_id, ())

    def tabs(self) -> list[tuple[str, str, int]]:
        """Key, name and how many of each list; what is over does not count."""
        return [
            ("marac", "MARAC proposals", len(self.marac)),
            ("others", "Other restricted proposals", len(self.others)),
            ("taskings", "Taskings", sum(one.status not in _OVER for one in self.taskings)),
            ("follow-ups", "Follow-ups", sum(one.state == State.OPEN for one in self.follow_ups)),
            ("case-reviews", "Case reviews", len(self.case_reviews)),
        ]


def lists_of(services: Services, person: Person) -> RegisterLists:
    """The lists as `person` may read them."""
    proposals = proposals_for(services, person)
    hidden = restricted_among(services)
    restricted = [one for one in proposals if one.proposal.proposal_id in hidden]
    marac = marac_proposals(services.meeting, restricted)
    named = {one.proposal_id for one in marac}
    reviews = [one for one in case_reviews_for(services, person) if one.proposal_id in hidden]
    apart = named | {one.proposal_id for one in reviews}
    waiting = [one for one in marac if one.is_waiting]
    forms = {one.proposal_id: approval_form(services, one.proposal_id) for one in waiting}
    taskings = _restricted_taskings(services, person)
    return RegisterLists(
        marac=waiting,
        decided=sorted((one for one in marac if not one.is_waiting), key=_newest_first)[:_DECIDED_SHOWN],
        others=[one for one in restricted if one.standing.status in LIVE and one.proposal.proposal_id not in apart],
        taskings=sorted(taskings, key=lambda one: one.status in _OVER),  # those that are over last
        follow_ups=_restricted_follow_ups(services, person),
        case_reviews=reviews,
        forms={proposal_id: form for proposal_id, form in forms.items() if form is not None},
        titles={rule.rule: rule.title for rule in services.rules},
        past=PAST,
        _by_incident=_by_incident(taskings),
    )


def _newest_first(one: MaracProposal) -> tuple[int, str]:
    steps = one.tracked.standing.steps
    return -(steps[-1].day if steps else one.tracked.proposal.raised_on).toordinal(), one.proposal_id


def _restricted_taskings(services: Services, person: Person) -> list[Tasking]:
    """The taskings that `person` may see and the public may not, the earliest due first."""
    withheld = services.guard.withheld_taskings(PUBLIC_VISIBILITY)
    found = [one for one in taskings_for(services, person) if one.tasking_id in withheld]
    return with_incidents_now(services, person, found)


def _restricted_follow_ups(services: Services, person: Person) -> list[FollowUp]:
    """The restricted follow-ups that `person` may see, open ones first."""
    found = [one for one in follow_ups_for(services, person) if one.is_restricted]
    return sorted(found, key=lambda one: one.state != State.OPEN)


def _by_incident(taskings: Sequence[Tasking]) -> dict[str, list[Tasking]]:
    found: dict[str, list[Tasking]] = defaultdict(list)
    for one in taskings:
        if one.incident_id:
            found[one.incident_id].append(one)
    return found
