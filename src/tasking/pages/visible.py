"""Incidents, proposals, groups, taskings and follow-ups limited to what a user may see. Pages read them by these
functions.

What a user may not see does not exist for them. Users with May.RESTRICTED see restricted items in lists, and open them
one at a time with a reason.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from fastapi import HTTPException

from tasking import meeting
from tasking.config.desk_feed import DESK
from tasking.meeting import CaseReview, FollowUp, Group, Tasking
from tasking.meeting.explanation import explanation_lines
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.pages.access import Person
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility


def restricted_among(services: Services, proposal_ids: Iterable[str] | None = None) -> frozenset[str]:
    """Those of the proposals (all by default) that need May.RESTRICTED."""
    return services.guard.withheld_proposals(PUBLIC_VISIBILITY, proposal_ids)


def proposals_for(services: Services, person: Person) -> list[TrackedProposal]:
    """Every proposal that `person` may see, oldest first."""
    withheld = services.guard.withheld_proposals(person.visibility)
    return [one for one in meeting.tracked_proposals(services.meeting) if one.proposal.proposal_id not in withheld]


def proposal_for(services: Services, proposal_id: str, person: Person) -> TrackedProposal:
    """A proposal. Raises HTTPException 404 if there is none that `person` may see."""
    if proposal_id not in services.guard.readable_proposals([proposal_id], person.visibility):
        raise HTTPException(404)
    return meeting.proposal_of(services.meeting, proposal_id)


def groups_for(services: Services, person: Person) -> list[Group]:
    """The active groups that `person` may see."""
    return meeting.groups(services.meeting, withheld=services.guard.withheld_proposals(person.visibility))


def case_reviews_for(services: Services, person: Person) -> list[CaseReview]:
    """The case reviews that are not decided and that `person` may see, the earliest due first."""
    return meeting.case_reviews(services.meeting, withheld=services.guard.withheld_proposals(person.visibility))


def explanation_for(services: Services, one: TrackedProposal, person: Person) -> list[str]:
    """A proposal explained, line by line. Reasons that people typed may name somebody and need May.DETAILS."""
    steps = one.standing.history
    if not person.can("details"):
        steps = tuple(step._replace(reason="") for step in steps)
    partners = services.partners
    return explanation_lines(
        one.proposal, steps, services.conventions.categories.labels, partners, services.partnership.zone,
        has_counts=not partly_withheld(services, [one], person),
    )  # fmt: skip


def proposals_with(
    services: Services, person: Person, proposals: Iterable[TrackedProposal], incident_ids: Collection[str]
) -> list[TrackedProposal]:
    """The proposals that any of some incidents is evidence for. Those of a rule about a person would say whose incident
    it is, and need May.DETAILS."""
    about_places = {rule.rule for rule in services.rules if rule.is_placed}
    wanted = set(incident_ids)
    return [
        one for one in proposals
        if not wanted.isdisjoint(one.incident_ids) and (person.can(May.DETAILS) or one.proposal.rule in about_places)
    ]  # fmt: skip


def partly_withheld(services: Services, some: Iterable[TrackedProposal], person: Person) -> frozenset[str]:
    """The proposals whose evidence `person` may read only in part. Their counts are hidden too, since they would reveal
    how much is withheld."""
    rests_on = {
        one.proposal.proposal_id: [
            incident
            for evidence in (one.proposal.evidence, *(step.details or {} for step in one.standing.steps))
            for incident in evidence.get("incidents", ())
        ]
        for one in some
    }
    everything = [incident for incidents in rests_on.values() for incident in incidents]
    withheld = services.guard.withheld_evidence(everything, person.visibility)
    return frozenset(
        name for name, incidents in rests_on.items() if any(one["incident_id"] in withheld for one in incidents)
    )


def taskings_for(services: Services, person: Person, only: Collection[str] | None = None) -> list[Tasking]:
    """Every tasking (of `only`) that `person` may see, earliest due date first."""
    withheld = services.guard.withheld_taskings(person.visibility, only)
    if only is not None:
        only = set(only) - withheld or {""}  # so that it takes as long for one that is not there
    found = meeting.taskings(services.meeting, is_all=True, only=only)
    return [one for one in found if one.tasking_id not in withheld]


def with_incidents_now(services: Services, person: Person, taskings: Sequence[Tasking]) -> list[Tasking]:
    """The taskings, each with the incident that its own has become: a tasking keeps the number that it was proposed
    with, also when the incident is merged into another one. None where it is in no single one that `person` may see."""
    named = sorted({one.incident_id for one in taskings if one.incident_id})
    now = services.linkage.incidents_now(named, person.visibility)
    return [replace(one, incident_id=now.get(one.incident_id or "")) for one in taskings]


def taskings_of(
    services: Services, person: Person, incident_ids: Iterable[str], *, has_restricted: bool
) -> list[Tasking]:
    """The taskings of some incidents that `person` may see, the earliest due first. `has_restricted`: also those of the
    restricted route and of restricted incidents."""
    ids = services.meeting.incidents_of_taskings(incident_ids)
    seen = person.visibility if has_restricted else PUBLIC_VISIBILITY
    withheld = services.guard.withheld_taskings(seen, ids)
    return [one for one in meeting.taskings(services.meeting, is_all=True, only=ids) if one.tasking_id not in withheld]


def tasking_for(services: Services, tasking_id: str, person: Person) -> Tasking:
    """A tasking. Raises HTTPException 404 if there is none that `person` may see."""
    for one in taskings_for(services, person, [tasking_id]):
        return one
    raise HTTPException(404)


def follow_ups_for(services: Services, person: Person, incident_id: str | None = None) -> list[FollowUp]:
    """Every follow-up (of one incident) that `person` may see, earliest due first."""
    return meeting.follow_ups(services.meeting, person.visibility, incident_id)


def follow_up_for(services: Services, follow_up_id: str, person: Person) -> FollowUp:
    """A follow-up. Raises HTTPException 404 if there is none that `person` may see."""
    for one in follow_ups_for(services, person):
        if one.follow_up_id == follow_up_id:
            return one
    raise HTTPException(404)


def incident_reports(services: Services, incident_id: str, visibility: Visibility) -> list[dict[str, Any]]:
    """The reports of an incident. Raises HTTPException 404 if there is none that `visibility` may read."""
    reports = services.linkage.reports_side_by_side(incident_id, visibility)
    if not reports:
        raise HTTPException(404)
    return reports


def incident_now(services: Services, incident_id: str, person: Person) -> str:
    """The incident that the reports of one are in now: itself, or the one that it was merged into.

    Itself also where they are in several, where there is none of that number, and where `person` may not see one of the
    reports that it had or the incident that they are in.
    """
    found = services.linkage.incidents_now([incident_id], person.visibility)
    withheld = services.guard.withheld_incidents([incident_id], person.visibility)
    return incident_id if incident_id in withheld else found.get(incident_id, incident_id)


def incident_named(services: Services, reference: str, person: Person) -> str:
    """The id of an incident, from its own reference or a partner's as somebody typed it.

    Raises TaskingError if there is none that they may see, or if two partners use the reference.
    """
    ids = services.linkage.incidents_named(reference.strip(), [*services.partnership.feeds, DESK], person.visibility)
    if len(ids) != 1:
        raise TaskingError(
            "Two partners use that reference. Enter it as feed:reference." if ids else "There is no such incident."
        )
    return ids[0]
