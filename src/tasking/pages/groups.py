"""Task-and-finish groups: proposals with their evidence; active groups, reviewed, and closed with an assessment."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from tasking import delivery, meeting
from tasking.config.rule import Rule
from tasking.meeting.explanation import detail_of
from tasking.meeting.tracked_proposal import TrackedProposal
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.proposal import LIVE, PAST, Status, Verb
from tasking.model.trigger import Proposes
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.approval_form import ApprovalForm, TypedFields, approval_form, approve_as_typed
from tasking.pages.day_fields import TypedDayOrNone
from tasking.pages.decision_answer import answer_decision
from tasking.pages.group_by_hand import place_names
from tasking.pages.group_list import ACTIVE_GROUPS, active_groups
from tasking.pages.list_view import show_list
from tasking.pages.lists import Reader
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.past_groups import newest_first
from tasking.pages.register_session import session_reason
from tasking.pages.render import page
from tasking.pages.visible import (
    explanation_for,
    groups_for,
    partly_withheld,
    proposal_for,
    proposals_for,
    restricted_among,
    taskings_for,
)
from tasking.services import Services
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

router = APIRouter()
LISTS: Final = (ACTIVE_GROUPS,)
_CLOSED_SHOWN: Final = 20
_LOOK: Final = "restricted proposal looked at"


@router.get("/groups")
def groups(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """Proposals to decide, warnings, active groups, and what was closed or decided recently."""
    services = host_of(request).open_services()
    everything, hidden = proposals_for(services, person), restricted_among(services)
    public = [one for one in everything if one.proposal.proposal_id not in hidden]
    restricted = [one for one in everything if one.proposal.proposal_id in hidden and one.standing.status in LIVE]
    reviews = _case_review_rules(services)  # on a page of their own
    own = [one for one in public if one.proposal.rule not in reviews or one.standing.status == Status.WARNING]
    by_status = {status: [one for one in own if one.standing.status == status] for status in Status}
    reader = Reader(services, person, {"restricted proposals": hidden})
    shown = show_list(request, ACTIVE_GROUPS, reader)
    by_id = {one.proposal.proposal_id: one for one in everything}
    is_running = {one.proposal_id for one in active_groups(reader)}
    over = newest_first(public)
    partly = partly_withheld(services, everything, person)
    return page(
        request, person, services, "groups", waiting=by_status[Status.PROPOSED], warnings=by_status[Status.WARNING],
        listed=shown, active_count=len(is_running),
        effects={one.proposal_id: meeting.effect_of_group(services.meeting, by_id[one.proposal_id], everything=public)
                 for one in shown.rows},
        approved=[one for one in by_status[Status.APPROVED] if one.proposal.proposal_id not in is_running],
        over=over[:_CLOSED_SHOWN], over_count=len(over), restricted=restricted, past=PAST,
        forms={one.proposal.proposal_id: approval_form(services, one.proposal.proposal_id)
               for one in by_status[Status.PROPOSED]},
        today=meeting.today(services.meeting), detail=lambda one: _detail(services, one, partly),
        titles={rule.rule: rule.title for rule in services.rules},
    )  # fmt: skip


def _case_review_rules(services: Services) -> frozenset[str]:
    return frozenset(rule.rule for rule in services.rules if rule.proposes == Proposes.OWNER)


def _detail(services: Services, one: TrackedProposal, partly_withheld: frozenset[str]) -> str:
    try:
        rule = meeting.rule_of(services.meeting, one.proposal)
    except TaskingError:
        return one.proposal.rule
    if one.proposal.proposal_id in partly_withheld:
        return rule.title
    return detail_of(rule, meeting.newest_evidence(one), one.proposal.subject)


@router.get("/groups/{proposal_id}")
def group(request: Request, proposal_id: str, person: Annotated[Person, Depends(allowed())]) -> Response:
    """A proposal or group with its evidence; for a restricted one, a form that asks for the reason first, unless
    the register is open."""
    services = host_of(request).open_services()
    one = proposal_for(services, proposal_id, person)
    if restricted_among(services, [proposal_id]):
        reason = session_reason(request, person, services)
        if reason is None:
            return page(request, person, services, "why_look", what="This proposal",
                        action=f"groups/{proposal_id}/look", back="groups")  # fmt: skip
        services.audit_log.write(person.name, _LOOK, proposal_id, reason)
    return _shown(request, person, services, one)


@router.post("/groups/{proposal_id}/look")
def look(
    request: Request,
    proposal_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.RESTRICTED))],
) -> Response:
    """A restricted proposal; the reason given is logged."""
    services = host_of(request).open_services()
    one = proposal_for(services, proposal_id, person)
    services.audit_log.write(person.name, _LOOK, proposal_id, reason)
    return _shown(request, person, services, one)


def _shown(
    request: Request, person: Person, services: Services, one: TrackedProposal, typed: ApprovalForm | None = None
) -> Response:
    """A proposal or group. `typed`: the form for approving it, with what was typed and could not be used."""
    proposal, standing = one.proposal, one.standing
    hidden = restricted_among(services)
    is_restricted = proposal.proposal_id in hidden
    try:
        rule: Rule | None = meeting.rule_of(services.meeting, proposal)
    except TaskingError:
        rule = None
    running = next((group for group in groups_for(services, person) if group.proposal_id == proposal.proposal_id), None)
    known = proposals_for(services, person)
    others = [
        other for other in known
        if other.proposal.proposal_id != proposal.proposal_id and other.standing.status in LIVE
        and not is_restricted and other.proposal.proposal_id not in hidden
        and other.standing.status != Status.WARNING and other.proposal.rule not in _case_review_rules(services)
    ]  # fmt: skip
    closed = standing.last(Verb.CLOSE)
    return page(
        request, person, services, "group", one=one,
        approval=typed or approval_form(services, proposal.proposal_id),
        lines=explanation_for(services, one, person)[1:], rule=rule,
        group=running, others=others, verbs=[verb.value for verb in standing.open_verbs],
        effect=meeting.effect_of_group(services.meeting, one, everything=known) if rule else None,
        is_group=bool(rule and rule.proposes in (Proposes.GROUP, Proposes.RESTRICTED)), closed=closed,
        assessed=closed.details.get("effect", {}).get("words", "") if closed else "", review_days=meeting.REVIEW_DAYS,
        taskings=taskings_for(services, person, services.meeting.taskings_of_proposal(proposal.proposal_id)),
        partners=list(
            dict.fromkeys([*meeting.owner_choices(services.meeting), *(running.partners if running else ())])
        ),
        places=place_names(services) if running else [],
        incidents=_incidents(services, one, rule, person) if not is_restricted else [], is_restricted=is_restricted,
        today=meeting.today(services.meeting), past=PAST,
    )  # fmt: skip


def _incidents(services: Services, one: TrackedProposal, rule: Rule | None, person: Person) -> list[Mapping[str, Any]]:
    """The incidents in the evidence that `person` may read now. Those of a rule about a person reveal that person's
    movements and need May.DETAILS; those at a place do not."""
    if not person.can(May.DETAILS) and not (rule is not None and rule.is_placed):
        return []
    incidents = meeting.newest_evidence(one)["incidents"]
    withheld = services.guard.withheld_evidence(incidents, PUBLIC_VISIBILITY)
    shown = [incident for incident in incidents if incident["incident_id"] not in withheld]
    signs = services.linkage.signs_of([incident["incident_id"] for incident in shown])
    return [{**incident, "signs": signs.get(incident["incident_id"], "")} for incident in shown]


@router.post("/groups/{proposal_id}/approve")
def approve(
    request: Request, proposal_id: str, person: Annotated[Person, Depends(allowed(May.DECIDE))], typed: TypedFields
) -> Response:
    """Approves a proposal with who does what by when; shows the form again where that can't be used."""
    services = _open(request, proposal_id, person)
    taken = approve_as_typed(services, proposal_id, person.name, typed)
    if isinstance(taken, ApprovalForm):
        if restricted_among(services, [proposal_id]):
            services.audit_log.write(person.name, _LOOK, proposal_id, "to approve it")
        return _shown(request, person, services, proposal_for(services, proposal_id, person), taken)
    return _answered(request, services, [proposal_id], taken)


@router.post("/groups/{proposal_id}/undo")
def undo(
    request: Request,
    proposal_id: str,
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    number: Annotated[int, Form(ge=1, le=MAX_COUNT)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Takes the newest decision back, with what followed from it."""
    services = _open(request, proposal_id, person)
    taken = meeting.undo(services.meeting, proposal_id, person.name, reason, number=number)
    return _answered(request, services, [proposal_id], taken)


@router.post("/groups/{proposal_id}/{verb}")
def decide(
    request: Request,
    proposal_id: str,
    verb: Literal["reject", "reopen"],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Rejects a proposal, or reopens a closed group; the first decision counts."""
    services = _open(request, proposal_id, person)
    taken = meeting.decide(services.meeting, proposal_id, Verb(verb), person.name, reason)
    return _answered(request, services, [proposal_id], taken)


@router.post("/groups/{proposal_id}/do/start")
def start(
    request: Request,
    proposal_id: str,
    lead: Annotated[str, Form(min_length=2, max_length=120)],
    objective: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    partner: Annotated[list[str] | None, Form()] = None,
    review_on: TypedDayOrNone = None,
) -> Response:
    """Starts a group; approves its proposal if that has not been done."""
    services = _open(request, proposal_id, person)
    taken = meeting.start_group(services.meeting, proposal_id, person.name, lead, partner or [], objective, review_on)
    return _answered(request, services, [proposal_id], taken)


@router.post("/groups/{proposal_id}/do/review")
def review(
    request: Request,
    proposal_id: str,
    note: Annotated[str, Form(min_length=3, max_length=2000)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    next_on: TypedDayOrNone = None,
) -> Response:
    """Records a review, and when the next one is."""
    services = _open(request, proposal_id, person)
    return _answered(
        request, services, [], meeting.review_group(services.meeting, proposal_id, person.name, note, next_on)
    )


@router.post("/groups/{proposal_id}/do/merge")
def merge(
    request: Request,
    proposal_id: str,
    into: Annotated[str, Form(max_length=100)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Merges a proposal into a group, whose places then include the proposal's."""
    services = _open(request, proposal_id, person)
    try:
        proposal_for(services, into, person)
    except HTTPException:
        raise TaskingError("There is no such group.", field="into") from None
    return _answered(
        request, services, [proposal_id, into], meeting.merge(services.meeting, proposal_id, into, person.name, reason)
    )


@router.post("/groups/{proposal_id}/do/close")
def close(
    request: Request,
    proposal_id: str,
    assessment: Annotated[str, Form(min_length=3, max_length=2000)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
) -> Response:
    """Closes a group with an assessment, stored with the before-and-after figures."""
    services = _open(request, proposal_id, person)
    taken, _ = meeting.close_group(services.meeting, proposal_id, person.name, assessment)
    return _answered(request, services, [proposal_id], taken)


def _open(request: Request, proposal_id: str, person: Person) -> Services:
    """The services. Raises HTTPException 404 if there is no such proposal that `person` may see."""
    services = host_of(request).open_services()
    proposal_for(services, proposal_id, person)
    return services


def _answered(request: Request, services: Services, refreshed: list[str], taken: Any) -> Response:
    told = delivery.announce(services.delivery, refreshed) if refreshed else ()
    return answer_decision(request, services, taken, told)
