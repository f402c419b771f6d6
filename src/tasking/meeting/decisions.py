"""Decisions on proposals and taskings, the same from chat, the desk, Airflow and the shell. The first one counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tasking.config.reserved_rule import BY_HAND, by_hand_rule
from tasking.config.rule import Rule
from tasking.meeting.explanation import explanation_lines
from tasking.meeting.service import MeetingService
from tasking.meeting.store import proposals as store
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.day import local_time
from tasking.model.errors import TaskingError
from tasking.model.proposal import ANSWERS, BACK, OF_TASKINGS, PAST, Standing, Step, Verb
from tasking.model.trigger import Proposal
from tasking.warehouse.audit_log import Entry, log

SYSTEM: Final = "tasking"
EXPIRE_MEETINGS: Final = 10
MOST_DAYS_AHEAD: Final = 731  # of a date that a decision sets


@dataclass(frozen=True)
class DecisionResult:
    """The result of a decision: whether it counted, and the step in force. `undone`: what it took back."""

    counted: bool
    step: Step
    undone: tuple[Step, ...] = ()

    def words(self, service: MeetingService) -> str:
        """`Approved: Kent Police, by Thu 26 Nov.`, or who decided first and when."""
        if self.counted and self.step.verb in BACK:
            status = standing_of(service, self.step.subject_id).status
            return f"{PAST[self.step.verb]}: {_undone_words(service, self.undone)}. It is {status} again."
        if self.counted:
            agreed = f": {self.step.agreed}" if self.step.agreed else ""
            return f"{PAST.get(self.step.verb, self.step.verb)}{agreed}."
        past = PAST.get(self.step.verb, self.step.verb.capitalize())
        return f"{past} already, by {self.step.actor} {local_time(self.step.at, service.partnership.zone)}."


def _undone_words(service: MeetingService, undone: Sequence[Step]) -> str:
    """`approved by Sgt Hale on Thu 19 Nov at 08:10, with the answer of Town wardens (by link)`."""
    first, zone = undone[0], service.partnership.zone
    answers = dict.fromkeys(step.actor for step in undone if step.verb in ANSWERS)
    answered = f", with the answer of {' and '.join(answers)}" if answers else ""
    return f"{PAST.get(first.verb, first.verb).lower()} by {first.actor} {local_time(first.at, zone)}{answered}"


def decide(
    service: MeetingService,
    subject_id: str,
    verb: Verb,
    actor: str,
    reason: str = "",
    *,
    by: str | None = None,
    due_on: date | None = None,
    details: Mapping[str, Any] | None = None,
    seen: Standing | None = None,
) -> DecisionResult:
    """Takes a step with a proposal or a tasking.

    `by`: who is named in the log, where that is not the actor. `due_on`: a tasking's new date. `details`: what else is
    stored with the step. `seen`: how it stood when the actor looked; if somebody else has taken a step since then, that
    step counts and this one is not taken.

    Raises TaskingError for an unknown id, a missing reason, or a step that its status does not allow.
    """
    if verb in (Verb.REJECT, Verb.CLOSE, Verb.DROP, Verb.REOPEN, Verb.CANT) and not reason.strip():
        raise TaskingError("Enter a reason.", field="reason")
    if due_on is not None and (due_on - today(service)).days > MOST_DAYS_AHEAD:
        raise TaskingError(f"{due_on.day} {due_on:%B %Y} is more than two years ahead. Check the year.", field="due_on")
    step = Step(subject_id, verb, actor, service.clock(), today(service), reason.strip()[:2000], details or {}, due_on)
    known_steps = len(seen.history) if seen is not None else None
    stood = store.take_step(service.warehouse, step, by or actor, known_steps)
    if stood is step:
        return DecisionResult(True, step)
    standing = store.standings(service.warehouse, [subject_id])[subject_id]
    if stood is None or not (_is_in_the_way(stood.verb, verb) or verb in standing.open_verbs):
        last = DecisionResult(False, stood).words(service).removesuffix(".") if stood else ""
        raise TaskingError(
            f"{subject_id} is {standing.status}: it can't be {PAST.get(verb, verb).lower()}"
            + (f". {last}" if last else "")
        )
    return DecisionResult(False, stood)


def _is_in_the_way(stood: Verb, wanted: Verb) -> bool:
    """True where two verbs decide the same question: the first one counts, and the second actor sees that."""
    questions = (
        {Verb.APPROVE, Verb.REJECT, Verb.MERGE, Verb.EXPIRE, Verb.START},
        OF_TASKINGS | {Verb.APPROVE, Verb.REJECT},
        {Verb.CLOSE},
        {Verb.REOPEN},
    )  # fmt: skip
    return any({stood, wanted} <= question for question in questions)


def proposal_of(service: MeetingService, proposal_id: str) -> TrackedProposal:
    """A proposal and its standing. Raises TaskingError for an unknown id."""
    found = store.proposals(service.warehouse, only=proposal_id)
    if not found:
        raise TaskingError(f"There is no proposal {proposal_id}. To list them: tasking triggers list")
    return TrackedProposal(found[0], store.standings(service.warehouse, [proposal_id])[proposal_id])


def tracked_proposals(service: MeetingService, until: date = date.max) -> list[TrackedProposal]:
    """Every proposal raised up to a day, with its present standing; the oldest first."""
    found = store.proposals(service.warehouse, until)
    standing = store.standings(service.warehouse, [one.proposal_id for one in found])
    return [TrackedProposal(one, standing[one.proposal_id]) for one in found]


def newest_evidence(tracked: TrackedProposal) -> Mapping[str, Any]:
    """The newest evidence of a proposal by its own rule: as it was raised, or as it last grew."""
    steps = [step.details for step in tracked.standing.steps if step.verb in (Verb.GROW, Verb.REACH)]
    own = [evidence for evidence in steps if evidence["rule"] == tracked.proposal.rule]
    return own[-1] if own else tracked.proposal.evidence


def rule_of(service: MeetingService, proposal: Proposal) -> Rule:
    """The rule that raised a proposal, as it is declared now. Raises TaskingError where its file is gone."""
    if proposal.rule == BY_HAND.rule:
        return by_hand_rule(proposal.theme, proposal.evidence.get("categories", ()))
    for rule in service.rules:
        if rule.rule == proposal.rule:
            return rule
    raise TaskingError(f"there is no include/rules/{proposal.rule}.yml any more")


def standing_of(service: MeetingService, subject_id: str) -> Standing:
    """The present standing of a proposal or a tasking."""
    return store.standings(service.warehouse, [subject_id])[subject_id]


def today(service: MeetingService) -> date:
    """Today's date in the partnership's time zone."""
    return service.clock().astimezone(service.partnership.zone).date()


def explain_proposal(service: MeetingService, proposal_id: str, actor: str, reason: str = "") -> list[str]:
    """A proposal in plain words, a line each. Looking at a restricted one is logged, with the reason given."""
    one = proposal_of(service, proposal_id)
    if one.proposal.is_restricted:
        log(service.warehouse, Entry(actor, "restricted proposal looked at", proposal_id, reason), service.clock())
    partners = {name: feed.partner for name, feed in service.feeds.items()}
    return explanation_lines(one.proposal, one.standing.history, service.labels, partners, service.partnership.zone)
