"""An incident is what happened; a link says why two reports are about one."""

from dataclasses import dataclass
from typing import NamedTuple


class Evidence(NamedTuple):
    """One thing that speaks for (weight above 0) or against two reports being one incident; weights are log-odds.

    `comparison` is where, when, what, who, things or told again. `words` name nobody.
    """

    comparison: str
    words: str
    weight: float


class Link(NamedTuple):
    """Two reports, one incident. `score` is between 0 and 1; `evidence` the strongest first."""

    report_a: str
    report_b: str
    score: float
    evidence: tuple[Evidence, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for it, in words."""
        return tuple(one.words for one in self.evidence if one.weight > 0)


class Membership(NamedTuple):
    """A report's place in an incident, and the link by which it came there (none for the first report)."""

    report_id: str
    incident_id: str
    link: Link | None


class Question(NamedTuple):
    """Two incidents that may be one, for a person: their likeliest pair of reports, and why."""

    report_a: str
    report_b: str
    score: float
    evidence: tuple[Evidence, ...]
    is_restricted: bool


class Decision(NamedTuple):
    """A person's word on two reports: one incident, or never one. It wins over the machine's for good."""

    report_a: str
    report_b: str
    is_same: bool


@dataclass(frozen=True)
class Linkage:
    """What linking a day came to: every report given that was in no incident before is in exactly one."""

    memberships: tuple[Membership, ...]
    questions: tuple[Question, ...]
    version: str
