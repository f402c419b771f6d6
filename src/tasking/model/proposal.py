"""What people do with a proposal: take, done; approve, reject. The first word counts."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple


class Verb(StrEnum):
    TAKE = "take"
    DONE = "done"
    APPROVE = "approve"
    REJECT = "reject"

    @property
    def step(self) -> str:
        """Verbs of one step exclude each other: what is approved can't be rejected."""
        return "decided" if self in (Verb.APPROVE, Verb.REJECT) else self.value

    @property
    def permission(self) -> str:
        return "decide" if self in (Verb.APPROVE, Verb.REJECT) else "task"


PAST: Final = {Verb.TAKE: "Taken", Verb.DONE: "Done", Verb.APPROVE: "Approved", Verb.REJECT: "Rejected"}


class Step(NamedTuple):
    """One thing that one person did. `reason` stays on the desk."""

    proposal_id: str
    verb: Verb
    actor: str
    at: datetime
    reason: str = ""


class Standing(NamedTuple):
    """Where a proposal stands: its steps, the earliest first."""

    steps: tuple[Step, ...] = ()

    @property
    def open_verbs(self) -> tuple[Verb, ...]:
        """What can still be done with a tasking or a decision of this standing; what is done is not taken any more."""
        past = {step.verb.step for step in self.steps}
        if Verb.DONE.step in past:
            past.add(Verb.TAKE.step)
        return tuple(verb for verb in Verb if verb.step not in past)
