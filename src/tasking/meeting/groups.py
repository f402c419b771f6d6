"""Task-and-finish groups: started, reviewed, merged, closed with an assessment, and compared before and after."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tasking.meeting.comparison import began, effect_of_group
from tasking.meeting.decisions import (
    DecisionResult,
    decide,
    proposal_of,
    rule_of,
    standing_of,
    today,
    tracked_proposals,
)
from tasking.meeting.effect import Effect
from tasking.meeting.group_places import places_of
from tasking.meeting.service import MeetingService
from tasking.meeting.store.proposals import lock_subjects
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.errors import TaskingError
from tasking.model.proposal import LIVE, Status, Verb
from tasking.model.trigger import Proposes

REVIEW_DAYS: Final = {"low": 28, "medium": 28, "high": 14}
_KEPT: Final = ("name", "begins_on", "ends_on")  # of a group whose lead or partners change


@dataclass(frozen=True)
class Group:
    """A group at present; `review_on` and `began_on` are None before it has started.

    `name`: of one that was named, such as an operation; it was typed by hand and is shown on the desk only.
    """

    proposal_id: str
    status: Status
    places: tuple[str, ...]
    theme: str
    lead: str = ""
    partners: tuple[str, ...] = ()
    objective: str = ""
    review_on: date | None = None
    began_on: date | None = None
    is_restricted: bool = False
    name: str = ""
    ends_on: date | None = None


def groups(
    service: MeetingService,
    day: date | None = None,
    withheld: Collection[str] = (),
    among: Sequence[TrackedProposal] | None = None,
) -> list[Group]:
    """The groups that are approved or active, the oldest first: now, or as they stood when a day began.

    Proposals in `withheld` are left out, as groups and as places that they brought into another group. `among`: the
    proposals to look at, where the caller has read them.
    """
    wanted = {Status.APPROVED, Status.ACTIVE}
    known = tracked_proposals(service) if among is None else among
    everything = [one for one in known if one.proposal.proposal_id not in withheld]
    if day is not None:
        everything = [one._replace(standing=one.standing.as_of(day)) for one in everything]
    for_groups = {rule.rule for rule in service.rules if rule.proposes == Proposes.GROUP}
    return [
        _group(one, everything)
        for one in everything
        if one.standing.status in wanted and (one.standing.last(Verb.START) or one.proposal.rule in for_groups)
    ]


def _group(tracked: TrackedProposal, everything: Sequence[TrackedProposal]) -> Group:
    started, proposal = tracked.standing.last(Verb.START), tracked.proposal
    places = tuple(place.name for place in places_of(proposal.proposal_id, everything))
    if started is None:
        return Group(
            proposal.proposal_id, tracked.standing.status, places, proposal.theme, is_restricted=proposal.is_restricted
        )
    last = tracked.standing.last(Verb.START, Verb.REVIEW)
    details = started.details
    return Group(
        proposal_id=proposal.proposal_id,
        status=tracked.standing.status,
        places=places,
        theme=proposal.theme,
        lead=details["lead"],
        partners=tuple(details["partners"]),
        objective=details["objective"],
        review_on=date.fromisoformat(last.details["review_on"]) if last else None,
        began_on=began(tracked),
        is_restricted=proposal.is_restricted,
        name=details.get("name", ""),
        ends_on=date.fromisoformat(details["ends_on"]) if details.get("ends_on") else None,
    )


def start_group(
    service: MeetingService,
    proposal_id: str,
    actor: str,
    lead: str,
    partners: Sequence[str],
    objective: str,
    review_on: date | None = None,
) -> DecisionResult:
    """Starts a group: approves its proposal where nobody has, and records its lead, partners and objective.

    Both steps are stored, or neither is. Raises TaskingError where the proposal is not for a group, or the lead or the
    objective is missing.
    """
    one = proposal_of(service, proposal_id)
    rule = rule_of(service, one.proposal)
    if rule.proposes not in (Proposes.GROUP, Proposes.RESTRICTED):
        raise TaskingError(f"{proposal_id} proposes no group: {rule.title.lower()}")
    if not lead.strip() or not objective.strip():
        raise TaskingError("Enter a lead and an objective for the group.")
    day = today(service)
    before = one.standing.last(Verb.START)
    named = {key: before.details[key] for key in _KEPT if key in before.details} if before else {}
    details: dict[str, Any] = named | {
        "lead": lead.strip(), "partners": list(partners), "objective": objective.strip(),
        "review_on": str(review_on or day + timedelta(days=REVIEW_DAYS[rule.severity])),
    }  # fmt: skip
    with service.warehouse.writing():
        seen = one.standing
        if seen.status in (Status.PROPOSED, Status.EXPIRED):
            details |= {"act": f"{proposal_id}/{len(seen.history) + 1}"}
            approved = decide(service, proposal_id, Verb.APPROVE, actor, details={"act": details["act"]}, seen=seen)
            if approved.step.verb != Verb.APPROVE:
                return approved
            seen = standing_of(service, proposal_id)  # with the approval, this one or somebody else's
        return decide(service, proposal_id, Verb.START, actor, details=details, seen=seen)


def review_group(
    service: MeetingService, proposal_id: str, actor: str, note: str, next_on: date | None = None
) -> DecisionResult:
    """Records that a group was reviewed, and when it is reviewed next."""
    one = proposal_of(service, proposal_id)
    on = next_on or today(service) + timedelta(days=REVIEW_DAYS[rule_of(service, one.proposal).severity])
    return decide(service, proposal_id, Verb.REVIEW, actor, note, details={"review_on": str(on)}, seen=one.standing)


def merge(service: MeetingService, proposal_id: str, into: str, actor: str, reason: str = "") -> DecisionResult:
    """Merges a proposal into a group: its place becomes one of the group's places.

    Raises TaskingError where `into` is not live or is the proposal itself, or only one of them is restricted.
    """
    seen = standing_of(service, proposal_id)
    with service.warehouse.writing():
        # Nobody may close or merge either of them until this is stored.
        lock_subjects(service.warehouse, [proposal_id, into])
        target = proposal_of(service, into)
        if target.proposal.proposal_id == proposal_id or target.standing.status not in LIVE:
            over = DecisionResult(False, target.standing.steps[-1]).words(service) if target.standing.steps else ""
            words = f"{into} is {target.standing.status}: nothing can be merged into it. {over}"
            raise TaskingError(words.rstrip(" ."))
        if target.proposal.is_restricted != proposal_of(service, proposal_id).proposal.is_restricted:
            raise TaskingError("You can’t merge a restricted group with one that is not restricted.")
        return decide(service, proposal_id, Verb.MERGE, actor, reason, details={"into": into}, seen=seen)


def close_group(
    service: MeetingService, proposal_id: str, actor: str, assessment: str
) -> tuple[DecisionResult, Effect | None]:
    """Closes a group with an assessment in words; the counts before and after are stored beside it and returned.

    Raises TaskingError without an assessment.
    """
    if len(assessment.split()) < 3:
        raise TaskingError("Enter an assessment: what was done, and whether it worked.", field="assessment")
    one = proposal_of(service, proposal_id)
    effect = effect_of_group(service, one)
    details = {"effect": dict(effect.as_details())} if effect else {}
    return decide(service, proposal_id, Verb.CLOSE, actor, assessment, details=details), effect
