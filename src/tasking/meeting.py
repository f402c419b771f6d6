"""What people decide: proposals and groups, taskings, feedback. The same decision wherever it is taken; the first counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from tasking.desk import Desk
from tasking.model.errors import TaskingError
from tasking.model.proposal import LIVE, PAST, Standing, Status, Step, Verb
from tasking.model.trigger import Proposal, Proposes
from tasking.rules import Counts, Effect, Known, Rule
from tasking.warehouse import proposals as store

SYSTEM: Final = "tasking"
REVIEW_DAYS: Final = {"low": 28, "medium": 28, "high": 14}
EXPIRE_MEETINGS: Final = 10
_LEAST_DAYS: Final = 7  # of before and after, to compare


@dataclass(frozen=True)
class Taken:
    """What came of a decision: did it count, and the step that stands."""

    counted: bool
    step: Step

    def words(self, desk: Desk) -> str:
        """`Approved.`, or who was first."""
        if self.counted:
            return f"{PAST.get(self.step.verb, self.step.verb)}."
        at = self.step.at.astimezone(desk.partnership.zone)
        said = PAST.get(self.step.verb, self.step.verb.capitalize())
        return f"{said} already, by {self.step.actor} on {at:%a} {at.day} {at:%b} at {at:%H:%M}."


def decide(
    desk: Desk, subject_id: str, verb: Verb, actor: str, reason: str = "", by: str | None = None, **details: Any
) -> Taken:
    """Takes a step with a proposal or a tasking. `by` is who is behind it, for the log, where that is not the actor.

    Raises TaskingError where there is no such thing, a reason is needed, or it can't be done from where it stands.
    """
    if verb in (Verb.REJECT, Verb.CLOSE, Verb.DROP, Verb.REOPEN) and not reason.strip():
        raise TaskingError(f"{verb}: say why")
    now = desk.clock()
    due_on = details.pop("due_on", None)
    day = now.astimezone(desk.partnership.zone).date()
    step = Step(subject_id, verb, actor, now, day, reason.strip()[:2000], details, due_on)
    stood = store.take_step(desk.warehouse, step, by or actor)
    if stood is None or (stood is not step and not _is_in_the_way(stood.verb, verb)):
        standing = store.standings(desk.warehouse, [subject_id])[subject_id]
        raise TaskingError(f"{subject_id} is {standing.status}: it can't be {PAST.get(verb, verb).lower()}")
    return Taken(stood is step, stood)


def _is_in_the_way(stood: Verb, wanted: Verb) -> bool:
    """True where two words answer one question: then the first counts, and the second is told so."""
    questions = (
        {Verb.APPROVE, Verb.REJECT, Verb.MERGE, Verb.EXPIRE, Verb.START},
        {Verb.TAKE, Verb.DONE, Verb.DROP, Verb.CARRY, Verb.CARRY_LATE},
        {Verb.CLOSE},
        {Verb.REOPEN},
    )
    return any({stood, wanted} <= question for question in questions)


def proposal_of(desk: Desk, proposal_id: str) -> Known:
    """A proposal and where it stands. Raises TaskingError where there is none."""
    found = store.proposals(desk.warehouse, only=proposal_id)
    if not found:
        raise TaskingError(f"there is no proposal {proposal_id}; list them: tasking triggers list")
    return Known(found[0], store.standings(desk.warehouse, [proposal_id])[proposal_id])


def known(desk: Desk, until: date = date.max) -> list[Known]:
    """Every proposal raised up to a day, and where it stands now; the oldest first."""
    found = store.proposals(desk.warehouse, until)
    standing = store.standings(desk.warehouse, [one.proposal_id for one in found])
    return [Known(one, standing[one.proposal_id]) for one in found]


def start_group(
    desk: Desk,
    proposal_id: str,
    actor: str,
    lead: str,
    partners: Sequence[str],
    objective: str,
    review_on: date | None = None,
) -> Taken:
    """Sets a group going: approves its proposal where nobody has, and says who leads it, with whom, and what for."""
    one = proposal_of(desk, proposal_id)
    rule = rule_of(desk, one.proposal)
    if rule.proposes not in (Proposes.GROUP, Proposes.RESTRICTED):
        raise TaskingError(f"{proposal_id} proposes no group: {rule.title.lower()}")
    if not lead.strip() or not objective.strip():
        raise TaskingError("a group needs a lead and an objective")
    if one.standing.status in (Status.PROPOSED, Status.EXPIRED):
        decide(desk, proposal_id, Verb.APPROVE, actor)
    day = desk.clock().astimezone(desk.partnership.zone).date()
    details = {
        "lead": lead.strip(), "partners": list(partners), "objective": objective.strip(),
        "review_on": str(review_on or day + timedelta(days=REVIEW_DAYS[rule.severity])),
    }  # fmt: skip
    return decide(desk, proposal_id, Verb.START, actor, **details)


def review_group(desk: Desk, proposal_id: str, actor: str, note: str, next_on: date | None = None) -> Taken:
    """Records that a group was reviewed, and when it is next."""
    rule = rule_of(desk, proposal_of(desk, proposal_id).proposal)
    day = desk.clock().astimezone(desk.partnership.zone).date()
    on = next_on or day + timedelta(days=REVIEW_DAYS[rule.severity])
    return decide(desk, proposal_id, Verb.REVIEW, actor, note, review_on=str(on))


def merge(desk: Desk, proposal_id: str, into: str, actor: str, reason: str = "") -> Taken:
    """Makes what was proposed part of a group: its place becomes one of the group's places.

    Raises TaskingError where the other is none that lives, or is part of this one.
    """
    target = proposal_of(desk, into)
    if target.proposal.proposal_id == proposal_id or target.standing.status not in LIVE:
        raise TaskingError(f"{into} is {target.standing.status}: nothing can be merged into it")
    if target.proposal.is_restricted != proposal_of(desk, proposal_id).proposal.is_restricted:
        raise TaskingError("what is restricted is not merged with what is not")
    return decide(desk, proposal_id, Verb.MERGE, actor, reason, into=into)


def places_of(desk: Desk, proposal_id: str) -> list[str]:
    """The places of a group: its own, then those of what was merged into it."""
    everything = known(desk)
    children = [
        one for one in everything
        if (last := one.standing.last(Verb.MERGE)) is not None and last.details.get("into") == proposal_id
    ]  # fmt: skip
    own = [one.proposal.subject for one in everything if one.proposal.proposal_id == proposal_id]
    return list(dict.fromkeys([*own, *(place for one in children for place in places_of(desk, one.proposal.proposal_id))]))


def close_group(desk: Desk, proposal_id: str, actor: str, assessment: str) -> tuple[Taken, Effect | None]:
    """Closes a group with an assessment in words, and what the figures say beside it: before and after.

    Raises TaskingError without an assessment: a group can't be closed without one.
    """
    if len(assessment.split()) < 3:
        raise TaskingError("a group is not closed without an assessment: what was done, and what came of it")
    one = proposal_of(desk, proposal_id)
    effect = effect_of_group(desk, one)
    details = {"effect": dict(effect.as_details())} if effect else {}
    return decide(desk, proposal_id, Verb.CLOSE, actor, assessment, **details), effect


def effect_of_group(desk: Desk, one: Known) -> Effect | None:
    """Before and after for the place of a group and its ring, against the same kind elsewhere; None where it has no
    place, or has not lasted for a week.

    Before ends where the evidence begins: the days for which the place was chosen would make any time after look good.
    """
    began, proposal = one.standing.last(Verb.START), one.proposal
    if began is None or proposal.east_m is None or proposal.is_restricted:
        return None
    ended = one.standing.last(Verb.CLOSE)
    today = desk.clock().astimezone(desk.partnership.zone).date()
    last = ended.day if ended else today
    days = (last - began.day).days
    if days < _LEAST_DAYS:
        return None
    gathered = date.fromisoformat(proposal.evidence["since"])
    before, after = (gathered - timedelta(days=days), gathered), (began.day, last)
    return around(desk, rule_of(desk, proposal), proposal, before, after)


def around(desk: Desk, rule: Rule, proposal: Proposal, before: tuple[date, date], after: tuple[date, date]) -> Effect:
    """Public incidents of the theme in two stretches of time, at the place, in its ring, and elsewhere."""
    radius = int(rule.numbers.get("radius_m", 250))
    counted: dict[tuple[str, bool], int] = {}
    for is_after, (since, until) in ((False, before), (True, after)):
        rows = desk.warehouse.query(
            "groups/around", since_day=since, until_day=until, categories=rule.themes[proposal.theme],
            east_m=proposal.east_m, north_m=proposal.north_m, radius_m=radius, ring_m=2 * radius,
        )  # fmt: skip
        for row in rows:
            counted[row["zone"], is_after] = row["incidents"]
    place, ring, elsewhere = (
        Counts(counted.get((zone, False), 0), counted.get((zone, True), 0)) for zone in ("place", "ring", "elsewhere")
    )
    return Effect((before[1] - before[0]).days, place, ring, elsewhere)


def rule_of(desk: Desk, proposal: Proposal) -> Rule:
    """The rule that raised a proposal, as it is now. Raises TaskingError where its file is gone."""
    for rule in desk.rules:
        if rule.rule == proposal.rule:
            return rule
    raise TaskingError(f"there is no include/rules/{proposal.rule}.yml any more")


def standing_of(desk: Desk, subject_id: str) -> Standing:
    return store.standings(desk.warehouse, [subject_id])[subject_id]
