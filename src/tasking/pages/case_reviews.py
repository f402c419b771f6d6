"""ASB case reviews with their statutory clock: what comes next for each, and by when."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking import delivery, meeting
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.flash import redirect_with_flash, referring_page
from tasking.pages.render import page
from tasking.pages.visible import case_reviews_for, partly_withheld, proposal_for, proposals_for, restricted_among

router = APIRouter()


@router.get("/case-reviews")
def case_reviews(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """Every case review that is not decided, the earliest due first."""
    services = host_of(request).open_services()
    found = case_reviews_for(services, person)
    named = {one.proposal_id for one in found}
    tracked = [one for one in proposals_for(services, person) if one.proposal.proposal_id in named]
    return page(
        request, person, services, "case_reviews", found=found, partly=partly_withheld(services, tracked, person),
        restricted=restricted_among(services, sorted(named)), clock=services.partnership.case_reviews,
        can_offer=(Status.PROPOSED, Status.EXPIRED), accepted=Status.APPROVED,
    )  # fmt: skip


@router.post("/case-reviews/{proposal_id}/{step}")
def take_step(
    request: Request,
    proposal_id: str,
    step: Literal["accept", "acknowledge", "decide"],
    person: Annotated[Person, Depends(allowed(May.DECIDE))],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Records the next step of a case review."""
    services = host_of(request).open_services()
    one = proposal_for(services, proposal_id, person)
    if proposal_id not in {review.proposal_id for review in case_reviews_for(services, person)}:
        raise TaskingError("there is no such case review, or it is decided already")
    if step == "accept":
        taken = meeting.decide(services.meeting, proposal_id, Verb.APPROVE, person.name, reason, seen=one.standing)
    elif step == "acknowledge":
        taken = meeting.acknowledge_review(services.meeting, proposal_id, person.name, reason)
    else:
        taken = meeting.decide_review(services.meeting, proposal_id, person.name, reason)
    delivery.refresh_all(services.delivery, [proposal_id])
    return redirect_with_flash(referring_page(request), taken.words(services.meeting), is_error=not taken.counted)
