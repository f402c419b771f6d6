"""An incident is what happened; a link says why two reports are about one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """Two reports, one incident, with the reasons in words. `score` is between 0 and 1."""

    report_a: str
    report_b: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Membership:
    """A report's place in an incident, and the link by which it came there (none for the first report)."""

    report_id: str
    incident_id: str
    link: Link | None


@dataclass(frozen=True)
class Linkage:
    """What linking came to: every report given is in exactly one incident."""

    memberships: tuple[Membership, ...]
    version: str
