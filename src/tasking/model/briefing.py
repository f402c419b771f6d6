"""The briefing as a value: what the meeting is told. It holds nothing personal, so every channel may have all of it.

The version is not part of it: the same input gives the same value, and the same bytes.
"""

import hashlib
import json
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decision(_Value):
    """Something the meeting is asked to decide."""

    headline: str
    detail: str


class CategoryCount(_Value):
    """`usual` is the range on comparable days, where history allows one."""

    label: str
    incidents: int
    usual: tuple[int, int] | None


class IncidentLine(_Value):
    """An incident as it may be told in public; place is a public name."""

    label: str
    place: str | None
    when: str
    reports: int
    partners: tuple[str, ...]


class Area(_Value):
    name: str
    incidents: tuple[IncidentLine, ...]


class HotPlace(_Value):
    place: str
    incidents: int
    days: int


class FeedLine(_Value):
    """A feed over the days of the briefing."""

    partner: str
    state: str
    is_complete: bool
    rows_in: int
    new: int
    repeats: int
    revisions: int
    held: int
    out_of_area: int


class HeldLine(_Value):
    partner: str
    reason: str
    rows: int


class Briefing(_Value):
    """One reporting day."""

    partnership: str
    marking: str
    day: date
    covers: tuple[date, ...]
    window_from: datetime
    window_to: datetime
    window_words: str
    notices: tuple[str, ...]
    feeds: tuple[FeedLine, ...]
    decisions: tuple[Decision, ...]
    incidents: int
    partners: int
    categories: tuple[CategoryCount, ...]
    usual_note: str
    hot_places: tuple[HotPlace, ...]
    areas: tuple[Area, ...]
    changed: tuple[str, ...]
    to_confirm: int = 0  # pairs of incidents that may be one
    feedback_owed: int
    held: tuple[HeldLine, ...]
    restricted: str
    ledger_words: str
    is_balanced: bool

    @property
    def new_reports(self) -> int:
        return sum(feed.new for feed in self.feeds)

    @property
    def feeds_complete(self) -> int:
        return sum(feed.is_complete for feed in self.feeds)

    def canonical(self) -> str:
        """The one spelling of this value as JSON."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def content_hash(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()
