"""Answers by signed link: a recipient accepts a tasking, says that it is done, or that it can't be done. No login."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from tasking.meeting.decisions import decide, today
from tasking.meeting.recipients import recipients_of
from tasking.meeting.service import MeetingService
from tasking.meeting.taskings import BY_HAND, Tasking, public_owner, public_place, taskings
from tasking.model.day import local_time
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Step, Verb
from tasking.model.recipient import Recipient
from tasking.model.signed_link import AnswerLink
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_taskings

LINK_DAYS: Final = 14  # for which a link can be used
MOST_WORDS: Final = 500  # letters in what a recipient adds

_ASK: Final = "Ask the Community Safety Unit that sent it."
_NOT_OURS: Final = (
    "This link is not valid. Open it from the message again and check that it is complete. If it still does not work: "
)
_NOT_OPEN: Final = "You no longer need to answer. The tasking was dropped, changed or given to another owner."
_BY_LINK: Final = " (by link)"


class Answer(StrEnum):
    ACCEPT = "accept"
    DONE = "done"
    CANT = "cant"

    def verb(self, *, leads: bool) -> Verb:
        """The step that an answer is. What several do together is done when the owner who leads says so."""
        done = Verb.DONE if leads else Verb.PART_DONE
        return {Answer.ACCEPT: Verb.ACCEPT, Answer.DONE: done, Answer.CANT: Verb.CANT}[self]


class LinkRefused(TaskingError):
    """A link that can't be used; the message is for the person who opened it. `is_forged`: we did not sign it."""

    def __init__(self, words: str, *, is_forged: bool = False) -> None:
        super().__init__(words)
        self.is_forged = is_forged


@dataclass(frozen=True)
class Question:
    """What a link shows: one tasking for one recipient, and the answers that are still open.

    `said`: what is recorded already, in a sentence; empty before the first answer. `lead`: who leads, as it may be
    shown in public, where that is somebody else.
    """

    tasking: Tasking
    recipient: Recipient
    what: str
    place: str
    answers: tuple[Answer, ...]
    said: str = ""
    lead: str = ""


def answer_token(service: MeetingService, tasking: Tasking, recipient: Recipient, day: date) -> str:
    """The token of a recipient's links for a tasking in the message of a day."""
    return service.signer.token(AnswerLink(tasking.tasking_id, recipient.key, day + timedelta(days=LINK_DAYS)))


def question_of(service: MeetingService, token: str) -> Question:
    """What a link shows. Raises LinkRefused, with words that say nothing of the tasking."""
    link = service.signer.read(token)
    if link is None:
        raise LinkRefused(_NOT_OURS + _ASK.lower(), is_forged=True)
    if today(service) > link.valid_until:
        until = f"{link.valid_until.day} {link.valid_until:%B %Y}"
        raise LinkRefused(f"This link was valid until {until}. Use the link in a newer message. {_ASK}")
    recipient = next((one for one in service.partnership.recipients if one.key == link.recipient_key), None)
    tasking = next((one for one in taskings(service, is_all=True) if one.tasking_id == link.tasking_id), None)
    is_withheld = bool(withheld_taskings(service.warehouse, PUBLIC_VISIBILITY, [link.tasking_id]))
    if recipient is None or tasking is None or is_withheld:
        raise LinkRefused(f"{_NOT_OPEN} {_ASK}")
    given = _last_answer(tasking, recipient)
    if tasking.status != Status.OPEN and (given is None or given.verb != Verb.DONE):
        raise LinkRefused(f"{_over_words(service, tasking)} {_ASK}")
    if tasking.status == Status.OPEN and recipient not in recipients_of(service, tasking):
        raise LinkRefused(f"{_NOT_OPEN} {_ASK}")
    place = public_place(service, tasking.place)
    what = words_for_mail(tasking) or f"the tasking that you were sent: {tasking.tasking_id}"
    what = what[:1].upper() + what[1:]
    lead = "" if _leads(recipient, tasking) else public_owner(service, tasking.owner)
    return Question(tasking, recipient, what, place, _open_answers(given), _said(service, given), lead)


def record_answer(service: MeetingService, token: str, answer: Answer, words: str = "") -> str:
    """Records a recipient's answer as a step. Returns the tasking's id.

    The same answer again changes nothing. Raises LinkRefused where the link can't be used or an answer is recorded that
    excludes this one, and TaskingError where `can't` has no reason.
    """
    question = question_of(service, token)
    recipient, tasking = question.recipient, question.tasking
    given = _last_answer(tasking, recipient)
    verb = answer.verb(leads=not question.lead)
    if given is not None and given.verb == verb:
        return tasking.tasking_id
    if answer not in question.answers:
        raise LinkRefused(f"{question.said} To change it, ring the Community Safety Unit.")
    if answer == Answer.CANT and not words.strip():
        raise TaskingError("Enter why it can’t be done.")
    actor, details = f"{recipient.name}{_BY_LINK}", {"recipient": recipient.key}
    taken = decide(service, tasking.tasking_id, verb, actor, words[:MOST_WORDS], details=details, seen=tasking.standing)
    if not taken.counted and taken.step.verb != verb:
        raise LinkRefused("Someone else changed this tasking at the same time. Open the link again.")
    return tasking.tasking_id


def words_for_mail(tasking: Tasking) -> str:
    """What is to be done, as it may be shown in a message, an export or on a page without login.

    Empty for what a person typed, which may name somebody.
    """
    return tasking.what if tasking.why != BY_HAND else ""


def _leads(recipient: Recipient, tasking: Tasking) -> bool:
    """True for the only owner, and of several for the one who leads."""
    return not tasking.others or recipient.name.casefold() == tasking.owner.casefold()


def _last_answer(tasking: Tasking, recipient: Recipient) -> Step | None:
    """The recipient's newest answer since the tasking was given to somebody or had a new date."""
    new_start = (Verb.TAKE, Verb.ASSIGN, Verb.CARRY, Verb.CARRY_LATE)
    steps = tasking.standing.steps
    begins = max((number for number, step in enumerate(steps) if step.verb in new_start), default=0)
    given = [step for step in steps[begins:] if step.details.get("recipient") == recipient.key]
    return given[-1] if given else None


def _open_answers(given: Step | None) -> tuple[Answer, ...]:
    if given is None:
        return tuple(Answer)
    return (Answer.DONE, Answer.CANT) if given.verb == Verb.ACCEPT else ()


def _said(service: MeetingService, given: Step | None) -> str:
    if given is None:
        return ""
    words = {
        Verb.ACCEPT: "accepted this tasking",
        Verb.DONE: "said that it is done",
        Verb.PART_DONE: "said that your part is done",
    }
    at = local_time(given.at, service.partnership.zone)
    return f"You {words.get(given.verb, 'said that it can’t be done')} {at}."


def _over_words(service: MeetingService, tasking: Tasking) -> str:
    done = tasking.standing.last(Verb.DONE)
    if tasking.status == Status.DONE and done is not None:
        return f"This tasking was recorded as done {local_time(done.at, service.partnership.zone)}."
    return _NOT_OPEN
