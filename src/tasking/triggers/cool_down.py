"""Nobody is proposed the same thing twice: which proposals are about what was found, and may it be proposed again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from math import hypot

from tasking.config.rule import Rule
from tasking.meeting.known import Known
from tasking.model.proposal import LIVE, Status
from tasking.model.trigger import Finding, Proposes


class Answer(StrEnum):
    """What becomes of a finding."""

    NEW = "new"
    GROWN = "grown"  # a proposal that waits has gathered more
    REACHED = "reached"  # a warning has reached the rule's numbers
    KNOWN = "known"


def matching(
    rule: Rule, finding: Finding, subject: str, known: Iterable[Known], rules: Mapping[str, Rule]
) -> list[Known]:
    """The proposals about the same subject and theme; for groups, whichever rule raised them."""
    return [one for one in known if _is_same(rule, finding, subject, one, rules.get(one.proposal.rule))]


def is_new(rule: Rule, finding: Finding, matches: Sequence[Known], day: date) -> tuple[Answer, Known | None]:
    """Whether a finding is proposed, given the proposals about the same subject; and the one that it belongs to."""
    live = [one for one in matches if one.standing.status in LIVE]
    if live:
        own = next((one for one in live if one.proposal.rule == rule.rule), live[0])
        more = len(finding.incident_ids - own.incident_ids)
        if own.standing.status == Status.WARNING and not finding.is_warning:
            return Answer.REACHED, own
        is_waiting = own.standing.status == Status.PROPOSED and not finding.is_warning
        return (Answer.GROWN if more and is_waiting else Answer.KNOWN), own
    for one in matches:
        if not _may_come_again(rule, finding, one, day):
            return Answer.KNOWN, one
    return Answer.NEW, None


def _may_come_again(rule: Rule, finding: Finding, one: Known, day: date) -> bool:
    before, now = one.incident_ids, finding.incident_ids
    fresh = len(now - before)
    cool = rule.cool_down
    if one.standing.status in (Status.CLOSED, Status.MERGED):
        if day <= one.decided_on + timedelta(days=cool.closed_days):
            return False
    elif day <= one.decided_on + timedelta(days=cool.rejected_days):
        return len(now) >= len(before) * (1 + cool.grown_by) and fresh > 0
    # Later it must be about something new, not about what was decided: half of it at least.
    return 2 * fresh >= len(now) if now else day > one.decided_on + timedelta(days=cool.closed_days)


def _is_same(rule: Rule, finding: Finding, subject: str, one: Known, other: Rule | None) -> bool:
    proposal = one.proposal
    if proposal.rule != rule.rule or proposal.theme != finding.theme:
        if other is None or {rule.proposes, other.proposes} != {Proposes.GROUP}:
            return False
        if not set(rule.themes[finding.theme]) & set(other.themes.get(proposal.theme, ())):
            return False
    if proposal.subject_key == finding.subject_key:
        return True
    if not rule.is_placed:
        return False
    return proposal.subject == subject or bool(finding.incident_ids & one.incident_ids) or _is_near(rule, finding, one)


def _is_near(rule: Rule, finding: Finding, one: Known) -> bool:
    place = one.proposal
    if finding.east_m is None or finding.north_m is None or place.east_m is None or place.north_m is None:
        return False
    return hypot(finding.east_m - place.east_m, finding.north_m - place.north_m) <= rule.numbers["radius_m"]
