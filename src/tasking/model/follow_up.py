"""Follow-ups: a person who asked to hear what was done is contacted, or the follow-up is cancelled with a reason."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple


class How(StrEnum):
    """How somebody was contacted."""

    VISIT = "visit"
    CALL = "call"
    LETTER = "letter"
    EMAIL = "e-mail"
    NOT_RECORDED = "not recorded"  # of feedback given before follow-ups were kept


class Result(StrEnum):
    """What came of a contact."""

    REACHED = "reached"
    LEFT_MESSAGE = "left a message"
    SENT = "sent"
    NO_ANSWER = "no answer"
    WRONG_CONTACT = "wrong number or address"


class Verb(StrEnum):
    CONTACT = "contact"
    CANCEL = "cancel"
    UNDO = "undo"


class State(StrEnum):
    OPEN = "open"
    CONTACTED = "contacted"
    CANCELLED = "cancelled"


_IN_PERSON: Final = (Result.REACHED, Result.LEFT_MESSAGE, Result.NO_ANSWER, Result.WRONG_CONTACT)
_IN_WRITING: Final = (Result.SENT, Result.WRONG_CONTACT)
RESULTS: Final[Mapping[How, tuple[Result, ...]]] = {
    How.VISIT: _IN_PERSON, How.CALL: _IN_PERSON, How.LETTER: _IN_WRITING, How.EMAIL: _IN_WRITING,
}  # fmt: skip
TRIES: Final = frozenset({Result.NO_ANSWER, Result.WRONG_CONTACT})  # after which a follow-up stays open


class Contact(NamedTuple):
    """A contact to record. `note` is shown on the desk only."""

    how: How
    partner: str
    contacted_at: datetime
    result: Result
    note: str = ""


class Act(NamedTuple):
    """One act on the follow-up of some reports.

    `day`: the local day on which it was recorded. `note`: of a cancellation, the reason. `undoes`: of an undo, the
    number of the act that it takes back.
    """

    number: int
    verb: Verb
    day: date
    at: datetime
    actor: str
    report_ids: tuple[str, ...]
    partner: str = ""
    how: How | None = None
    contacted_at: datetime | None = None
    result: Result | None = None
    note: str = ""
    undoes: int | None = None

    @property
    def settles(self) -> bool:
        """True where its reports need no follow-up after it."""
        return self.verb == Verb.CANCEL or (self.verb == Verb.CONTACT and self.result not in TRIES)

    @property
    def state(self) -> State:
        """The state of a follow-up that it settles."""
        return State.CANCELLED if self.verb == Verb.CANCEL else State.CONTACTED


class Counts(NamedTuple):
    """The people to contact and the reports they made, without restricted ones.

    `oldest_on`: the day on which the first of the reports was received.
    """

    people: int = 0
    reports: int = 0
    overdue: int = 0
    due_today: int = 0
    oldest_on: date | None = None

    @property
    def words(self) -> str:
        """`3 people to contact (4 reports), oldest since Mon 23 Nov, 1 overdue`; `nobody to contact` for none."""
        if self.oldest_on is None:
            return "nobody to contact"
        people = "1 person" if self.people == 1 else f"{self.people} people"
        reports = "1 report" if self.reports == 1 else f"{self.reports} reports"
        since = f"{self.oldest_on:%a} {self.oldest_on.day} {self.oldest_on:%b}"
        overdue = f", {self.overdue} overdue" if self.overdue else ""
        return f"{people} to contact ({reports}), oldest since {since}{overdue}"


def acts_in_force(acts: Iterable[Act]) -> list[Act]:
    """The contacts and cancellations that nobody has undone, the earliest first."""
    ordered = sorted(acts, key=lambda act: act.number)
    undone = {act.undoes for act in ordered if act.verb == Verb.UNDO}
    return [act for act in ordered if act.verb != Verb.UNDO and act.number not in undone]
