"""What people add to an incident: its status and outcome, notes, photos and documents; and one line of its timeline."""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field


class IncidentState(StrEnum):
    NEW = "new"
    IN_HAND = "in hand"
    CLOSED = "closed"


class Outcome(BaseModel):
    """How an incident can end, as `outcomes` in partnership.yml declares it. `is_passed_on`: to another partner."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(description="what is stored: small letters, digits and _, never changed afterwards")
    label: str = Field(description="what the form and the page of the incident show")
    is_passed_on: bool = Field(default=False, description="the incident goes to another partner, who is then named")


OUTCOMES = (
    Outcome(code="resolved", label="resolved"),
    Outcome(code="passed_on", label="passed to", is_passed_on=True),
    Outcome(code="no_further_action", label="no further action"),
    Outcome(code="not_founded", label="not founded"),
)


class StatusStep(NamedTuple):
    """One change of status. `report_ids`: the reports that the incident had then. `reason` was typed by somebody and
    may name people. `undoes`: the step that this one takes back."""

    step_id: str
    number: int
    day: date
    at: datetime
    actor: str
    status: IncidentState
    outcome: str | None
    passed_to: str | None
    reason: str
    report_ids: tuple[str, ...]
    is_restricted: bool = False
    undoes: str | None = None


class IncidentStatus(NamedTuple):
    """Where an incident stands. `step`: the change that it stands by; None for one that nobody has touched.

    `outcome`: in words, of a closed one. `later_reports`: how many of its reports came to it after that change.
    """

    state: IncidentState = IncidentState.NEW
    outcome: str = ""
    step: StatusStep | None = None
    later_reports: int = 0

    @property
    def words(self) -> str:
        """`closed: passed to West Kent Homes`."""
        return f"{self.state.value}: {self.outcome}" if self.outcome else self.state.value


class Note(NamedTuple):
    """A note on an incident. It may name people. `withdrawn_at`: since when it is not shown any more."""

    note_id: str
    report_id: str
    at: datetime
    actor: str
    text: str
    is_restricted: bool
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None


class Attachment(NamedTuple):
    """A photo or document of an incident. `description`: what it shows, in words. `source`: `hand`, or `feed` for one
    that a partner sent. `thumbnail`: a small JPEG of a photo; None for a document, and where it was removed."""

    attachment_id: str
    report_id: str
    at: datetime
    actor: str
    source: str
    description: str
    media_type: str
    width: int | None
    height: int | None
    size_bytes: int
    is_restricted: bool
    removed_at: datetime | None = None
    removed_by: str | None = None
    removed_reason: str | None = None
    thumbnail: bytes | None = None

    @property
    def is_photo(self) -> bool:
        return self.media_type.startswith("image/")


class MediaLink(NamedTuple):
    """A photo that a partner sent the address of and that is not here. `said`: why not, in words."""

    report_id: str
    feed: str
    state: str
    said: str
    tried_at: datetime | None


class TimelineEntry(NamedTuple):
    """One line of an incident's timeline. `words` name nobody; `details` was typed by somebody and may.

    `at`: None where only the day is known; it then comes first on its day, or `after` a moment. `link`: a page of the
    desk, without its root.
    """

    day: date
    at: datetime | None
    kind: str
    words: str
    actor: str = ""
    details: str = ""
    link: str = ""
    after: datetime | None = None
