"""What the meeting of a day is asked and told: decisions, warnings, open taskings; and what goes by the other route."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from tasking.config.rule import Rule
from tasking.meeting import done_since, known, newest_evidence, public_words, rule_of, taskings
from tasking.meeting.explanation import detail_of
from tasking.meeting.known import Known
from tasking.meeting.service import MeetingService
from tasking.meeting.store import proposals as store
from tasking.model.briefing import Decision, OpenTaskings
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb

_SEVERITIES: Final = ("high", "medium", "low")
_NEW_DAYS: Final = 7  # for which the meeting is told of a warning
_WORDED_FROM: Final = {"rule", "title", "wording", "severity", "numbers", "reference", "proposes"}  # of a rule's file


@dataclass(frozen=True)
class Asking:
    """`decisions` wait for the meeting, what weighs most first; `restricted` for those who keep the register.

    `records` is all that the others were worded from, as plain values: the same records say the same thing.
    """

    decisions: tuple[Decision, ...] = ()
    restricted: tuple[Decision, ...] = ()
    warnings: tuple[str, ...] = ()
    taskings: OpenTaskings = field(default_factory=OpenTaskings)
    records: tuple[Any, ...] = ()


def asking(service: MeetingService, day: date) -> Asking:
    """What is asked on a day, as things stood when its briefing was made."""
    waiting: list[tuple[tuple[Any, ...], Known, Rule]] = []
    warnings: list[str] = []
    records: list[Any] = []
    for one in known(service, until=day):
        as_it_was = one._replace(standing=one.standing.as_of(day))
        status = as_it_was.standing.status
        try:
            rule = rule_of(service, one.proposal)
        except TaskingError:  # its rule was taken away: nobody is asked what there are no words for
            continue
        is_fresh = (day - one.proposal.raised_on).days < _NEW_DAYS
        is_warned = status == Status.WARNING and is_fresh and not one.proposal.is_restricted
        if status == Status.PROPOSED:
            since = _asked_since(as_it_was)
            order = (_SEVERITIES.index(rule.severity), -since.toordinal(), one.proposal.proposal_id)
            waiting.append((order, as_it_was, rule))
        if is_warned:
            headline = rule.wording.headline.format(subject=one.proposal.subject)
            warnings.append(f"{headline}: {detail_of(rule, one.proposal.evidence, one.proposal.subject)}")
        if is_warned or status == Status.PROPOSED:
            records.append(_record(as_it_was, rule))
    waiting.sort(key=lambda entry: entry[0])
    hidden = _hidden(service, [(one, rule) for _, one, rule in waiting], day)
    told = [(one.proposal.is_restricted, _decision(service, one, rule, day, hidden)) for _, one, rule in waiting]
    open_taskings, open_records = _open_taskings(service, day)
    return Asking(
        decisions=tuple(decision for is_restricted, decision in told if not is_restricted),
        restricted=tuple(decision for is_restricted, decision in told if is_restricted),
        warnings=tuple(warnings),
        taskings=open_taskings,
        records=(*records, sorted(hidden), *open_records),
    )


def _record(one: Known, rule: Rule) -> dict[str, Any]:
    """What a decision or a warning is worded from."""
    declared = rule.model_dump(mode="json", exclude_unset=True, include=_WORDED_FROM)
    proposal = {name: getattr(one.proposal, name) for name in ("proposal_id", "raised_on", "subject", "is_restricted")}
    evidence = [one.proposal.evidence, *(step.details for step in one.standing.steps)]
    steps = [[step.verb, step.day, step.due_on] for step in one.standing.steps]
    return proposal | {"evidence": _without_nothing(evidence), "steps": steps, "rule": declared}


def _without_nothing(value: Any) -> Any:
    """A record without what says nothing in it: a field that a newer version adds and defaults makes it no other."""
    if isinstance(value, Mapping):
        return {key: _without_nothing(inner) for key, inner in value.items() if inner}
    return [_without_nothing(one) for one in value] if isinstance(value, list | tuple) else value


def _hidden(service: MeetingService, waiting: Sequence[tuple[Known, Rule]], day: date) -> frozenset[str]:
    """The incidents behind decisions that have become restricted since."""
    evidence = [newest_evidence(one) for one, rule in waiting if rule.is_placed]
    return store.restricted_among(service.warehouse, [one for each in evidence for one in each["incidents"]], day)


def _decision(service: MeetingService, one: Known, rule: Rule, day: date, hidden: frozenset[str]) -> Decision:
    proposal, evidence = one.proposal, newest_evidence(one)
    since = _asked_since(one)
    is_whole = not rule.is_placed or hidden.isdisjoint(incident["incident_id"] for incident in evidence["incidents"])
    waits = f" · since {since.day} {since:%b}" if since < day else ""
    return Decision(
        proposal_id=proposal.proposal_id,
        headline=rule.wording.headline.format(subject=proposal.subject),
        # Counts beside fewer incidents would tell how many became restricted.
        detail=(detail_of(rule, evidence, proposal.subject) if is_whole else rule.title) + waits,
        evidence=_evidence_lines(service, evidence["incidents"], hidden) if rule.is_placed else (),
    )


def _evidence_lines(
    service: MeetingService, incidents: Sequence[Mapping[str, Any]], hidden: frozenset[str]
) -> tuple[str, ...]:
    """`Noise, Thu 22 Oct 20:15, 2 reports`: of places only; what tells a person's days is not for a channel, and an
    incident that has become restricted since is not told."""
    labels = service.labels
    return tuple(
        f"{labels.get(one['category'], one['category'])}, {one['when']}"
        + (f", {len(one['reports'])} reports" if len(one["reports"]) > 1 else "")
        for one in incidents
        if one["incident_id"] not in hidden
    )


def _asked_since(one: Known) -> date:
    reached = one.standing.last(Verb.REACH)
    return reached.day if reached else one.proposal.raised_on


def _open_taskings(service: MeetingService, day: date) -> tuple[OpenTaskings, list[Any]]:
    """How the taskings of earlier meetings stand, and the records that say so."""
    found = taskings(service, day)
    since = service.partnership.calendar.previous_meeting(day)
    told = OpenTaskings(
        open=len(found),
        done=done_since(service, since, day),
        due_today=sum(one.due_on == day for one in found),
        overdue=tuple(public_words(service, one) for one in found if one.is_overdue),
    )
    records = [[one.tasking_id, one.owner, one.place, one.due_on, one.is_overdue] for one in found]
    return told, [records, told.done, told.overdue]
