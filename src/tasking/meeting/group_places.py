"""The places of a group: of its proposal, of those merged into it, and those added or removed by hand."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tasking.meeting.decisions import DecisionResult, decide, proposal_of, tracked_proposals
from tasking.meeting.service import MeetingService
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.errors import TaskingError
from tasking.model.proposal import Verb


class GroupPlace(NamedTuple):
    """A place by its public name, and its spot on the British National Grid; None where the spot is not known."""

    name: str
    east_m: int | None
    north_m: int | None


def places_of(proposal_id: str, everything: Sequence[TrackedProposal]) -> list[GroupPlace]:
    """The places of a group, each once: its own first, then those merged into it and added by hand, without those that
    were removed."""
    places: dict[str, GroupPlace] = {}
    for one in everything:
        if one.proposal.proposal_id == proposal_id:
            for place in (*_own_places(one), *_merged_places(proposal_id, everything)):
                places.setdefault(place.name, place)
            for step in one.standing.steps:
                if step.verb == Verb.ADD_PLACE:
                    added = GroupPlace(step.details["place"], step.details["east_m"], step.details["north_m"])
                    places.setdefault(added.name, added)
                elif step.verb == Verb.REMOVE_PLACE:
                    places.pop(step.details["place"], None)
    return list(places.values())


def _own_places(tracked: TrackedProposal) -> Iterator[GroupPlace]:
    proposal = tracked.proposal
    chosen = proposal.evidence.get("places")
    if chosen:
        yield from (GroupPlace(name, east_m, north_m) for name, east_m, north_m in chosen)
    else:
        yield GroupPlace(proposal.subject, proposal.east_m, proposal.north_m)


def _merged_places(proposal_id: str, everything: Sequence[TrackedProposal]) -> Iterator[GroupPlace]:
    for child in merged_into(proposal_id, everything):
        yield from places_of(child.proposal.proposal_id, everything)


def merged_into(proposal_id: str, everything: Sequence[TrackedProposal]) -> list[TrackedProposal]:
    """The proposals that were merged into a group."""
    return [
        one for one in everything
        if (merged := one.standing.last(Verb.MERGE)) is not None and merged.details.get("into") == proposal_id
    ]  # fmt: skip


def found_place(service: MeetingService, typed: str) -> GroupPlace:
    """The place of the gazetteer that somebody typed. Raises TaskingError where there is none, or several."""
    found = service.find_place(typed)
    if found is None:
        raise TaskingError(
            f"There is no place “{typed.strip()[:80]}”, or there is a street of that name in several towns. Enter a "
            "public place, or a street with its town, or ask ops to add the place to include/places.yml.",
            field="place",
        )
    name, east_m, north_m = found
    return GroupPlace(name, round(east_m), round(north_m))


def add_place(service: MeetingService, proposal_id: str, actor: str, typed: str) -> DecisionResult:
    """Adds a place of the gazetteer to a group. Raises TaskingError for an unknown place, or one that it has."""
    one = proposal_of(service, proposal_id)
    place = found_place(service, typed)
    if place.name in [known.name for known in places_of(proposal_id, tracked_proposals(service))]:
        raise TaskingError(f"{place.name} is already a place of the group")
    details = {"place": place.name, "east_m": place.east_m, "north_m": place.north_m}
    return decide(service, proposal_id, Verb.ADD_PLACE, actor, details=details, seen=one.standing)


def remove_place(service: MeetingService, proposal_id: str, actor: str, name: str) -> DecisionResult:
    """Removes a place from a group. Raises TaskingError for one that it does not have, and for its last one."""
    one = proposal_of(service, proposal_id)
    names = [place.name for place in places_of(proposal_id, tracked_proposals(service))]
    if name not in names:
        raise TaskingError(f"{name} is not a place of the group")
    if len(names) == 1:
        raise TaskingError(f"{name} is the only place of the group. Add another place first, or close the group.")
    return decide(service, proposal_id, Verb.REMOVE_PLACE, actor, details={"place": name}, seen=one.standing)
