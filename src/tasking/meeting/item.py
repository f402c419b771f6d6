"""One item of a meeting, in two wordings: for the desk, and for what may leave it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """The parts of the meeting, in order."""

    NIGHT = "What matters"
    DECIDE = "To decide"
    EARLIER = "Still to decide from earlier meetings"
    REVIEWS = "Case reviews"
    CONTACT = "People to contact"
    OVERDUE = "Overdue taskings"
    GROUPS = "Groups"


@dataclass(frozen=True)
class Item:
    """One item. `key` names it as long as the meeting sits; `label` is what it is called aloud: 1, 2 or A, B.

    `subject_id`: the proposal or tasking that it is about. `facts`: (what, words). `why`: why it is proposed;
    `harm`: for those who may read details. `paper`: (lead, words) as they may leave the desk. `page`: where more is.
    """

    key: str
    part: Part
    title: str
    paper: tuple[str, str]
    label: str = ""
    subject_id: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    why: tuple[str, ...] = ()
    harm: tuple[str, ...] = ()
    incident_ids: tuple[str, ...] = ()
    page: str = ""

    @property
    def is_question(self) -> bool:
        """True where the meeting approves or rejects it."""
        return self.part in (Part.DECIDE, Part.EARLIER)

    @property
    def named(self) -> str:
        """`A. The Vine`"""
        return f"{self.label}. {self.title}" if self.label else self.title

    @property
    def public_name(self) -> str:
        """`A. The Vine`, as it may leave the desk."""
        lead = f"{self.paper[0]}, {self.key}" if self.part == Part.OVERDUE else self.paper[0]
        return f"{self.label}. {lead}" if self.label else lead


def night_key(incident: str) -> str:
    """The key of the item about an incident of the night."""
    return f"N-{hashlib.sha256(f'night|{incident}'.encode()).hexdigest()[:8]}"
