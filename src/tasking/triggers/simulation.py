"""What the rules would have proposed under other numbers: history is replayed day by day; nothing is stored."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tasking.config.rule import Rule, with_numbers
from tasking.meeting.explanation import subject_of
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.day import days_between
from tasking.model.proposal import Standing, Status, Step, Verb
from tasking.model.trigger import Finding, Proposal, Proposes
from tasking.triggers.cool_down import FindingStatus, assess_finding, matching_proposals
from tasking.triggers.evaluate import findings
from tasking.triggers.inputs import rule_inputs
from tasking.triggers.service import TriggersService

GROUPS_A_YEAR: Final = 21  # the district's annual report: groups in a year, one for every 42 taskings
LIVE_DAYS: Final = 28  # a simulated proposal is live until its first review, and is closed then
_DAYS_A_YEAR: Final = 365.25


@dataclass(frozen=True)
class SimulatedProposal:
    """A proposal that would have been made."""

    day: date
    rule: str
    theme: str
    subject: str
    proposes: Proposes
    incident_ids: frozenset[str]

    @property
    def month(self) -> str:
        return f"{self.day:%Y-%m}"


@dataclass(frozen=True)
class Simulation:
    """Proposals of the same days, `before` under the numbers in force, `after` under the others; without warnings."""

    first: date
    last: date
    settings: Mapping[str, float]
    before: tuple[SimulatedProposal, ...]
    after: tuple[SimulatedProposal, ...]

    @property
    def new(self) -> tuple[SimulatedProposal, ...]:
        """What only the other numbers propose."""
        return _without(self.after, self.before)

    @property
    def lost(self) -> tuple[SimulatedProposal, ...]:
        """What only the numbers in force propose."""
        return _without(self.before, self.after)

    @property
    def months(self) -> list[str]:
        return sorted({f"{day:%Y-%m}" for day in days_between(self.first, self.last)})

    def a_year(self, some: Sequence[SimulatedProposal]) -> float:
        """Groups a year, at the rate of these days."""
        days = (self.last - self.first).days + 1
        return sum(one.proposes == Proposes.GROUP for one in some) * _DAYS_A_YEAR / days

    def by_month(self, some: Sequence[SimulatedProposal], rule: str) -> list[int]:
        """How many of a rule's proposals each month has."""
        counts = Counter(one.month for one in some if one.rule == rule)
        return [counts[month] for month in self.months]


def simulate(
    service: TriggersService,
    first: date,
    last: date,
    settings: Mapping[str, float],
    each: Callable[[date], None] = lambda _day: None,
) -> Simulation:
    """Replays the rules over some days under the numbers in force, and under others.

    Every proposal is treated as if it were approved, and closed after 28 days. Without settings both are the same.
    `each` is called after each day, for progress. Raises DeclarationError for an unknown setting.
    """
    others = with_numbers(service.rules, settings)
    changed = {rule.rule for rule, other in zip(service.rules, others, strict=True) if rule != other}
    before, after = _Replay(service, service.rules), _Replay(service, others)
    for day in days_between(first, last):
        inputs = rule_inputs(service, day)
        for rule, other in zip(service.rules, others, strict=True):
            found = findings(rule, inputs)
            before.take(rule, found, day)
            after.take(other, findings(other, inputs) if rule.rule in changed else found, day)
        each(day)
    return Simulation(first, last, dict(settings), tuple(before.raised), tuple(after.raised))


class _Replay:
    """A replay of the history under one set of numbers, with the proposals that it has raised so far."""

    def __init__(self, service: TriggersService, rules: Sequence[Rule]) -> None:
        self.service = service
        self.rules = {rule.rule: rule for rule in rules}
        self.tracked: list[TrackedProposal] = []
        self.raised: list[SimulatedProposal] = []

    def take(self, rule: Rule, found: Sequence[Finding], day: date) -> None:
        for finding in found:
            if finding.is_warning:
                continue
            report_ids = sorted({one.report_id for one in finding.reports})
            reports = self.service.meeting.reports_as_of(report_ids, day)
            subject = subject_of(rule, finding, reports, self.service.labels)
            now = [self._as_of(one, day) for one in self.tracked]
            matches = matching_proposals(rule, finding, subject, now, self.rules)
            status, _ = assess_finding(rule, finding, matches, day)
            if status == FindingStatus.NEW:
                self.tracked.append(_live_proposal(rule, finding, subject, day))
                self.raised.append(
                    SimulatedProposal(day, rule.rule, finding.theme, subject, rule.proposes, finding.incident_ids)
                )

    def _as_of(self, tracked: TrackedProposal, day: date) -> TrackedProposal:
        closes = tracked.proposal.raised_on + timedelta(days=LIVE_DAYS)
        if day < closes:
            return tracked
        at = self.service.clock()
        steps = (Step(tracked.proposal.proposal_id, Verb.CLOSE, "simulator", at, closes),)
        return tracked._replace(standing=Standing(steps, began_as=Status.ACTIVE))


def _live_proposal(rule: Rule, finding: Finding, subject: str, day: date) -> TrackedProposal:
    evidence = {"incidents": [{"incident_id": one} for one in sorted(finding.incident_ids)]}
    proposal = Proposal(
        f"{rule.rule}|{subject}|{day}", day, rule.rule, finding.theme, subject, finding.subject_key, finding.east_m,
        finding.north_m, rule.route == "restricted", evidence,
    )  # fmt: skip
    return TrackedProposal(proposal, Standing(began_as=Status.ACTIVE))


def _without(some: Sequence[SimulatedProposal], others: Sequence[SimulatedProposal]) -> tuple[SimulatedProposal, ...]:
    """The proposals without a counterpart in `others`: one of the same rule and theme that shares an incident with it,
    or is about the same subject within 28 days."""
    return tuple(
        one for one in some
        if not any(
            (one.rule, one.theme) == (other.rule, other.theme)
            and (one.incident_ids & other.incident_ids or (one.subject == other.subject
                 and abs((one.day - other.day).days) < LIVE_DAYS))
            for other in others
        )
    )  # fmt: skip
