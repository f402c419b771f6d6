"""What the chair does with the item on the screen. Each act is stored at once; of two people the first one counts."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from tasking import delivery, meeting
from tasking.meeting import DecisionResult, sessions
from tasking.meeting.item import Item
from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.meeting import Session
from tasking.model.proposal import Verb
from tasking.pages.access import Person, allowed, host_of
from tasking.pages.approval_form import ApprovalForm, TypedFields, approve_as_typed
from tasking.pages.day_fields import TypedDay, TypedDayOrNone
from tasking.pages.decision_answer import sentences
from tasking.pages.flash import redirect_with_flash
from tasking.pages.meeting_view import items_of_today
from tasking.pages.pagination import MAX_COUNT
from tasking.pages.visible import tasking_for
from tasking.services import Services

router = APIRouter()
_GONE: Final = "This is not an item of today’s meeting any more. Open the meeting again"

Chair = Annotated[Person, Depends(allowed(May.DECIDE))]
ItemKey = Annotated[str, Form(max_length=60)]


class _Here:
    """The meeting that a form was sent from: its services, its items, and the item that the form is about."""

    def __init__(self, request: Request, key: str) -> None:
        self.request = request
        self.services: Services = host_of(request).open_services()
        self.day = meeting.today(self.services.meeting)
        self.session: Session = sessions.open_session(self.services.meeting, self.day)
        self.items: Sequence[Item] = items_of_today(self.services, self.day)
        found = next((number for number, one in enumerate(self.items) if one.key == key), None)
        if found is None:
            raise TaskingError(_GONE)
        self.at = found

    @property
    def item(self) -> Item:
        return self.items[self.at]

    def subject(self) -> str:
        """The proposal or tasking that is decided. Raises TaskingError where the item is no question."""
        if not self.item.is_question:
            raise TaskingError("There is nothing to decide about this item")
        return self.item.subject_id

    def next_key(self) -> str:
        """The item after this one; this one where it is the last."""
        return self.items[min(self.at + 1, len(self.items) - 1)].key

    def go(self, key: str, words: str = "") -> Response:
        """Goes to an item, and says what was done."""
        sessions.go_to(self.services.meeting, self.day, key)
        return self.stay(words, key=key)

    def stay(self, words: str, *, key: str = "") -> Response:
        where = f"{self.request.scope.get('root_path', '')}/meeting?item={key or self.item.key}"
        return redirect_with_flash(where, words) if words else RedirectResponse(where, 303)

    def answered(self, taken: DecisionResult, told: Sequence[str], *, moves_on: bool = True) -> Response:
        """Says what came of a decision, and goes on.

        Raises TaskingError where somebody else decided first, so that what was typed is shown again.
        """
        words = [f"{self.item.named}. {taken.words(self.services.meeting)}", *sentences(told)]
        if not taken.counted:
            raise TaskingError(" ".join(words))
        if not moves_on:
            return self.stay(" ".join(words))
        return self.go(self.next_key(), " ".join(words))


@router.post("/meeting/go")
def go(request: Request, item: ItemKey, person: Chair) -> Response:  # noqa: ARG001 - whoever may decide
    """Goes to an item; whoever follows the meeting sees it too."""
    return _Here(request, item).go(item)


@router.post("/meeting/approve")
def approve(request: Request, item: ItemKey, person: Chair, typed: TypedFields) -> Response:
    """Approves what the item asks, with who does it by when, and goes to the next item."""
    here = _Here(request, item)
    subject_id = here.subject()
    taken = approve_as_typed(here.services, subject_id, person.name, typed)
    if isinstance(taken, ApprovalForm):
        field, words = next(iter(taken.problems.items()))
        raise TaskingError(words, field=field)
    return here.answered(taken, delivery.announce(here.services.delivery, [subject_id]))


@router.post("/meeting/reject")
def reject(
    request: Request, item: ItemKey, person: Chair, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Rejects what the item asks, with the reason, and goes to the next item."""
    here = _Here(request, item)
    if not reason.strip():
        raise TaskingError("Enter the reason", field="reason")
    taken = meeting.decide(here.services.meeting, here.subject(), Verb.REJECT, person.name, reason)
    delivery.refresh_all(here.services.delivery, [here.subject()])
    return here.answered(taken, ())


@router.post("/meeting/skip")
def skip(request: Request, item: ItemKey, person: Chair) -> Response:
    """Leaves the item undecided and goes to the next one."""
    here = _Here(request, item)
    sessions.skip(here.services.meeting, here.day, person.name, item)
    return here.go(here.next_key())


@router.post("/meeting/note")
def note(request: Request, item: ItemKey, person: Chair, words: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Notes something for the minutes."""
    here = _Here(request, item)
    try:
        sessions.add_note(here.services.meeting, here.day, person.name, item, words)
    except TaskingError as error:
        raise TaskingError(str(error), field="words") from error
    return here.stay("Note saved.")


@router.post("/meeting/note/remove")
def remove_note(
    request: Request, item: ItemKey, person: Chair, number: Annotated[int, Form(ge=1, le=MAX_COUNT)]
) -> Response:
    """Takes a note out of the minutes."""
    here = _Here(request, item)
    sessions.remove_note(here.services.meeting, here.day, person.name, number)
    return here.stay("Note removed.")


@router.post("/meeting/tasking")
def add_tasking(
    request: Request,
    item: ItemKey,
    person: Chair,
    what: Annotated[str, Form(min_length=3, max_length=300)],
    owner: Annotated[str, Form(min_length=2, max_length=400)],
    due_on: TypedDay,
    place: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Adds a tasking that the meeting decided on, linked to the item."""
    here = _Here(request, item)
    of_group = here.item.key if here.item.key.startswith("D-") else None
    incident_id = here.item.incident_ids[0] if len(here.item.incident_ids) == 1 else None
    tasking_id = meeting.add_tasking(
        here.services.meeting, person.name, what, owner, place, due_on, incident_id, of_group
    )
    told = delivery.tell_owners(here.services.delivery, [tasking_id])
    return here.stay(" ".join([f"Tasking added: {what.strip()}.", *sentences(told)]))


@router.post("/meeting/change")
def change(
    request: Request,
    item: ItemKey,
    person: Chair,
    tasking_id: Annotated[str, Form(max_length=40)],
    owner: Annotated[str, Form(max_length=400)] = "",
    due_on: TypedDayOrNone = None,
    is_done: Annotated[bool, Form()] = False,
) -> Response:
    """Changes the owner or the date of the item's tasking, or marks it as done."""
    here = _Here(request, item)
    services = here.services
    tasking_for(services, tasking_id, person)
    told: Sequence[str] = ()
    if is_done:
        taken = meeting.decide(services.meeting, tasking_id, Verb.DONE, person.name)
    elif owner.strip():
        taken = meeting.assign(services.meeting, tasking_id, person.name, owner)
        told = delivery.tell_owners(services.delivery, [tasking_id]) if taken.counted else ()
    elif due_on is not None:
        taken = meeting.carry(services.meeting, tasking_id, person.name, due_on)
    else:
        raise TaskingError("Enter a new owner or a new date")
    delivery.refresh_all(services.delivery, [tasking_id])
    return here.answered(taken, told, moves_on=False)


@router.post("/meeting/undo")
def undo(
    request: Request,
    item: ItemKey,
    person: Chair,
    subject: Annotated[str, Form(max_length=60)],
    number: Annotated[int, Form(ge=1, le=MAX_COUNT)],
) -> Response:
    """Takes the newest decision of today on an item back, and goes to that item."""
    here = _Here(request, item)
    undone = next((one for one in here.items if one.subject_id == subject and subject), None)
    if undone is None:
        raise TaskingError(_GONE)
    taken = meeting.undo(here.services.meeting, subject, person.name, number=number)
    delivery.refresh_all(here.services.delivery, [subject, taken.step.subject_id])
    return here.go(undone.key, f"{undone.named}. {taken.words(here.services.meeting)}")
