"""Cool-down: which earlier proposals are about the same subject as a finding, and whether it may be proposed again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from math import hypot

from tasking.config.reserved_rule import BY_HAND, by_hand_rule
from tasking.config.rule import Rule
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.proposal import LIVE, Status, Verb
from tasking.model.trigger import Finding, Proposal, Proposes


class FindingStatus(StrEnum):
    """What a finding means for the proposals that exist."""

    NEW = "new"  # a proposal is raised
    GROWN = "grown"  # it adds incidents to a proposal that waits for a decision
    REACHED = "reached"  # a warning has reached the rule's numbers
    SUPPRESSED = "suppressed"  # a live proposal covers it, or an earlier one is in its cool-down


def matching_proposals(
    rule: Rule, finding: Finding, subject: str, proposals: Iterable[TrackedProposal], rules: Mapping[str, Rule]
) -> list[TrackedProposal]:
    """The proposals about the same subject and theme; where both rules propose groups, of any rule."""
    return [one for one in proposals if _is_same(rule, finding, subject, one, _rule_of(one.proposal, rules))]


def assess_finding(
    rule: Rule, finding: Finding, matches: Sequence[TrackedProposal], day: date
) -> tuple[FindingStatus, TrackedProposal | None]:
    """What becomes of a finding, and the proposal that it belongs to. `matches`: proposals about the same subject."""
    live = [one for one in matches if one.standing.status in LIVE and not _may_be_asked_again(rule, one)]
    if live:
        own = next((one for one in live if one.proposal.rule == rule.rule), live[0])
        more = len(finding.incident_ids - own.incident_ids)
        if own.standing.status == Status.WARNING and not finding.is_warning:
            return FindingStatus.REACHED, own
        is_waiting = own.standing.status == Status.PROPOSED and not finding.is_warning
        return (FindingStatus.GROWN if more and is_waiting else FindingStatus.SUPPRESSED), own
    for one in matches:
        if not _is_cooled_down(rule, finding, one, day):
            return FindingStatus.SUPPRESSED, one
    return FindingStatus.NEW, None


def _is_cooled_down(rule: Rule, finding: Finding, tracked: TrackedProposal, day: date) -> bool:
    before, now = tracked.incident_ids, finding.incident_ids
    fresh = len(now - before)
    cool = rule.cool_down
    if tracked.standing.status in (Status.CLOSED, Status.MERGED):
        if day <= tracked.decided_on + timedelta(days=cool.closed_days):
            return False
    elif _may_be_asked_again(rule, tracked):
        approved = tracked.standing.last(Verb.APPROVE)
        if approved and day < approved.day + timedelta(days=cool.approved_days or 0):
            return False
    elif day <= tracked.decided_on + timedelta(days=cool.rejected_days):
        return len(now) >= len(before) * (1 + cool.grown_by) and fresh > 0
    # After the cool-down some of the incidents must be new since the decision: half, unless the rule says otherwise.
    if now:
        return fresh > 0 and fresh >= cool.new_share * len(now)
    return day > tracked.decided_on + timedelta(days=cool.closed_days)


def _may_be_asked_again(rule: Rule, tracked: TrackedProposal) -> bool:
    """True for a proposal that was approved, by a rule that asks again when there is something new."""
    return tracked.standing.status == Status.APPROVED and rule.cool_down.approved_days is not None


def _is_same(rule: Rule, finding: Finding, subject: str, tracked: TrackedProposal, other: Rule | None) -> bool:
    proposal = tracked.proposal
    if proposal.rule != rule.rule or proposal.theme != finding.theme:
        if other is None or {rule.proposes, other.proposes} != {Proposes.GROUP}:
            return False
        categories = other.themes.get(proposal.theme)
        is_any_kind = proposal.rule == BY_HAND.rule and not categories
        if not is_any_kind and not set(rule.themes[finding.theme]) & set(categories or ()):
            return False
    if proposal.subject_key == finding.subject_key:
        return True
    if not rule.is_placed:
        return False
    if proposal.subject == subject or finding.incident_ids & tracked.incident_ids:
        return True
    return _is_near(finding, tracked, min(one.numbers["radius_m"] for one in (rule, other or rule) if one.is_placed))


def _rule_of(proposal: Proposal, rules: Mapping[str, Rule]) -> Rule | None:
    if proposal.rule == BY_HAND.rule:
        return by_hand_rule(proposal.theme, proposal.evidence.get("categories", ()))
    return rules.get(proposal.rule)


def _is_near(finding: Finding, tracked: TrackedProposal, radius_m: float) -> bool:
    """True where the finding is within the radius of a place of the proposal: its own, or one added by hand."""
    if finding.east_m is None or finding.north_m is None:
        return False
    return any(hypot(finding.east_m - east, finding.north_m - north) <= radius_m for east, north in _spots(tracked))


def _spots(tracked: TrackedProposal) -> set[tuple[int, int]]:
    place = tracked.proposal
    spots = {place.subject: (place.east_m, place.north_m)}
    spots |= {name: (east_m, north_m) for name, east_m, north_m in place.evidence.get("places", ())}
    for step in tracked.standing.steps:
        if step.verb == Verb.ADD_PLACE:
            spots[step.details["place"]] = (step.details["east_m"], step.details["north_m"])
        elif step.verb == Verb.REMOVE_PLACE:
            spots.pop(step.details["place"], None)
    return {(east, north) for east, north in spots.values() if east is not None and north is not None}
