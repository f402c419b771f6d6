"""A decision is the same wherever it is taken: in chat, on the desk, in Airflow, in a shell. The first one counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tasking.config.rule import Rule
from tasking.meeting.explanation import explained
from tasking.meeting.known import Known
from tasking.meeting.service import MeetingService
from tasking.meeting.store import proposals as store
from tasking.model.day import told_at
from tasking.model.errors import TaskingError
from tasking.model.proposal import PAST, Standing, Step, Verb
from tasking.model.trigger import Proposal
from tasking.warehouse.audit_log import Entry, log

SYSTEM: Final = "tasking"
EXPIRE_MEETINGS: Final = 10


@dataclass(frozen=True)
class Taken:
    """What came of a decision: did it count, and the step that stands."""

    counted: bool
    step: Step

    def words(self, service: MeetingService) -> str:
        """`Approved.`, or who was first."""
        if self.counted:
            return f"{PAST.get(self.step.verb, self.step.verb)}."
        said = PAST.get(self.step.verb, self.step.verb.capitalize())
        return f"{said} already, by {self.step.actor} {told_at(self.step.at, service.partnership.zone)}."


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
) -> Taken:
    """Takes a step with a proposal or a tasking. `by` is who is behind it, for the log, where that is not the actor;
    `due_on` a tasking's new date; `details` what else is kept with the step. `seen` is how it stood when the actor
    looked: what another did since then counts, and this does not.

    Raises TaskingError where there is no such thing, a reason is needed, or it can't be done from where it stands.
    """
    if verb in (Verb.REJECT, Verb.CLOSE, Verb.DROP, Verb.REOPEN) and not reason.strip():
        raise TaskingError(f"{verb}: say why")
    step = Step(subject_id, verb, actor, service.clock(), today(service), reason.strip()[:2000], details or {}, due_on)
    known_steps = len(seen.steps) if seen is not None else None
    stood = store.take_step(service.warehouse, step, by or actor, known_steps)
    if stood is step:
        return Taken(True, step)
    standing = store.standings(service.warehouse, [subject_id])[subject_id]
    if stood is None or not (_is_in_the_way(stood.verb, verb) or verb in standing.open_verbs):
        last = Taken(False, stood).words(service).removesuffix(".") if stood else ""
        raise TaskingError(
            f"{subject_id} is {standing.status}: it can't be {PAST.get(verb, verb).lower()}"
            + (f". {last}" if last else "")
        )
    return Taken(False, stood)


def _is_in_the_way(stood: Verb, wanted: Verb) -> bool:
    """True where two words answer one question: then the first counts, and the second is told so."""
    questions = (
        {Verb.APPROVE, Verb.REJECT, Verb.MERGE, Verb.EXPIRE, Verb.START},
        {Verb.TAKE, Verb.ASSIGN, Verb.DONE, Verb.DROP, Verb.CARRY, Verb.CARRY_LATE},
        {Verb.CLOSE},
        {Verb.REOPEN},
    )
    return any({stood, wanted} <= question for question in questions)


def proposal_of(service: MeetingService, proposal_id: str) -> Known:
    """A proposal and where it stands. Raises TaskingError where there is none."""
    found = store.proposals(service.warehouse, only=proposal_id)
    if not found:
        raise TaskingError(f"there is no proposal {proposal_id}; list them: tasking triggers list")
    return Known(found[0], store.standings(service.warehouse, [proposal_id])[proposal_id])


def known(service: MeetingService, until: date = date.max) -> list[Known]:
    """Every proposal raised up to a day, and where it stands now; the oldest first."""
    found = store.proposals(service.warehouse, until)
    standing = store.standings(service.warehouse, [one.proposal_id for one in found])
    return [Known(one, standing[one.proposal_id]) for one in found]


def newest_evidence(one: Known) -> Mapping[str, Any]:
    """What a proposal rests on now by its own rule: as it was raised, or as it last grew."""
    steps = [step.details for step in one.standing.steps if step.verb in (Verb.GROW, Verb.REACH)]
    own = [evidence for evidence in steps if evidence["rule"] == one.proposal.rule]
    return own[-1] if own else one.proposal.evidence


def rule_of(service: MeetingService, proposal: Proposal) -> Rule:
    """The rule that raised a proposal, as it is now. Raises TaskingError where its file is gone."""
    for rule in service.rules:
        if rule.rule == proposal.rule:
            return rule
    raise TaskingError(f"there is no include/rules/{proposal.rule}.yml any more")


def standing_of(service: MeetingService, subject_id: str) -> Standing:
    """Where a proposal or a tasking stands now."""
    return store.standings(service.warehouse, [subject_id])[subject_id]


def today(service: MeetingService) -> date:
    """The day it is for the partnership."""
    return service.clock().astimezone(service.partnership.zone).date()


def explained_for(service: MeetingService, proposal_id: str, actor: str, reason: str = "") -> list[str]:
    """A proposal in plain words. A look at a restricted one is written into the log, with why somebody looked."""
    one = proposal_of(service, proposal_id)
    if one.proposal.is_restricted:
        log(service.warehouse, Entry(actor, "restricted proposal looked at", proposal_id, reason), service.clock())
    partners = {name: feed.partner for name, feed in service.feeds.items()}
    return explained(one.proposal, one.standing.steps, service.labels, partners, service.partnership.zone)
