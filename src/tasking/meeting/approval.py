"""Approving a proposal or a tasking together with what follows from it: who does what by when, in one transaction."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from tasking.config.rule import Rule
from tasking.meeting.decisions import DecisionResult, decide, newest_evidence, proposal_of, rule_of, standing_of, today
from tasking.meeting.explanation import fill_wording
from tasking.meeting.groups import REVIEW_DAYS
from tasking.meeting.service import MeetingService
from tasking.meeting.store import taskings as store
from tasking.meeting.store.proposals import lock_subjects
from tasking.meeting.taskings import Tasking, tasking_of
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.errors import TaskingError
from tasking.model.owners import Role
from tasking.model.proposal import Verb
from tasking.model.trigger import Proposes

MOST_OWNERS: Final = 10
_ANALYST: Final = "look into it and report to the meeting"
_SENIOR: Final = "take it up with the owner"
_RESTRICTED: Final = "refer it on the restricted route"


@dataclass(frozen=True)
class Plan:
    """Who does what by when once something is approved. The first of the owners leads.

    `objective`: of a group; empty where a tasking follows. For a group `due_on` is the day of its first review.
    """

    what: str
    place: str
    owners: tuple[str, ...]
    due_on: date
    objective: str = ""
    is_group: bool = False


def plan_for(service: MeetingService, subject_id: str) -> Plan:
    """What follows from approving a proposal or a tasking unless somebody says otherwise, by the declarations.

    Raises TaskingError for an unknown id, and where the rule of a proposal is gone.
    """
    if subject_id.startswith("T-"):
        return plan_of_tasking(service, tasking_of(service, subject_id))
    tracked = proposal_of(service, subject_id)
    return plan_of_proposal(service, tracked, rule_of(service, tracked.proposal), today(service))


def plan_of_proposal(service: MeetingService, tracked: TrackedProposal, rule: Rule, day: date) -> Plan:
    """What follows from approving a proposal of a rule on a day."""
    if rule.proposes == Proposes.GROUP:
        return _group_plan(service, tracked, rule, day)
    if rule.proposes == Proposes.TASKING:
        owner = _fitting_owner(service, tracked, rule)
        return _plan(service, owner, day, tracked.proposal.subject if rule.is_placed else "")
    if rule.proposes == Proposes.OWNER:
        return _case_review_plan(service, tracked, day)
    return _role_plan(service, tracked, rule, day)


def plan_of_tasking(service: MeetingService, tasking: Tasking) -> Plan:
    """What follows from approving a proposed tasking: it is done as it is proposed."""
    return Plan(tasking.what, tasking.place, tasking.owners, max(tasking.due_on, today(service)))


def _plan(service: MeetingService, role: Role, day: date, place: str = "") -> Plan:
    due_on = service.partnership.calendar.meeting_days_after(day, role.due_in)
    return Plan(role.what, place, (role.owner,), due_on)


def _fitting_owner(service: MeetingService, tracked: TrackedProposal, rule: Rule) -> Role:
    """The owner whose categories and places fit the evidence best."""
    incidents = newest_evidence(tracked)["incidents"]
    of_theme = rule.themes.get(tracked.proposal.theme, [])
    counted = Counter(one["category"] for one in incidents) or Counter(of_theme[:1])
    category = min(counted, key=lambda code: (-counted[code], code), default="")
    places = {tracked.proposal.subject, *(one["place"] for one in incidents if one["place"])}
    owner = service.partnership.taskings.owner_of(category, places)
    return Role(owner=owner.owner, what=owner.what, due_in=owner.due_in)


def _group_plan(service: MeetingService, tracked: TrackedProposal, rule: Rule, day: date) -> Plan:
    lead = service.partnership.taskings.lead or _fitting_owner(service, tracked, rule).owner
    review_on = day + timedelta(days=REVIEW_DAYS[rule.severity])
    subject = tracked.proposal.subject
    where = f"a{subject[1:]}" if subject.startswith("A ") else subject  # "A spot in Kemsing"
    objective = f"Fewer reports of {tracked.proposal.theme} at {where}"
    return Plan(objective, tracked.proposal.subject, (lead,), review_on, objective, is_group=True)


def _case_review_plan(service: MeetingService, tracked: TrackedProposal, day: date) -> Plan:
    """The clock of a case review runs in working days from when the threshold was met, whenever the meeting sits."""
    declared = service.partnership.taskings.case_reviews
    what = declared.what if declared else "acknowledge and arrange the case review"
    owner = declared.owner if declared else service.partnership.taskings.otherwise.owner
    within = service.partnership.case_reviews.acknowledge_in
    due_on = service.partnership.calendar.working_days_after(tracked.waiting_since, within)
    return Plan(f"{what} {tracked.proposal.subject}", "", (owner,), max(due_on, day))


def _role_plan(service: MeetingService, tracked: TrackedProposal, rule: Rule, day: date) -> Plan:
    """For an escalation, a note for the analyst and a referral: the owner declared for it, else `otherwise`."""
    declared = service.partnership.taskings
    role, usual = {
        Proposes.ESCALATE: (declared.senior, _SENIOR),
        Proposes.NOTE: (declared.analyst, _ANALYST),
    }.get(rule.proposes, (declared.restricted, _RESTRICTED))
    plan = _plan(service, role or Role(owner=declared.otherwise.owner, what=usual), day)
    subject = fill_wording(rule.wording.headline, newest_evidence(tracked), tracked.proposal.subject)
    return replace(plan, what=f"{plan.what}: {subject}")


def owner_choices(service: MeetingService) -> list[str]:
    """Those whom the declarations name as owners, then the other partners, and those who only receive work; each once.
    They may be shown in public."""
    recipients = [one.name for one in service.partnership.recipients]
    partners = [service.feeds[feed].partner for feed in service.partnership.feeds if feed in service.feeds]
    return list(dict.fromkeys([*service.partnership.taskings.declared_owners, *partners, *recipients]))


def approve(
    service: MeetingService,
    subject_id: str,
    actor: str,
    note: str = "",
    *,
    owners: Sequence[str] = (),
    due_on: date | None = None,
    objective: str = "",
    by: str | None = None,
) -> DecisionResult:
    """Approves a proposal with what follows from it, or a proposed tasking: everything is stored, or nothing.

    A group starts; anything else becomes a tasking that is linked to the proposal. What is not given is as in
    `plan_for`. Where somebody has decided already, their decision counts and nothing is stored.

    Raises TaskingError as `decide` and `plan_for`, and for a date that is past or too many owners.
    """
    plan = _as_wished(service, plan_for(service, subject_id), owners, due_on, objective)
    with service.warehouse.writing():
        lock_subjects(service.warehouse, [subject_id])
        standing = standing_of(service, subject_id)
        act = f"{subject_id}/{len(standing.history) + 1}"
        details: dict[str, Any] = {"owners": list(plan.owners), "act": act}
        is_open = Verb.APPROVE in standing.open_verbs
        is_made = is_open and not plan.is_group and not subject_id.startswith("T-")
        if is_made:  # before the log is written to, as everywhere that taskings are stored
            details["tasking_id"] = _store_tasking(service, subject_id, plan, act)
        taken = decide(service, subject_id, Verb.APPROVE, actor, note, by=by, due_on=plan.due_on, details=details)
        if is_made:
            own = {"owners": details["owners"], "act": act}
            decide(service, details["tasking_id"], Verb.APPROVE, actor, by=by, due_on=plan.due_on, details=own)
        elif taken.counted and plan.is_group:
            decide(service, subject_id, Verb.START, actor, by=by, details=details | group_details(plan))
        if not taken.counted and taken.step in standing.last_act:  # of steps taken together the first is the decision
            return replace(taken, step=standing.last_act[0])
        return taken


def group_details(plan: Plan) -> dict[str, Any]:
    """What the start of a group is stored with: its lead, partners, objective and the day of its first review."""
    return {
        "lead": plan.owners[0], "partners": list(plan.owners[1:]), "objective": plan.objective,
        "review_on": str(plan.due_on),
    }  # fmt: skip


def _as_wished(service: MeetingService, plan: Plan, owners: Sequence[str], due_on: date | None, objective: str) -> Plan:
    chosen = tuple(dict.fromkeys(one.strip()[:120] for one in owners if one.strip()))
    if len(chosen) > MOST_OWNERS:
        raise TaskingError(f"Choose no more than {MOST_OWNERS} owners.", field="owner")
    if due_on is not None and due_on < today(service):
        raise TaskingError(f"{due_on.day} {due_on:%B %Y} is in the past. Choose today or a later day.", field="due_on")
    return replace(
        plan,
        owners=chosen or plan.owners,
        due_on=due_on or plan.due_on,
        objective=objective.strip()[:500] or plan.objective,
    )


def _store_tasking(service: MeetingService, proposal_id: str, plan: Plan, act: str) -> str:
    """Stores the tasking that follows from a proposal. Its id is made from the decision."""
    day = today(service)
    tasking_id = f"T-{day:%Y%m%d}-{hashlib.sha256(act.encode()).hexdigest()[:8]}"
    proposal = proposal_of(service, proposal_id).proposal
    title = rule_of(service, proposal).title
    row = {
        "tasking_id": tasking_id, "proposed_on": day, "what": plan.what, "place": plan.place, "owner": plan.owners[0],
        "due_on": plan.due_on, "why": f"approved: {title[:1].lower()}{title[1:]}", "incident_id": None,
        "proposal_id": proposal_id, "is_restricted": proposal.is_restricted,
    }  # fmt: skip
    store.store_taskings(service.warehouse, [row])
    return tasking_id
