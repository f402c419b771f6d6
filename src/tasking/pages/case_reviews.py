"""ASB case reviews with their statutory clock: what comes next for each, and by when."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from tasking import delivery, meeting
from tasking.meeting import CaseReview
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.decision_answer import answer_decision
from tasking.pages.list_view import show_list
from tasking.pages.lists import Asked, Column, DeskList, Filter, Kind, Reader, Sorts
from tasking.pages.render import page
from tasking.pages.visible import case_reviews_for, partly_withheld, proposal_for, proposals_for, restricted_among

router = APIRouter()


def _found(reader: Reader) -> list[CaseReview]:
    return reader.once("case reviews", lambda: case_reviews_for(reader.services, reader.person))


def _hidden(reader: Reader) -> frozenset[str]:
    """Those of which nothing is shown in the list, as they are restricted."""
    names = sorted(one.proposal_id for one in _found(reader))
    return reader.once("restricted reviews", lambda: restricted_among(reader.services, names))


def _partly(reader: Reader) -> frozenset[str]:
    """Those of which the person may read the evidence only in part, so that its count is not shown."""

    def read() -> frozenset[str]:
        named = {one.proposal_id for one in _found(reader)}
        known = proposals_for(reader.services, reader.person)
        tracked = [one for one in known if one.proposal.proposal_id in named]
        return partly_withheld(reader.services, tracked, reader.person)

    return reader.once("partly withheld", read)


def _read(reader: Reader, asked: Asked) -> list[CaseReview]:
    first, last = asked.day("due_from") or date.min, asked.day("due_to") or date.max
    hidden = _hidden(reader)
    return [
        replace(one, is_restricted=one.proposal_id in hidden) for one in _found(reader)
        if asked["step"] in ("", one.next_step) and first <= one.due_on <= last
        and (not asked.has("overdue") or one.is_overdue)
    ]  # fmt: skip


def _columns(reader: Reader) -> list[Column]:
    return [
        Column("due", "Due", lambda one: one.due_on, Sorts.TIME, is_open=True),
        Column("case", "Case", lambda one: one.subject),
        Column("since", "Threshold met", lambda one: one.since, Sorts.TIME, is_open=True),
        Column("complaints", "Complaints",
               lambda one: None if one.proposal_id in _partly(reader) else one.complaints, Sorts.NUMBER),
        Column("step", "Next step", lambda one: one.next_step, is_open=True),
        Column("overdue", "Overdue", lambda one: "yes" if one.is_overdue else "no", Sorts.NOT, is_in_files_alone=True),
        Column("reference", "Reference", lambda one: one.proposal_id, Sorts.NOT, is_in_files_alone=True),
    ]  # fmt: skip


def _filters(reader: Reader) -> list[Filter]:
    del reader
    return [
        Filter("step", "Next step", choices=[(one, one) for one in meeting.REVIEW_STEPS]),
        Filter("due_from", "Due from", Kind.DAY),
        Filter("due_to", "Due to", Kind.DAY),
        Filter("overdue", "Overdue", Kind.FLAG),
    ]


LIST: Final = DeskList(
    name="case-reviews", path="case-reviews", title="Case reviews", noun="case review", nouns="case reviews",
    columns=_columns, filters=_filters, read=_read, sort="due", is_hidden=lambda one: one.is_restricted,
)  # fmt: skip
LISTS: Final = (LIST,)


@router.get("/case-reviews")
def case_reviews(request: Request, person: Annotated[Person, Depends(allowed())]) -> Response:
    """Every case review that is not decided, the earliest due first."""
    services = host_of(request).open_services()
    reader = Reader(services, person)
    return page(
        request, person, services, "case_reviews", listed=show_list(request, LIST, reader), partly=_partly(reader),
        clock=services.partnership.case_reviews, can_offer=(Status.PROPOSED, Status.EXPIRED), accepted=Status.APPROVED,
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
        raise TaskingError("There is no such case review, or it has already been decided.")
    if step == "accept":
        taken = meeting.decide(services.meeting, proposal_id, Verb.APPROVE, person.name, reason, seen=one.standing)
    elif step == "acknowledge":
        taken = meeting.acknowledge_review(services.meeting, proposal_id, person.name, reason)
    else:
        taken = meeting.decide_review(services.meeting, proposal_id, person.name, reason)
    delivery.refresh_all(services.delivery, [proposal_id])
    return answer_decision(request, services, taken)
