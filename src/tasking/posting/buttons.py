"""What people press in chat: taken, done, approved, rejected. Only for those whom the partnership names."""

from datetime import date
from typing import Final, NamedTuple

from tasking.desk import Desk
from tasking.meeting import decide
from tasking.model.briefing import Briefing
from tasking.model.errors import TaskingError
from tasking.model.partnership import Person
from tasking.model.proposal import Verb, day_of_id
from tasking.posting.briefing import refresh_all
from tasking.warehouse import reading

BUTTONS: Final = (Verb.TAKE, Verb.DONE, Verb.APPROVE, Verb.REJECT)


class Pressed(NamedTuple):
    """What came of a press: did it count, and what the person is told where it did not."""

    counted: bool
    words: str


def press(desk: Desk, slack_user: str, proposal_id: str, verb: Verb, reason: str = "") -> Pressed:
    """Stores what a person did with a proposal and shows it where the briefing stands. A second press changes nothing.

    Raises TaskingError where a channel could not be edited; the step is stored all the same.
    """
    person = person_of(desk, slack_user)
    if person is None or verb not in BUTTONS or verb.permission not in person.may:
        return Pressed(False, "You are not on the list of those who may do this. Ask the CSU's lead to add you.")
    day = proposed_on(desk, proposal_id, verb)
    if day is None:
        return Pressed(False, "This proposal is not known here any more.")
    if verb == Verb.REJECT and not reason.strip():
        return Pressed(False, "A rejection needs a reason.")
    try:
        taken = decide(desk, proposal_id, verb, person.name, reason, by=f"slack:{slack_user}")
    except TaskingError as error:
        return Pressed(False, f"{str(error)[:1].upper()}{str(error)[1:]}.")
    refresh_all(desk, [proposal_id])
    return Pressed(taken.counted or (taken.step.verb, taken.step.actor) == (verb, person.name), taken.words(desk))


def person_of(desk: Desk, slack_user: str) -> Person | None:
    """Whom the partnership lists under this id in Slack."""
    return next((person for person in desk.partnership.people if person.slack == slack_user), None)


def proposed_on(desk: Desk, proposal_id: str, verb: Verb) -> date | None:
    """The day whose briefing made this proposal, in any version; None where none did, or the verb is wrong."""
    day = day_of_id(proposal_id)
    if day is None or (proposal_id[0] == "D") != (verb.permission == "decide"):
        return None
    for _, content in reading.briefings(desk.warehouse, day):
        briefing = Briefing.read(content)
        known = {one.proposal_id for one in briefing.decisions} | {one.proposal_id for one in briefing.taskings}
        if proposal_id in known:
            return day
    return None
