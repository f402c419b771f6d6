"""Runs the rules on a day: raises new proposals, adds to those that have grown, and expires those nobody decided."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import structlog

from tasking.config.rule import Rule
from tasking.meeting import EXPIRE_MEETINGS, SYSTEM, tracked_proposals
from tasking.meeting.system_steps import take_system_steps
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.errors import DeclarationError, traceback_without_values
from tasking.model.proposal import Standing, Status, Step, Verb
from tasking.model.trigger import Finding, Proposal
from tasking.triggers.cool_down import FindingStatus, assess_finding, matching_proposals
from tasking.triggers.evaluate import findings
from tasking.triggers.inputs import RuleInputs, rule_inputs
from tasking.triggers.proposal_builder import ProposalBuilder
from tasking.triggers.service import TriggersService

_WORKERS: Final = 2  # rules evaluated at the same time

log = structlog.get_logger(__name__)


class RuleRun(NamedTuple):
    """What running the rules came to. `set_aside`: rules that failed -> what is wrong with the declaration, or the name
    of the exception."""

    proposals: tuple[Proposal, ...]
    set_aside: dict[str, str]


def run_rules(service: TriggersService, day: date) -> RuleRun:
    """Runs every rule on a day, as of that day. A second run raises no new proposals.

    What nobody answered in time expires or lapses first, and taskings that stay overdue are escalated.
    A rule that fails raises nothing and does not stop the others; it is tried again when the day is run again.
    """
    _expire(service, day)
    take_system_steps(service.meeting, day)
    inputs = rule_inputs(service, day)
    standing = {one.proposal.proposal_id: one for one in tracked_proposals(service.meeting)}
    raised: dict[str, tuple[Proposal, str]] = {}
    set_aside: dict[str, str] = {}
    with ThreadPoolExecutor(_WORKERS) as pool:  # the database does the work; rules are independent of each other
        found_by_each = [pool.submit(findings, rule, inputs) for rule in service.rules]
    for rule, found in zip(service.rules, found_by_each, strict=True):
        try:
            now, mine = _raise(service, rule, inputs, found.result(), standing, raised.keys())
        except Exception as error:  # one faulty rule must not stop the others
            # What is wrong with a declaration quotes no report; of any other error only the kind is shown.
            why = str(error) if isinstance(error, DeclarationError) else type(error).__name__
            set_aside[rule.rule] = why
            log.error(
                "a rule did not run", rule=rule.rule, day=str(day), why=why, where=traceback_without_values(error)
            )
        else:
            standing, raised = now, raised | mine
    fresh = service.meeting.store_proposals(list(raised.values()), SYSTEM)
    return RuleRun(tuple(proposal for proposal, _ in raised.values() if proposal.proposal_id in fresh), set_aside)


def _raise(
    service: TriggersService,
    rule: Rule,
    inputs: RuleInputs,
    found: Sequence[Finding],
    standing: Mapping[str, TrackedProposal],
    raised: Collection[str],
) -> tuple[dict[str, TrackedProposal], dict[str, tuple[Proposal, str]]]:
    """(every proposal after one rule has run, the new ones of this rule with a note for the log).

    `raised`: ids of the proposals that other rules raised in this run.
    """
    builder = ProposalBuilder(service, rule, inputs, found)
    rules = _by_name(service)
    now = dict(standing)
    mine: dict[str, tuple[Proposal, str]] = {}
    for finding in found:
        matches = matching_proposals(rule, finding, builder.subject(finding), now.values(), rules)
        status, own = assess_finding(rule, finding, matches, inputs.day)
        if status == FindingStatus.NEW:
            proposal = builder.proposal(finding, matches)
            mine[proposal.proposal_id] = proposal, builder.log_note(proposal)
            began_as = Status.WARNING if finding.is_warning else Status.PROPOSED
            now[proposal.proposal_id] = TrackedProposal(proposal, Standing(began_as=began_as))
        elif own is not None and own.proposal.raised_on <= inputs.day:
            proposal_id = own.proposal.proposal_id
            is_fresh = proposal_id in raised or proposal_id in mine
            now[proposal_id] = own if is_fresh else _with_finding(builder, finding, status, own)
    return now, mine


def _with_finding(
    builder: ProposalBuilder, finding: Finding, status: FindingStatus, own: TrackedProposal
) -> TrackedProposal:
    """The proposal with a step for the finding, where the finding adds to it; else the proposal as it was."""
    verb = {FindingStatus.GROWN: Verb.GROW, FindingStatus.REACHED: Verb.REACH}.get(status)
    if verb is None:
        return own
    service = builder.service
    step = _step(service, own.proposal.proposal_id, verb, builder.inputs.day, details=builder.evidence(finding))
    if service.meeting.take_step(step, SYSTEM) is not step:
        return own  # somebody decided it in the meantime, so nothing is added
    return own._replace(standing=own.standing._replace(history=(*own.standing.history, step)))


def export_rows(service: TriggersService, first: date, last: date) -> list[dict[str, Any]]:
    """One row for each proposal or warning put to the meeting on the days: day, rule, subject, status, first_seen (of
    the same subject), reports (how many), evidence (their ids)."""
    rows = []
    everything = tracked_proposals(service.meeting)
    for one in everything:
        day = one.waiting_since
        if first <= day <= last:
            reports = one.report_ids
            same = [other.proposal.raised_on for other in everything if _is_same_subject(one.proposal, other.proposal)]
            rows.append({
                "day": day, "rule": one.proposal.rule, "subject": one.proposal.subject,
                "status": one.standing.status, "first_seen": min(same), "reports": len(reports),
                "evidence": "; ".join(reports),
            })  # fmt: skip
    return rows


def _expire(service: TriggersService, day: date) -> None:
    """Expires proposals that nobody decided within ten meetings, and warnings older than their rule's window."""
    for one in tracked_proposals(service.meeting, until=day):
        status, proposal = one.standing.status, one.proposal
        if status == Status.PROPOSED:
            is_over = day > service.partnership.calendar.meeting_days_after(one.waiting_since, EXPIRE_MEETINGS)
        elif status == Status.WARNING:
            rule = _by_name(service).get(proposal.rule)
            is_over = rule is None or day > one.waiting_since + timedelta(days=rule.window_days)
        else:
            is_over = False
        if is_over:
            step = _step(service, proposal.proposal_id, Verb.EXPIRE, day, "not decided in time")
            service.meeting.take_step(step, SYSTEM)


def _step(
    service: TriggersService,
    subject_id: str,
    verb: Verb,
    day: date,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> Step:
    return Step(subject_id, verb, SYSTEM, service.clock(), day, reason, details or {})


def _is_same_subject(one: Proposal, other: Proposal) -> bool:
    return (one.rule, one.theme, one.subject) == (other.rule, other.theme, other.subject)


def _by_name(service: TriggersService) -> dict[str, Rule]:
    return {rule.rule: rule for rule in service.rules}
