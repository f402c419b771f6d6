"""Buttons in chat: take, done, approve, reject, undo. They count only for people whom `partnership.yml` lists."""

import re
from datetime import date
from typing import Final, NamedTuple

from tasking.delivery.service import DeliveryService
from tasking.delivery.work import announce
from tasking.meeting import DecisionResult, approve, decide, standing_of, undo
from tasking.model.errors import TaskingError
from tasking.model.partnership import Person
from tasking.model.proposal import Verb, day_of_id
from tasking.model.text import sentence
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import readable_proposals, withheld_taskings

BUTTONS: Final = (Verb.TAKE, Verb.DONE, Verb.APPROVE, Verb.REJECT, Verb.UNDO)
_OF_PROPOSALS: Final = (Verb.APPROVE, Verb.REJECT, Verb.UNDO)
NOT_LISTED: Final = "You do not have access to this button. Ask the CSU's lead to add you."
NOT_SAID_WHAT: Final = (
    "This button is from an older message and does not say which decision it undoes. Use the button that the message "
    "shows now, or the Tasking desk."
)
_NUMBERED: Final = re.compile(r"(tasking:undo:[^:]+):([1-9][0-9]{0,5})")
NOT_KNOWN: Final = "There is no such proposal any more."


class Answers(NamedTuple):
    """What somebody filled in: why, and who does what by when."""

    reason: str = ""
    owners: tuple[str, ...] = ()
    due_on: date | None = None
    objective: str = ""


class PressResult(NamedTuple):
    """The result of a press: whether it counted, and what to answer if it did not.

    `is_shown`: the briefing shows the proposal or tasking, so it must be edited.
    """

    counted: bool
    words: str
    is_shown: bool = False


def press(service: DeliveryService, slack_user: str, proposal_id: str, verb: Verb, reason: str = "") -> PressResult:
    """Stores what a person did with a proposal and edits the briefings that show it. A second press changes nothing.

    Raises TaskingError if a channel could not be edited; the step is stored all the same.
    """
    pressed = decide_press(service, slack_user, proposal_id, verb, reason)
    if pressed.is_shown:
        announce(service, [proposal_id])
    return pressed


def decide_press(
    service: DeliveryService,
    slack_user: str,
    proposal_id: str,
    verb: Verb,
    answers: Answers | str = "",
    number: int | None = None,
) -> PressResult:
    """Stores what a person did with a proposal, in one transaction. Messages in chat are not edited.

    `answers`: what was filled in, or a reason alone. `number`: of the decision that a button undoes; a button without
    one, of a message from before buttons had it, undoes nothing.
    """
    given = Answers(answers) if isinstance(answers, str) else answers
    person = person_of(service, slack_user)
    if person is None or not may_press(service, person, proposal_id, verb):
        return PressResult(False, NOT_LISTED)
    if proposed_on(service, proposal_id, verb) is None:
        return PressResult(False, NOT_KNOWN)
    if verb == Verb.REJECT and not given.reason.strip():
        return PressResult(False, "Enter a reason for rejecting it.")
    if verb == Verb.UNDO and number is None:
        return PressResult(False, NOT_SAID_WHAT, is_shown=True)
    try:
        taken = _decide(service, person, proposal_id, verb, given, number)
    except TaskingError as error:
        return PressResult(False, sentence(str(error)), is_shown=True)
    is_theirs = (taken.step.verb, taken.step.actor) == (verb, person.name)
    return PressResult(taken.counted or is_theirs, taken.words(service.meeting), is_shown=True)


def _decide(
    service: DeliveryService, person: Person, subject_id: str, verb: Verb, given: Answers, number: int | None
) -> DecisionResult:
    by = f"slack:{person.slack}"
    if verb == Verb.APPROVE:
        return approve(
            service.meeting, subject_id, person.name, given.reason, owners=given.owners, due_on=given.due_on,
            objective=given.objective, by=by,
        )  # fmt: skip
    if verb == Verb.UNDO:
        return undo(service.meeting, subject_id, person.name, by=by, number=number)
    return decide(service.meeting, subject_id, verb, person.name, given.reason, by=by)


def may_press(service: DeliveryService, person: Person | None, subject_id: str, verb: Verb) -> bool:
    """True if a person is listed with the right for a button; to undo, with the right for what is undone."""
    if person is None or verb not in BUTTONS:
        return False
    needed: Verb = verb
    if verb == Verb.UNDO:
        act = standing_of(service.meeting, subject_id).last_act
        needed = act[0].verb if act else verb
    return needed.permission in person.may


def verb_and_id(action: str) -> tuple[Verb | None, str]:
    """The verb and proposal of a button, from its action id (`tasking:take:T-20261022-4f09a1c2`).

    (None, "") for a button that is not ours.
    """
    parts = _NUMBERED.sub(r"\1", action).split(":")
    if len(parts) != 3 or parts[0] != "tasking" or parts[1] not in set(Verb):
        return None, ""
    return Verb(parts[1]), parts[2]


def number_of(action: str) -> int | None:
    """The number of the decision that a button undoes (`tasking:undo:T-20261022-4f09a1c2:3`); None without one."""
    numbered = _NUMBERED.fullmatch(action)
    return int(numbered[2]) if numbered else None


def person_of(service: DeliveryService, slack_user: str) -> Person | None:
    """The person whom the partnership lists under this Slack id."""
    return next((person for person in service.partnership.people if person.slack == slack_user), None)


def proposed_on(service: DeliveryService, proposal_id: str, verb: Verb) -> date | None:
    """The day on which this was publicly proposed; None if it was not, or if the verb does not apply.

    Restricted matters are never in chat, so a button for one, or for what has since become one, does not count.
    """
    day = day_of_id(proposal_id)
    if day is None or (proposal_id[0] == "D" and verb not in _OF_PROPOSALS):
        return None
    if proposal_id[0] == "T":
        is_public = not withheld_taskings(service.warehouse, PUBLIC_VISIBILITY, [proposal_id])
        return day if is_public and service.meeting.is_tasking(proposal_id) else None
    return day if readable_proposals(service.warehouse, [proposal_id], PUBLIC_VISIBILITY) else None
