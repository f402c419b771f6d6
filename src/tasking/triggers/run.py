"""Runs the rules on a day and raises what they find: new, grown, or known already; what nobody decides expires."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

import structlog

from tasking.config.rule import Rule
from tasking.intake.store.feed_days import first_polled
from tasking.meeting import EXPIRE_MEETINGS, SYSTEM, known
from tasking.meeting.explanation import detail_of, evidence_of, subject_of
from tasking.meeting.known import Known
from tasking.meeting.store import proposals as store
from tasking.model.day import days_between
from tasking.model.errors import traceback_without_values
from tasking.model.log_context import in_context
from tasking.model.proposal import Standing, Status, Step, Verb
from tasking.model.trigger import Finding, Proposal
from tasking.triggers.cool_down import Answer, is_new, matching
from tasking.triggers.evaluate import Asked, findings, parameters
from tasking.triggers.service import TriggersService

_AT_ONCE: Final = 2  # rules
_PAST_DAYS: Final = 120  # for which it matters whether every feed had come

log = structlog.get_logger(__name__)


class Raised(NamedTuple):
    """What running the rules came to. `set_aside`: rules that did not run to their end -> the kind of fault."""

    proposals: tuple[Proposal, ...]
    set_aside: dict[str, str]


@in_context
def trigger(service: TriggersService, day: date) -> list[Proposal]:
    """Runs every rule on a day, as of that day. Returns what was raised; on a second run, nothing."""
    return list(run_rules(service, day).proposals)


def run_rules(service: TriggersService, day: date) -> Raised:
    """Runs every rule on a day, as of that day. A rule that fails proposes nothing and stops no other; running the day
    again runs it again."""
    _expire(service, day)
    asked = asked_on(service, day)
    standing = {one.proposal.proposal_id: one for one in known(service.meeting)}
    raised: dict[str, tuple[Proposal, str]] = {}
    set_aside: dict[str, str] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # the database does the work; no rule knows of another's findings
        found_by_each = [pool.submit(findings, rule, asked) for rule in service.rules]
    for rule, found in zip(service.rules, found_by_each, strict=True):
        try:
            now, mine = _raise(service, rule, asked, found.result(), standing, raised.keys())
        except Exception as error:  # whatever it is, it is this rule's alone
            set_aside[rule.rule] = type(error).__name__
            log.error("a rule did not run", rule=rule.rule, day=str(day), where=traceback_without_values(error))
        else:
            standing, raised = now, raised | mine
    fresh = store.store_proposals(service.warehouse, list(raised.values()), SYSTEM, service.clock())
    return Raised(tuple(proposal for proposal, _ in raised.values() if proposal.proposal_id in fresh), set_aside)


def _raise(
    service: TriggersService,
    rule: Rule,
    asked: Asked,
    found: Sequence[Finding],
    standing: Mapping[str, Known],
    raised: Collection[str],
) -> tuple[dict[str, Known], dict[str, tuple[Proposal, str]]]:
    """Every proposal as it stands once one rule has run, and what this rule raises with why. `raised`: by others."""
    about = _About(service, rule, asked, found)
    now = dict(standing)
    mine: dict[str, tuple[Proposal, str]] = {}
    for finding in found:
        matches = matching(rule, finding, about.subject(finding), now.values(), about.rules)
        answer, own = is_new(rule, finding, matches, asked.day)
        if answer == Answer.NEW:
            proposal = about.proposal(finding, matches)
            mine[proposal.proposal_id] = proposal, about.why(proposal)
            began_as = Status.WARNING if finding.is_warning else Status.PROPOSED
            now[proposal.proposal_id] = Known(proposal, Standing(began_as=began_as))
        elif own is not None and own.proposal.raised_on <= asked.day:
            name = own.proposal.proposal_id
            now[name] = own if name in raised or name in mine else _grown(about, finding, answer, own)
    return now, mine


def _grown(about: "_About", finding: Finding, answer: Answer, own: Known) -> Known:
    """A proposal with what was found added to it, where that is more than it has."""
    verb = {Answer.GROWN: Verb.GROW, Answer.REACHED: Verb.REACH}.get(answer)
    if verb is None:
        return own
    step = _step(about.service, own.proposal.proposal_id, verb, about.asked.day, details=about.evidence(finding))
    if store.take_step(about.service.warehouse, step, SYSTEM) is not step:
        return own  # somebody decided it meanwhile: it grows no more
    return own._replace(standing=own.standing._replace(steps=(*own.standing.steps, step)))


def asked_on(service: TriggersService, day: date) -> Asked:
    """What the rules are asked with on a day."""
    calendar = service.partnership.calendar
    landed: dict[date, set[str]] = defaultdict(set)
    for feed, on, has_landed in store.feed_days(service.warehouse, day - timedelta(days=_PAST_DAYS), day):
        if has_landed:
            landed[on].add(feed)

    def hour_of(one: date) -> float:
        return datetime.combine(one, calendar.day_starts_at, UTC).timestamp() / 3600

    def meetings_back(number: int) -> date:
        back = day
        for _ in range(number):
            back = calendar.previous_meeting(back)
        return back

    return Asked(
        ask=lambda name, **offered: service.warehouse.query_of(f"rules/{name}", offered),
        day=day,
        first_day=calendar.days_covered(day)[0],
        partners=service.partners,
        complete_days=frozenset(on for on, feeds in landed.items() if feeds.issuperset(service.partnership.feeds)),
        hour_of=hour_of,
        meetings_back=meetings_back,
        public_categories=service.public_categories,
        most_names=service.partnership.callers.most_names,
    )


def exported(service: TriggersService, first: date, last: date) -> list[dict[str, Any]]:
    """One row a proposal that became one (or a warning) on the days: day, rule, subject, status, first_seen, reports,
    evidence (its reports)."""
    rows = []
    everything = known(service.meeting)
    for one in everything:
        reached = one.standing.last(Verb.REACH)
        day = reached.day if reached else one.proposal.raised_on
        if first <= day <= last:
            reports = _reports(one)
            same = [other.proposal.raised_on for other in everything if _is_same_subject(one.proposal, other.proposal)]
            rows.append({
                "day": day, "rule": one.proposal.rule, "subject": one.proposal.subject,
                "status": one.standing.status, "first_seen": min(same), "reports": len(reports),
                "evidence": "; ".join(reports),
            })  # fmt: skip
    return rows


class _About:
    """What is said of the findings of one rule on one day."""

    def __init__(self, service: TriggersService, rule: Rule, asked: Asked, found: Sequence[Finding]) -> None:
        self.service, self.rule, self.asked = service, rule, asked
        self.rules = _by_name(service)
        ids = sorted({one.report_id for finding in found for one in finding.spoke})
        self.reports = {row["report_id"]: row for row in store.told_reports(service.warehouse, ids, asked.day)}
        self.feeds = _silent_days(service, rule.since(asked.day), asked.day) if found else {}

    def told(self, finding: Finding) -> list[dict[str, Any]]:
        """The reports of a finding, the first told first."""
        rows = [self.reports[one.report_id] for one in dict.fromkeys(finding.spoke) if one.report_id in self.reports]
        return sorted(rows, key=lambda row: (row["received_at"], row["report_id"]))

    def subject(self, finding: Finding) -> str:
        """What it is about, in public words."""
        return subject_of(self.rule, finding, self.told(finding), self.service.labels)

    def evidence(self, finding: Finding) -> dict[str, Any]:
        """What it rests on, to be kept."""
        bound = parameters(self.rule, self.rule.themes[finding.theme], self.asked)
        zone = self.service.partnership.zone
        evidence = evidence_of(self.rule, finding, self.told(finding), self.feeds, bound, zone)
        return evidence | {"is_warning": finding.is_warning}

    def why(self, proposal: Proposal) -> str:
        """Why a proposal was raised, for the log."""
        return f"{self.rule.rule} {self.rule.version}: {detail_of(self.rule, proposal.evidence, proposal.subject)}"

    def proposal(self, finding: Finding, matches: Sequence[Known]) -> Proposal:
        """A proposal of it. A person keeps the reference that they were first given, whatever key they are under."""
        rule, day = self.rule, self.asked.day
        named = f"{day}|{rule.rule}|{finding.theme}|{finding.subject_key}"
        keeps_name = rule.reference is not None and matches
        return Proposal(
            proposal_id=f"D-{day:%Y%m%d}-{hashlib.sha256(named.encode()).hexdigest()[:8]}",
            raised_on=day,
            rule=rule.rule,
            theme=finding.theme,
            subject=matches[0].proposal.subject if keeps_name else self.subject(finding),
            subject_key=finding.subject_key,
            east_m=finding.east_m,
            north_m=finding.north_m,
            is_restricted=rule.route == "restricted" or any(row["is_restricted"] for row in self.told(finding)),
            evidence=self.evidence(finding),
        )


def _expire(service: TriggersService, day: date) -> None:
    """What nobody decided within ten meetings; a warning, when what it counts is older than its rule looks back."""
    for one in known(service.meeting, until=day):
        status, proposal = one.standing.status, one.proposal
        reached = one.standing.last(Verb.REACH)
        since = reached.day if reached else proposal.raised_on
        if status == Status.PROPOSED:
            is_over = day > service.partnership.calendar.meeting_days_after(since, EXPIRE_MEETINGS)
        elif status == Status.WARNING:
            rule = _by_name(service).get(proposal.rule)
            is_over = rule is None or day > since + timedelta(days=rule.window_days)
        else:
            is_over = False
        if is_over:
            step = _step(service, proposal.proposal_id, Verb.EXPIRE, day, "nobody decided in time")
            store.take_step(service.warehouse, step, SYSTEM)


def _step(
    service: TriggersService,
    subject_id: str,
    verb: Verb,
    day: date,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> Step:
    return Step(subject_id, verb, SYSTEM, service.clock(), day, reason, details or {})


def _silent_days(service: TriggersService, since: date, until: date) -> dict[str, Sequence[date]]:
    """Feed -> the days on which nothing came from it, counted from the first day for which it was asked."""
    rows = store.feed_days(service.warehouse, since, until)
    landed = {(feed, on) for feed, on, has_landed in rows if has_landed}
    first = min((on for _, on, _ in rows), default=until)
    known = first_polled(service.warehouse)
    return {
        feed: [on for on in days_between(max(first, known.get(feed, until)), until) if (feed, on) not in landed]
        for feed in service.partnership.feeds
    }


def _reports(one: Known) -> list[str]:
    grown = [step.details for step in one.standing.steps if step.verb in (Verb.GROW, Verb.REACH)]
    incidents = [incident for evidence in (one.proposal.evidence, *grown) for incident in evidence["incidents"]]
    return list(dict.fromkeys(report for incident in incidents for report in incident["reports"]))


def _is_same_subject(one: Proposal, other: Proposal) -> bool:
    return (one.rule, one.theme, one.subject) == (other.rule, other.theme, other.subject)


def _by_name(service: TriggersService) -> dict[str, Rule]:
    return {rule.rule: rule for rule in service.rules}
