"""Values of linkage: incidents, links and their evidence, clerical review."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

QuestionKind = Literal["merge", "part"]


class Evidence(NamedTuple):
    """Evidence for (weight above 0) or against two reports being one incident; weights are log-odds.

    `comparison` is where, when, what, who, things or told again. `words` name nobody.
    """

    comparison: str
    words: str
    weight: float


class Link(NamedTuple):
    """Two reports of one incident. `score` is between 0 and 1; `evidence` the heaviest first."""

    report_a: str
    report_b: str
    score: float
    evidence: tuple[Evidence, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The evidence for it, in words."""
        return tuple(one.words for one in self.evidence if one.weight > 0)


class Membership(NamedTuple):
    """A report's incident, and the link that brought it there (None for the first report)."""

    report_id: str
    incident_id: str
    link: Link | None


class ReviewPair(NamedTuple):
    """A pair for clerical review, and the evidence: `merge`, the likeliest pair of reports of two incidents that may be
    one; `part`, a report that may not belong to its incident, and the report of it that it is most like."""

    report_a: str
    report_b: str
    score: float
    evidence: tuple[Evidence, ...]
    is_restricted: bool
    kind: QuestionKind


class Decision(NamedTuple):
    """A person's decision on two reports: one incident, or never one. It is permanent.

    With `alone_until` it is on one report, named twice: no run of linking lets a report delivered up to that day join
    it (`date.max`: no report at all); a person still may.
    """

    report_a: str
    report_b: str
    is_same: bool
    alone_until: date | None = None


@dataclass(frozen=True)
class Linkage:
    """The outcome of linking a day: every report given that was in no incident before is in exactly one."""

    memberships: tuple[Membership, ...]
    review_pairs: tuple[ReviewPair, ...]
    version: str
