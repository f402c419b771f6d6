"""Proposals, groups, taskings and people who wait, as somebody may see them: the meeting's rooms know of no reader.

What is not for somebody is not there. Whoever may see restricted matters sees which they are, and opens them one at a
time.
"""

from collections.abc import Iterable

from fastapi import HTTPException

from tasking import meeting
from tasking.desk import Desk
from tasking.meeting import Group, Tasking
from tasking.pages.access import Person
from tasking.rules import Known, explained
from tasking.warehouse import browsing
from tasking.warehouse.browsing import EVERYBODY


def restricted_among(desk: Desk, proposal_ids: Iterable[str] | None = None) -> frozenset[str]:
    """Those of the proposals, or of all there are, that are for nobody without the right."""
    return browsing.withheld_proposals(desk.warehouse, EVERYBODY, proposal_ids)


def known_to(desk: Desk, person: Person) -> list[Known]:
    """Every proposal that somebody may see, the oldest first."""
    withheld = browsing.withheld_proposals(desk.warehouse, person.sight)
    return [one for one in meeting.known(desk) if one.proposal.proposal_id not in withheld]


def proposal_for(desk: Desk, proposal_id: str, person: Person) -> Known:
    """A proposal. Raises HTTPException 404 where there is none that somebody may see."""
    if proposal_id not in browsing.readable_proposals(desk.warehouse, [proposal_id], person.sight):
        raise HTTPException(404)
    return meeting.proposal_of(desk, proposal_id)


def groups_for(desk: Desk, person: Person) -> list[Group]:
    """The groups at work that somebody may see."""
    return meeting.groups(desk, withheld=browsing.withheld_proposals(desk.warehouse, person.sight))


def lines_for(desk: Desk, one: Known, person: Person) -> list[str]:
    """A proposal in plain words. What people gave as a reason may name somebody: it is a detail."""
    steps = one.standing.steps if person.can("details") else [step._replace(reason="") for step in one.standing.steps]
    partners = {name: feed.partner for name, feed in desk.feeds.items()}
    return explained(
        one.proposal, steps, desk.house.categories.labels, partners, desk.partnership.zone,
        has_counts=not partly_withheld(desk, [one], person),
    )  # fmt: skip


def partly_withheld(desk: Desk, some: Iterable[Known], person: Person) -> frozenset[str]:
    """Those of the proposals of whose evidence somebody may not read all: its counts would tell how much that is."""
    rests_on = {
        one.proposal.proposal_id: [
            incident
            for evidence in (one.proposal.evidence, *(step.details or {} for step in one.standing.steps))
            for incident in evidence.get("incidents", ())
        ]
        for one in some
    }
    everything = [incident for incidents in rests_on.values() for incident in incidents]
    withheld = browsing.withheld_evidence(desk.warehouse, everything, person.sight)
    return frozenset(
        name for name, incidents in rests_on.items() if any(one["incident_id"] in withheld for one in incidents)
    )


def taskings_for(desk: Desk, person: Person) -> list[Tasking]:
    """Every tasking that somebody may see, what is due first at the top."""
    withheld = browsing.withheld_taskings(desk.warehouse, person.sight)
    return [one for one in meeting.taskings(desk, is_all=True) if one.tasking_id not in withheld]


def tasking_for(desk: Desk, tasking_id: str, person: Person) -> Tasking:
    """A tasking. Raises HTTPException 404 where there is none that somebody may see."""
    for one in taskings_for(desk, person):
        if one.tasking_id == tasking_id:
            return one
    raise HTTPException(404)
