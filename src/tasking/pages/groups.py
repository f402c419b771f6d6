"""Groups: what is proposed, with what it rests on; groups at work, reviewed, closed with an assessment."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from tasking import flows, meeting
from tasking.desk import Desk
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.proposal import LIVE, Status, Verb
from tasking.model.trigger import Proposal, Proposes
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.days import TypedDayOrNone
from tasking.pages.render import page
from tasking.pages.said import came_from, told
from tasking.rules import Known, Rule, detail_of

router = APIRouter()
_CLOSED_SHOWN: Final = 20


@router.get("/groups")
def groups(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """What waits, what is to watch, which groups are at work, and what was closed or decided lately."""
    desk = host_of(request).open_desk()
    everything = meeting.known(desk)
    public = [one for one in everything if not one.proposal.is_restricted]
    restricted = [one for one in everything if one.proposal.is_restricted and one.standing.status in LIVE]
    by_status = {status: [one for one in public if one.standing.status == status] for status in Status}
    running = [one for one in meeting.groups(desk) if not one.is_restricted]
    by_id = {one.proposal.proposal_id: one for one in everything}
    is_running = {one.proposal_id for one in running}
    over = [one for one in public if one.standing.status in (Status.REJECTED, Status.MERGED, Status.CLOSED,
                                                             Status.EXPIRED)]  # fmt: skip
    over.sort(key=lambda one: one.standing.steps[-1].at, reverse=True)
    return page(
        request, person, desk, "groups", waiting=by_status[Status.PROPOSED], warnings=by_status[Status.WARNING],
        running=[(one, meeting.effect_of_group(desk, by_id[one.proposal_id])) for one in running],
        approved=[one for one in by_status[Status.APPROVED] if one.proposal.proposal_id not in is_running],
        over=over[:_CLOSED_SHOWN], restricted=restricted if person.can(May.RESTRICTED) else [],
        today=meeting.today(desk), detail=lambda one: _detail(desk, one),
        titles={rule.rule: rule.title for rule in desk.rules},
    )  # fmt: skip


def _detail(desk: Desk, one: Known) -> str:
    try:
        rule = meeting.rule_of(desk, one.proposal)
    except TaskingError:
        return one.proposal.rule
    return detail_of(rule, meeting.newest_evidence(one), one.proposal.subject)


@router.get("/groups/{proposal_id}")
def group(request: Request, proposal_id: str, person: Annotated[Person, Depends(allowed())]) -> Response:
    """A proposal or group with what it rests on; of a restricted one, the question why somebody wants to see it."""
    desk = host_of(request).open_desk()
    one = meeting.proposal_of(desk, proposal_id)
    if one.proposal.is_restricted:
        _must(person)
        return page(request, person, desk, "why_look", what="This proposal", action=f"groups/{proposal_id}/look",
                    back="groups")  # fmt: skip
    return _shown(request, person, desk, one, meeting.explained_for(desk, proposal_id, person.name))


@router.post("/groups/{proposal_id}/look")
def look(
    request: Request,
    proposal_id: str,
    reason: Annotated[str, Form(min_length=3, max_length=500)],
    person: Annotated[Person, Depends(allowed(May.RESTRICTED))],
) -> Response:
    """A restricted proposal, for the reason that was given."""
    desk = host_of(request).open_desk()
    one = meeting.proposal_of(desk, proposal_id)
    return _shown(request, person, desk, one, meeting.explained_for(desk, proposal_id, person.name, reason))


def _shown(request: Request, person: Person, desk: Desk, one: Known, lines: list[str]) -> Response:
    proposal, standing = one.proposal, one.standing
    try:
        rule: Rule | None = meeting.rule_of(desk, proposal)
    except TaskingError:
        rule = None
    running = next((group for group in meeting.groups(desk) if group.proposal_id == proposal.proposal_id), None)
    others = [
        other for other in meeting.known(desk)
        if other.proposal.proposal_id != proposal.proposal_id and other.standing.status in LIVE
        and other.proposal.is_restricted == proposal.is_restricted and not proposal.is_restricted
        and other.standing.status != Status.WARNING
    ]  # fmt: skip
    closed = standing.last(Verb.CLOSE)
    return page(
        request, person, desk, "group", one=one, lines=lines[1:], rule=rule, group=running, others=others,
        verbs=[verb.value for verb in standing.open_verbs], effect=meeting.effect_of_group(desk, one) if rule else None,
        is_group=bool(rule and rule.proposes in (Proposes.GROUP, Proposes.RESTRICTED)), closed=closed,
        assessed=closed.details.get("effect", {}).get("words", "") if closed else "", review_days=meeting.REVIEW_DAYS,
        taskings=[t for t in meeting.taskings(desk, is_all=True) if t.proposal_id == proposal.proposal_id],
        partners=list(dict.fromkeys(desk.feeds[name].partner for name in desk.partnership.feeds)),
        incidents=meeting.newest_evidence(one)["incidents"] if _may_be_listed(proposal, rule, person) else [],
        today=meeting.today(desk), labels=desk.house.categories.labels,
    )  # fmt: skip


def _may_be_listed(proposal: Proposal, rule: Rule | None, person: Person) -> bool:
    """Incidents at a place are for everybody; those of one person tell that person's days."""
    is_placed = rule is not None and rule.is_placed
    return not proposal.is_restricted and (is_placed or person.can(May.DETAILS))


@router.post("/groups/{proposal_id}/{verb}")
def decide(
    request: Request,
    proposal_id: str,
    verb: Literal["approve", "reject", "reopen"],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Says yes or no to a proposal, or takes a closed group up again; the first word counts."""
    desk = _open(request, proposal_id, person)
    taken = meeting.decide(desk, proposal_id, Verb(verb), person.name, reason)
    return _answered(request, desk, [proposal_id], taken)


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
    """Sets a group going; approves its proposal where nobody has."""
    desk = _open(request, proposal_id, person)
    taken = meeting.start_group(desk, proposal_id, person.name, lead, partner or [], objective, review_on)
    return _answered(request, desk, [proposal_id], taken)


@router.post("/groups/{proposal_id}/do/review")
def review(
    request: Request,
    proposal_id: str,
    note: Annotated[str, Form(min_length=3, max_length=2000)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    next_on: TypedDayOrNone = None,
) -> Response:
    """Records a review, and when the next one is."""
    desk = _open(request, proposal_id, person)
    return _answered(request, desk, [], meeting.review_group(desk, proposal_id, person.name, note, next_on))


@router.post("/groups/{proposal_id}/do/merge")
def merge(
    request: Request,
    proposal_id: str,
    into: Annotated[str, Form()],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Makes a proposal part of a group: its place becomes one of the group's."""
    desk = _open(request, proposal_id, person)
    return _answered(request, desk, [proposal_id, into], meeting.merge(desk, proposal_id, into, person.name, reason))


@router.post("/groups/{proposal_id}/do/close")
def close(
    request: Request,
    proposal_id: str,
    assessment: Annotated[str, Form(min_length=3, max_length=2000)],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
) -> Response:
    """Closes a group with an assessment; before and after is kept with it."""
    desk = _open(request, proposal_id, person)
    taken, _ = meeting.close_group(desk, proposal_id, person.name, assessment)
    return _answered(request, desk, [proposal_id], taken)


def _open(request: Request, proposal_id: str, person: Person) -> Desk:
    """The desk, where there is such a proposal and somebody may decide on it."""
    desk = host_of(request).open_desk()
    if meeting.proposal_of(desk, proposal_id).proposal.is_restricted:
        _must(person)
    return desk


def _answered(request: Request, desk: Desk, refreshed: list[str], taken: Any) -> Response:
    if refreshed:
        flows.refresh_all(desk, refreshed)
    return told(came_from(request), taken.words(desk), is_error=not taken.counted)


def _must(person: Person) -> None:
    if not person.can(May.RESTRICTED):
        raise HTTPException(403, "This is restricted: it is for those who may see restricted matters.")
