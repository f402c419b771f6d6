"""MARAC proposals: domestic abuse and stalking that gather about one person, and why a referral is to be considered.

A person decides, with a reason where it is rejected; the meetings and actions of a referral are not kept here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tasking.config.rule import Rule
from tasking.meeting.decisions import newest_evidence
from tasking.meeting.service import MeetingService
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.proposal import Status
from tasking.model.trigger import Proposes

RULE: Final = "marac"


@dataclass(frozen=True)
class MaracProposal:
    """A proposal to consider a MARAC referral. `reference` names nobody; `why`: the reasons, a sentence each.

    `incidents`: of the newest evidence, with id, category, place, when and reports. `also`: (id, reference) of other
    restricted proposals about the same person that wait for a decision. `is_repeat`: an earlier one was accepted.
    """

    tracked: TrackedProposal
    why: Sequence[str]
    incidents: Sequence[Mapping[str, Any]]
    also: Sequence[tuple[str, str]]
    is_repeat: bool

    @property
    def proposal_id(self) -> str:
        return self.tracked.proposal.proposal_id

    @property
    def reference(self) -> str:
        return self.tracked.proposal.subject

    @property
    def is_waiting(self) -> bool:
        return self.tracked.standing.status == Status.PROPOSED


def marac_proposals(service: MeetingService, restricted: Sequence[TrackedProposal]) -> list[MaracProposal]:
    """The MARAC proposals among some restricted proposals, the oldest first."""
    concerns = {rule.rule for rule in service.rules if rule.proposes == Proposes.RESTRICTED}
    about = [one for one in restricted if one.proposal.rule in concerns]
    return [_marac(service, one, about) for one in about if one.proposal.rule == RULE]


def is_asked_already(one: TrackedProposal, rule: Rule, waiting: Sequence[tuple[TrackedProposal, Rule]]) -> bool:
    """True where another restricted proposal that waits is about the same person and has all of its incidents, and is
    by a rule of certain categories: MARAC is asked for, and not a referral in general as well."""
    if rule.proposes != Proposes.RESTRICTED or any(rule.themes.values()):
        return False
    return any(
        other_rule.proposes == Proposes.RESTRICTED
        and any(other_rule.themes.values())
        and other.proposal.subject_key == one.proposal.subject_key
        and other.incident_ids >= one.incident_ids
        for other, other_rule in waiting
    )


def _marac(service: MeetingService, tracked: TrackedProposal, about: Sequence[TrackedProposal]) -> MaracProposal:
    own = tracked.proposal
    same = [one for one in about if one.proposal.subject_key == own.subject_key and one is not tracked]
    waiting = [one.proposal for one in same if one.standing.status == Status.PROPOSED]
    evidence = newest_evidence(tracked)
    earlier = [
        one for one in same
        if one.proposal.rule == RULE and one.proposal.raised_on < own.raised_on
        and one.standing.status in (Status.APPROVED, Status.ACTIVE, Status.CLOSED)
    ]  # fmt: skip
    return MaracProposal(
        tracked=tracked,
        why=_why(service, evidence, earlier),
        incidents=evidence["incidents"],
        also=[(one.proposal_id, one.subject) for one in waiting],
        is_repeat=bool(earlier),
    )


def _why(service: MeetingService, evidence: Mapping[str, Any], earlier: Sequence[TrackedProposal]) -> list[str]:
    """The reasons in words: a repeat, a partner's own assessment, several partners, an earlier referral."""
    counts, numbers = evidence["counts"], evidence["numbers"]
    occasions, high_risk = int(counts.get("occasions", 0)), int(counts.get("high_risk", 0))
    why = []
    if occasions >= numbers.get("occasions", 2):
        since = _long(date.fromisoformat(evidence["since"]))
        why.append(f"Domestic abuse or stalking was reported about this person on {occasions} occasions since {since}.")
    if high_risk:
        reports = "a report" if high_risk == 1 else f"{high_risk} reports"
        why.append(f"A partner assessed the risk as high, in {reports}.")
    if partners := _partners(service, evidence):
        *others, last = partners
        why.append(f"Reported by {', '.join(others)}{' and ' * bool(others)}{last}.")
    if earlier:
        accepted = max(one.proposal.raised_on for one in earlier)
        why.append(f"This is a repeat: a referral was accepted on the proposal of {_long(accepted)}.")
    return why


def _partners(service: MeetingService, evidence: Mapping[str, Any]) -> list[str]:
    """The partners whose reports the evidence has, each once."""
    feeds = (report.partition(":")[0] for one in evidence["incidents"] for report in one["reports"])
    return list(dict.fromkeys(service.feeds[feed].partner if feed in service.feeds else feed for feed in feeds))


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
