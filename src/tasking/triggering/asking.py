"""What the meeting of a day is asked and told: decisions, warnings, open taskings; and what goes by the other route."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from tasking.desk import Desk
from tasking.meeting import done_since, known, newest_evidence, public_words, rule_of, taskings
from tasking.model.briefing import Decision, OpenTaskings
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb
from tasking.rules import Known, Rule, detail_of
from tasking.warehouse import proposals as store

_SEVERITIES: Final = ("high", "medium", "low")
_NEW_DAYS: Final = 7  # for which the meeting is told of a warning


@dataclass(frozen=True)
class Asking:
    """`decisions` wait for the meeting, what weighs most first; `restricted` for those who keep the register."""

    decisions: tuple[Decision, ...] = ()
    restricted: tuple[Decision, ...] = ()
    warnings: tuple[str, ...] = ()
    taskings: OpenTaskings = field(default_factory=OpenTaskings)


def asking(desk: Desk, day: date) -> Asking:
    """What is asked on a day, as things stood when its briefing was made."""
    waiting: list[tuple[tuple[Any, ...], Known, Rule]] = []
    warnings = []
    for one in known(desk, until=day):
        standing = one.standing.as_of(day)
        as_it_was = one._replace(standing=standing)
        try:
            rule = rule_of(desk, one.proposal)
        except TaskingError:  # its rule was taken away: nobody is asked what there are no words for
            continue
        if standing.status == Status.PROPOSED:
            since = _asked_since(as_it_was)
            order = (_SEVERITIES.index(rule.severity), -since.toordinal(), one.proposal.proposal_id)
            waiting.append((order, as_it_was, rule))
        is_fresh = (day - one.proposal.raised_on).days < _NEW_DAYS
        if standing.status == Status.WARNING and is_fresh and not one.proposal.is_restricted:
            headline = rule.wording.headline.format(subject=one.proposal.subject)
            warnings.append(f"{headline}: {detail_of(rule, one.proposal.evidence, one.proposal.subject)}")
    waiting.sort(key=lambda entry: entry[0])
    told = [(one.proposal.is_restricted, _decision(desk, one, rule, day)) for _, one, rule in waiting]
    return Asking(
        decisions=tuple(decision for is_restricted, decision in told if not is_restricted),
        restricted=tuple(decision for is_restricted, decision in told if is_restricted),
        warnings=tuple(warnings),
        taskings=_open_taskings(desk, day),
    )


def _decision(desk: Desk, one: Known, rule: Rule, day: date) -> Decision:
    proposal, evidence = one.proposal, newest_evidence(one)
    since = _asked_since(one)
    waits = f" · since {since.day} {since:%b}" if since < day else ""
    return Decision(
        proposal_id=proposal.proposal_id,
        headline=rule.wording.headline.format(subject=proposal.subject),
        detail=detail_of(rule, evidence, proposal.subject) + waits,
        evidence=_evidence_lines(desk, evidence["incidents"], day) if rule.is_placed else (),
    )


def _evidence_lines(desk: Desk, incidents: Sequence[Mapping[str, Any]], day: date) -> tuple[str, ...]:
    """`Noise, Thu 22 Oct 20:15, 2 reports`: of places only; what tells a person's days is not for a channel, and an
    incident that has become restricted since is not told."""
    labels = desk.house.categories.labels
    hidden = store.restricted_among(desk.warehouse, [one["incident_id"] for one in incidents], day)
    return tuple(
        f"{labels.get(one['category'], one['category'])}, {one['when']}"
        + (f", {len(one['reports'])} reports" if len(one["reports"]) > 1 else "")
        for one in incidents
        if one["incident_id"] not in hidden
    )


def _asked_since(one: Known) -> date:
    reached = one.standing.last(Verb.REACH)
    return reached.day if reached else one.proposal.raised_on


def _open_taskings(desk: Desk, day: date) -> OpenTaskings:
    found = taskings(desk, day)
    since = desk.partnership.calendar.previous_meeting(day)
    return OpenTaskings(
        open=len(found),
        done=done_since(desk, since, day),
        due_today=sum(one.due_on == day for one in found),
        overdue=tuple(public_words(desk, one) for one in found if one.is_overdue),
    )
