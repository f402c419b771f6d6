"""The steps taken with a proposal or a tasking, and the status that they lead to. The first decision counts."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

_ID: Final = re.compile(r"[DT]-(\d{4})(\d{2})(\d{2})-[0-9a-f]{8}")


def day_of_id(subject_id: str) -> date | None:
    """The day in the id of a proposal (`D-20261022-4f09a1c2`) or of a tasking (`T-...`); None for anything else."""
    found = _ID.fullmatch(subject_id)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


class Verb(StrEnum):
    TAKE = "take"
    ASSIGN = "assign"  # to somebody else
    DONE = "done"
    CARRY = "carry"  # a new date
    CARRY_LATE = "carry late"  # a new date for what has been overdue for too long
    DROP = "drop"
    APPROVE = "approve"
    REJECT = "reject"
    MERGE = "merge"  # into another group, as the same place or a place of its own
    START = "start"  # with a lead, partners, an objective and a day of review
    REVIEW = "review"
    CLOSE = "close"
    REOPEN = "reopen"
    REACH = "reach"  # a warning has reached the rule's numbers
    GROW = "grow"  # more has gathered since
    EXPIRE = "expire"  # not decided in time
    ACCEPT = "accept"  # its owner will do it
    CANT = "can't"  # its owner can't do it, and says why
    PART_DONE = "part done"  # an owner who does not lead has done their part
    LAPSE = "lapse"  # nobody answered a proposed tasking in time
    ESCALATE = "escalate"  # overdue for so long that the chair is informed
    ADD_PLACE = "add place"  # to a group, by hand
    REMOVE_PLACE = "remove place"
    ACKNOWLEDGE = "acknowledge"  # of a case review: the person has been informed that it is being considered
    UNDO = "undo"  # takes back the newest decision, on its own day
    CORRECT = "correct"  # takes it back on a later day, with a reason
    OTHER = "other"  # a step that a newer version stored and this one does not know: it changes nothing here

    @classmethod
    def _missing_(cls, value: object) -> "Verb":  # noqa: ARG003 - of the enumeration
        return cls.OTHER

    @property
    def permission(self) -> str:
        """The permission in `partnership.yml` that a person needs for this step."""
        return "task" if self in OF_TASKINGS else "decide"


OF_TASKINGS: Final = frozenset(
    {Verb.TAKE, Verb.ASSIGN, Verb.ACCEPT, Verb.CANT, Verb.PART_DONE, Verb.DONE, Verb.CARRY, Verb.CARRY_LATE, Verb.DROP}
)


PAST: Final = {
    Verb.TAKE: "Taken", Verb.ASSIGN: "Assigned", Verb.DONE: "Done", Verb.CARRY: "Carried over",
    Verb.CARRY_LATE: "Carried over, late", Verb.DROP: "Dropped", Verb.APPROVE: "Approved", Verb.REJECT: "Rejected",
    Verb.MERGE: "Merged", Verb.START: "Started", Verb.REVIEW: "Reviewed", Verb.CLOSE: "Closed",
    Verb.REOPEN: "Reopened", Verb.ACCEPT: "Accepted", Verb.CANT: "Sent back", Verb.ADD_PLACE: "Place added",
    Verb.REMOVE_PLACE: "Place removed", Verb.ACKNOWLEDGE: "Acknowledged", Verb.UNDO: "Undone",
    Verb.CORRECT: "Corrected", Verb.PART_DONE: "Part done",
}  # fmt: skip


class Status(StrEnum):
    """The status of a proposal (warning to closed) or of a tasking (proposed, open, done, dropped, lapsed)."""

    WARNING = "warning"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    MERGED = "merged"
    EXPIRED = "expired"
    ACTIVE = "active"
    CLOSED = "closed"
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"
    LAPSED = "lapsed"  # a proposed tasking that nobody answered in time; it can still be taken up
    WITHDRAWN = "withdrawn"  # a tasking that nobody touched, and that its briefing no longer proposes


_OF_A_PROPOSAL: Final = {
    Status.WARNING: {Verb.REACH: Status.PROPOSED, Verb.EXPIRE: Status.EXPIRED},
    Status.PROPOSED: {
        Verb.APPROVE: Status.APPROVED, Verb.REJECT: Status.REJECTED, Verb.MERGE: Status.MERGED,
        Verb.EXPIRE: Status.EXPIRED, Verb.GROW: Status.PROPOSED,
    },
    Status.EXPIRED: {Verb.APPROVE: Status.APPROVED},
    Status.APPROVED: {
        Verb.START: Status.ACTIVE, Verb.MERGE: Status.MERGED, Verb.CLOSE: Status.CLOSED,
        Verb.ADD_PLACE: Status.APPROVED, Verb.REMOVE_PLACE: Status.APPROVED, Verb.ACKNOWLEDGE: Status.ACTIVE,
    },
    Status.ACTIVE: {
        Verb.START: Status.ACTIVE, Verb.REVIEW: Status.ACTIVE, Verb.CLOSE: Status.CLOSED, Verb.MERGE: Status.MERGED,
        Verb.ADD_PLACE: Status.ACTIVE, Verb.REMOVE_PLACE: Status.ACTIVE,
    },
    Status.CLOSED: {Verb.REOPEN: Status.ACTIVE},
}  # fmt: skip
_OF_A_TASKING: Final = {
    Status.PROPOSED: {
        Verb.TAKE: Status.OPEN, Verb.ASSIGN: Status.OPEN, Verb.DONE: Status.DONE, Verb.DROP: Status.DROPPED,
        Verb.CARRY: Status.OPEN, Verb.APPROVE: Status.OPEN, Verb.REJECT: Status.DROPPED, Verb.LAPSE: Status.LAPSED,
    },
    Status.LAPSED: {
        Verb.TAKE: Status.OPEN, Verb.ASSIGN: Status.OPEN, Verb.DONE: Status.DONE, Verb.DROP: Status.DROPPED,
        Verb.CARRY: Status.OPEN, Verb.APPROVE: Status.OPEN, Verb.REJECT: Status.DROPPED,
    },
    Status.OPEN: {
        Verb.ASSIGN: Status.OPEN, Verb.DONE: Status.DONE, Verb.DROP: Status.DROPPED, Verb.CARRY: Status.OPEN,
        Verb.CARRY_LATE: Status.OPEN, Verb.ACCEPT: Status.OPEN, Verb.CANT: Status.OPEN, Verb.PART_DONE: Status.OPEN,
        Verb.ESCALATE: Status.OPEN,
    },
}  # fmt: skip
# Steps that are no person's decision.
BY_THE_RULES: Final = frozenset({Verb.GROW, Verb.REACH, Verb.EXPIRE, Verb.LAPSE, Verb.ESCALATE})
# Answers of owners, by link: they decide nothing, and are undone with the decision that they answer.
ANSWERS: Final = frozenset({Verb.ACCEPT, Verb.CANT, Verb.PART_DONE})
BACK: Final = frozenset({Verb.UNDO, Verb.CORRECT})  # steps that take another one back
LIVE: Final = frozenset({Status.WARNING, Status.PROPOSED, Status.APPROVED, Status.ACTIVE})


class Step(NamedTuple):
    """One step taken. `day` is its local day; `reason` and `details` are shown on the desk only.

    `details` of a decision: `owners` (the first one leads), `act` (the same for all steps of one decision).
    """

    subject_id: str
    verb: Verb
    actor: str
    at: datetime
    day: date
    reason: str = ""
    details: Mapping[str, Any] = {}
    due_on: date | None = None
    number: int = 0  # among the steps of its subject, from 1; 0 for one that is not stored
    undoes: int | None = None  # the number of the step that this one takes back

    @property
    def owners(self) -> tuple[str, ...]:
        """Who this step gives the work to, the one who leads first."""
        return tuple(self.details.get("owners", ()))

    @property
    def agreed(self) -> str:
        """`Kent Police and SDC, by Thu 26 Nov`: who does it by when, as a decision says; empty where it does not."""
        due_on = f"by {self.due_on:%a} {self.due_on.day} {self.due_on:%b}" if self.due_on else ""
        if self.due_on and self.due_on.year != self.day.year:
            due_on += f" {self.due_on.year}"
        return ", ".join(filter(None, (" and ".join(self.owners), due_on))) if self.owners else ""


class Standing(NamedTuple):
    """The standing of a proposal or a tasking: its steps, the earliest first, and the status that they lead to.

    `history`: every step that was taken. `steps`: those that count, without any that was taken back.
    """

    history: tuple[Step, ...] = ()
    is_tasking: bool = False
    began_as: Status = Status.PROPOSED

    @property
    def steps(self) -> tuple[Step, ...]:
        undone = {step.undoes for step in self.history if step.undoes is not None}
        return tuple(step for step in self.history if step.undoes is None and step.number not in undone)

    @property
    def status(self) -> Status:
        status = self.began_as
        for step in self.steps:
            status = self._moves(status).get(step.verb, status)
        return status

    @property
    def open_verbs(self) -> frozenset[Verb]:
        """The verbs that its status allows."""
        return frozenset(self._moves(self.status))

    @property
    def last_act(self) -> tuple[Step, ...]:
        """The newest decision of a person that counts, no answer: one step, or those that were taken together."""
        own = [step for step in self.steps if step.verb not in BY_THE_RULES | ANSWERS]
        if not own:
            return ()
        act = own[-1].details.get("act")
        return tuple(step for step in own if step is own[-1] or (act is not None and step.details.get("act") == act))

    def as_of(self, day: date) -> "Standing":
        """Where it stood when the day's briefing was made: people's steps of that day came later, the rules' before."""
        is_before = (step.day < day or (step.day == day and step.verb in BY_THE_RULES) for step in self.history)
        kept = tuple(step for step, counts in zip(self.history, is_before, strict=True) if counts)
        return self._replace(history=kept)

    def last(self, *verbs: Verb) -> Step | None:
        """The newest of the steps with one of these verbs."""
        return next((step for step in reversed(self.steps) if step.verb in verbs), None)

    def _moves(self, status: Status) -> Mapping[Verb, Status]:
        return (_OF_A_TASKING if self.is_tasking else _OF_A_PROPOSAL).get(status, {})
