"""The agenda of a day's meeting: decisions that wait, restricted ones apart, warnings, and open taskings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from tasking.config.rule import Rule
from tasking.meeting import (
    case_reviews,
    done_since,
    newest_evidence,
    public_owner,
    public_taskings,
    public_words,
    rule_of,
    tracked_proposals,
)
from tasking.meeting.approval import plan_of_proposal
from tasking.meeting.explanation import detail_of
from tasking.meeting.marac import is_asked_already
from tasking.meeting.service import MeetingService
from tasking.meeting.store import proposals as store
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.briefing import CaseReviewLine, Decision, OpenTaskings
from tasking.model.category import category_label
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status
from tasking.model.trigger import Proposes
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_taskings

_SEVERITIES: Final = ("high", "medium", "low")
_NEW_DAYS: Final = 7  # for which a warning is on the agenda
# The fields of a rule that the texts of the agenda are made from.
_RULE_FIELDS: Final = {"rule", "title", "wording", "severity", "numbers", "reference", "proposes"}


@dataclass(frozen=True)
class Agenda:
    """`decisions` wait for the meeting, the most severe first; `restricted` for those who keep the restricted register.

    `records`: everything that the other fields were worded from, as plain values. Equal records give equal texts.
    """

    decisions: tuple[Decision, ...] = ()
    restricted: tuple[Decision, ...] = ()
    warnings: tuple[str, ...] = ()
    taskings: OpenTaskings = field(default_factory=OpenTaskings)
    case_reviews: tuple[CaseReviewLine, ...] = ()
    records: tuple[Any, ...] = ()


def agenda_for(service: MeetingService, day: date) -> Agenda:
    """The agenda of a day, as things stood when its briefing was made."""
    waiting: list[tuple[tuple[Any, ...], TrackedProposal, Rule]] = []
    warnings: list[str] = []
    records: list[Any] = []
    for one in tracked_proposals(service, until=day):
        as_it_was = one._replace(standing=one.standing.as_of(day))
        status = as_it_was.standing.status
        try:
            rule = rule_of(service, one.proposal)
        except TaskingError:  # its rule was removed, and the wording with it
            continue
        is_fresh = (day - one.proposal.raised_on).days < _NEW_DAYS
        is_warned = status == Status.WARNING and is_fresh and not one.proposal.is_restricted
        if status == Status.PROPOSED and rule.proposes != Proposes.OWNER:  # case reviews have a list and a clock
            since = as_it_was.waiting_since
            order = (_SEVERITIES.index(rule.severity), -since.toordinal(), one.proposal.proposal_id)
            waiting.append((order, as_it_was, rule))
        if is_warned:
            headline = rule.wording.headline.format(subject=one.proposal.subject)
            warnings.append(f"{headline}: {detail_of(rule, one.proposal.evidence, one.proposal.subject)}")
        if is_warned or status == Status.PROPOSED:
            records.append(_record(as_it_was, rule))
    together = [(one, rule) for _, one, rule in waiting]
    waiting = [entry for entry in waiting if not is_asked_already(entry[1], entry[2], together)]
    waiting.sort(key=lambda entry: entry[0])
    hidden = _hidden(service, [(one, rule) for _, one, rule in waiting], day)
    stalled = [one.proposal.subject_key for _, one, rule in waiting if rule.proposes == Proposes.ESCALATE]
    withheld = withheld_taskings(service.warehouse, PUBLIC_VISIBILITY, stalled)
    worded = [
        (one.proposal.is_restricted or one.proposal.subject_key in withheld, _decision(service, one, rule, day, hidden))
        for _, one, rule in waiting
    ]
    open_taskings, open_records = _open_taskings(service, day)
    return Agenda(
        decisions=tuple(decision for is_restricted, decision in worded if not is_restricted),
        restricted=tuple(decision for is_restricted, decision in worded if is_restricted),
        warnings=tuple(warnings),
        taskings=open_taskings,
        case_reviews=_case_reviews(service, day),
        records=(*records, sorted(hidden | withheld), *open_records),
    )


def _case_reviews(service: MeetingService, day: date) -> tuple[CaseReviewLine, ...]:
    """The public case reviews that are not decided, the earliest due first."""
    return tuple(
        CaseReviewLine(
            proposal_id=one.proposal_id,
            reference=one.subject,
            next_step=one.next_step,
            due_on=one.due_on,
            is_overdue=one.is_overdue,
        )
        for one in case_reviews(service, day)
        if not one.is_restricted
    )


def _record(tracked: TrackedProposal, rule: Rule) -> dict[str, Any]:
    """What a decision or a warning is worded from, as plain values."""
    declared = rule.model_dump(mode="json", exclude_unset=True, include=_RULE_FIELDS)
    fields = ("proposal_id", "raised_on", "subject", "is_restricted")
    proposal = {name: getattr(tracked.proposal, name) for name in fields}
    evidence = [tracked.proposal.evidence, *(step.details for step in tracked.standing.steps)]
    steps = [[step.verb, step.day, step.due_on] for step in tracked.standing.steps]
    return proposal | {"evidence": _without_empty(evidence), "steps": steps, "rule": declared}


def _without_empty(value: Any) -> Any:
    """A record without its empty values: a field that a newer version adds, with a default, does not change it."""
    if isinstance(value, Mapping):
        return {key: _without_empty(inner) for key, inner in value.items() if inner}
    return [_without_empty(one) for one in value] if isinstance(value, list | tuple) else value


def _hidden(service: MeetingService, waiting: Sequence[tuple[TrackedProposal, Rule]], day: date) -> frozenset[str]:
    """Those of the incidents behind the decisions that have become restricted since they were counted."""
    evidence = [newest_evidence(one) for one, rule in waiting if rule.is_placed]
    return store.restricted_among(service.warehouse, [one for each in evidence for one in each["incidents"]], day)


def _decision(
    service: MeetingService, tracked: TrackedProposal, rule: Rule, day: date, hidden: frozenset[str]
) -> Decision:
    proposal, evidence = tracked.proposal, newest_evidence(tracked)
    since = tracked.waiting_since
    is_whole = not rule.is_placed or hidden.isdisjoint(incident["incident_id"] for incident in evidence["incidents"])
    waits = f" · since {since.day} {since:%b}" if since < day else ""
    plan = plan_of_proposal(service, tracked, rule, day)
    return Decision(
        proposal_id=proposal.proposal_id,
        headline=rule.wording.headline.format(subject=proposal.subject),
        # Counts beside a shorter list of incidents would show how many became restricted.
        detail=(detail_of(rule, evidence, proposal.subject) if is_whole else rule.title) + waits,
        evidence=_evidence_lines(service, evidence["incidents"], hidden) if rule.is_placed else (),
        since=since,
        owner=public_owner(service, plan.owners[0]),
        due_on=plan.due_on,
        is_group=plan.is_group,
        incident_ids=tuple(one["incident_id"] for one in evidence["incidents"]) if rule.is_placed else (),
    )


def _evidence_lines(
    service: MeetingService, incidents: Sequence[Mapping[str, Any]], hidden: frozenset[str]
) -> tuple[str, ...]:
    """`Noise, Thu 22 Oct 20:15, 2 reports`: a line for each incident of a place that has not become restricted since.

    Only for places: a person's incidents are never sent to a channel.
    """
    labels = service.labels
    return tuple(
        f"{category_label(one['category'], labels)}, {one['when']}"
        + (f", {len(one['reports'])} reports" if len(one["reports"]) > 1 else "")
        for one in incidents
        if one["incident_id"] not in hidden
    )


def _open_taskings(service: MeetingService, day: date) -> tuple[OpenTaskings, list[Any]]:
    """The status of taskings of earlier meetings, and the records behind it."""
    found = public_taskings(service, day)
    since = service.partnership.calendar.previous_meeting(day)
    summary = OpenTaskings(
        open=len(found),
        done=done_since(service, since, day),
        due_today=sum(one.due_on == day for one in found),
        overdue=tuple(public_words(service, one) for one in found if one.is_overdue),
    )
    records = [[one.tasking_id, one.owner, one.place, one.due_on, one.is_overdue] for one in found]
    return summary, [records, summary.done, summary.overdue]
