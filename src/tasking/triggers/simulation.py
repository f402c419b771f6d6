"""What the rules would have proposed under other numbers: history again, day by day, and nothing is changed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tasking.config.rule import Rule, with_numbers
from tasking.meeting.explanation import subject_of
from tasking.meeting.known import Known
from tasking.meeting.store import proposals as store
from tasking.model.day import days_between
from tasking.model.proposal import Standing, Status, Step, Verb
from tasking.model.trigger import Finding, Proposal, Proposes
from tasking.triggers.cool_down import Answer, is_new, matching
from tasking.triggers.evaluate import findings
from tasking.triggers.run import asked_on
from tasking.triggers.service import TriggersService

GROUPS_A_YEAR: Final = 21  # the district's annual report: groups in a year, one for every 42 taskings
LIVE_DAYS: Final = 28  # a simulated proposal is taken up, lasts until its first review, and is closed then
_DAYS_A_YEAR: Final = 365.25


@dataclass(frozen=True)
class Would:
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
class Simulated:
    """`before` under the numbers in force, `after` under the others; warnings are left out."""

    first: date
    last: date
    settings: Mapping[str, float]
    before: tuple[Would, ...]
    after: tuple[Would, ...]

    @property
    def new(self) -> tuple[Would, ...]:
        """What only the other numbers propose."""
        return _without(self.after, self.before)

    @property
    def lost(self) -> tuple[Would, ...]:
        """What only the numbers in force propose."""
        return _without(self.before, self.after)

    @property
    def months(self) -> list[str]:
        return sorted({f"{day:%Y-%m}" for day in days_between(self.first, self.last)})

    def a_year(self, some: Sequence[Would]) -> float:
        """Groups a year, at the rate of these days."""
        days = (self.last - self.first).days + 1
        return sum(one.proposes == Proposes.GROUP for one in some) * _DAYS_A_YEAR / days

    def by_month(self, some: Sequence[Would], rule: str) -> list[int]:
        """How many of a rule's proposals each month has."""
        counts = Counter(one.month for one in some if one.rule == rule)
        return [counts[month] for month in self.months]


def simulate(
    service: TriggersService,
    first: date,
    last: date,
    settings: Mapping[str, float],
    each: Callable[[date], None] = lambda _day: None,
) -> Simulated:
    """Replays the rules over some days under the numbers in force, and under others.

    Every proposal is taken as if it were approved and closed after 28 days. Raises DeclarationError for a setting that
    there is not. Without settings both sides are the same.
    """
    others = with_numbers(service.rules, settings)
    changed = {rule.rule for rule, other in zip(service.rules, others, strict=True) if rule != other}
    before, after = _Replay(service, service.rules), _Replay(service, others)
    for day in days_between(first, last):
        asked = asked_on(service, day)
        for rule, other in zip(service.rules, others, strict=True):
            found = findings(rule, asked)
            before.take(rule, found, day)
            after.take(other, findings(other, asked) if rule.rule in changed else found, day)
        each(day)
    return Simulated(first, last, dict(settings), tuple(before.would), tuple(after.would))


class _Replay:
    """One way of going through history, with what it would have raised so far."""

    def __init__(self, service: TriggersService, rules: Sequence[Rule]) -> None:
        self.service = service
        self.rules = {rule.rule: rule for rule in rules}
        self.known: list[Known] = []
        self.would: list[Would] = []

    def take(self, rule: Rule, found: Sequence[Finding], day: date) -> None:
        for finding in found:
            if finding.is_warning:
                continue
            told = store.told_reports(self.service.warehouse, sorted({one.report_id for one in finding.spoke}), day)
            subject = subject_of(rule, finding, told, self.service.labels)
            lately = [self._as_of(one, day) for one in self.known]
            answer, _ = is_new(rule, finding, matching(rule, finding, subject, lately, self.rules), day)
            if answer == Answer.NEW:
                self.known.append(_known(rule, finding, subject, day))
                self.would.append(Would(day, rule.rule, finding.theme, subject, rule.proposes, finding.incident_ids))

    def _as_of(self, one: Known, day: date) -> Known:
        closes = one.proposal.raised_on + timedelta(days=LIVE_DAYS)
        if day < closes:
            return one
        at = self.service.clock()
        steps = (Step(one.proposal.proposal_id, Verb.CLOSE, "simulator", at, closes),)
        return one._replace(standing=Standing(steps, began_as=Status.ACTIVE))


def _known(rule: Rule, finding: Finding, subject: str, day: date) -> Known:
    evidence = {"incidents": [{"incident_id": one} for one in sorted(finding.incident_ids)]}
    proposal = Proposal(
        f"{rule.rule}|{subject}|{day}", day, rule.rule, finding.theme, subject, finding.subject_key, finding.east_m,
        finding.north_m, rule.route == "restricted", evidence,
    )  # fmt: skip
    return Known(proposal, Standing(began_as=Status.ACTIVE))


def _without(some: Sequence[Would], others: Sequence[Would]) -> tuple[Would, ...]:
    """Those that have no counterpart: of the same rule and theme, about an incident that is in both, or a subject."""
    return tuple(
        one for one in some
        if not any(
            (one.rule, one.theme) == (other.rule, other.theme)
            and (one.incident_ids & other.incident_ids or (one.subject == other.subject
                 and abs((one.day - other.day).days) < LIVE_DAYS))
            for other in others
        )
    )  # fmt: skip
