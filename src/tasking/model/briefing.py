"""The briefing as a value. The type of each field says who may read it (see clearance).

The version is not part of it: the same input gives the same value, and the same bytes. To add a field, give it a
default and raise `Briefing.SCHEMA` (see model.document). Documents of every schema stand in tests/briefing/released.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar

import structlog

from tasking.model.clearance import Classified, DeskOnly, Public, Restricted
from tasking.model.document import Document
from tasking.model.errors import TaskingError

log = structlog.get_logger(__name__)


class Decision(Classified):
    """Something the meeting is asked to decide, with what it rests on."""

    proposal_id: Public[str] = ""
    headline: Public[str]
    detail: Public[str]
    evidence: Public[tuple[str, ...]] = ()


class TaskingLine(Classified):
    """A proposal: who does what by when, and why they are asked."""

    proposal_id: Public[str]
    what: Public[str]
    place: Public[str]
    owner: Public[str]
    due_on: Public[date]
    why: Public[str]
    incident_id: DeskOnly[str] = ""


class OpenTaskings(Classified):
    """The taskings of earlier meetings: counts, those done since the last meeting, and the overdue ones by name."""

    open: Public[int] = 0
    done: Public[int] = 0
    due_today: Public[int] = 0
    overdue: Public[tuple[str, ...]] = ()


class CategoryCount(Classified):
    """`usual` is the range on comparable days; None if there is too little history."""

    label: Public[str]
    incidents: Public[int]
    usual: Public[tuple[int, int] | None]


class IncidentLine(Classified):
    """An incident as it may be told in public; place is a public name."""

    label: Public[str]
    place: Public[str | None]
    when: Public[str]
    reports: Public[int]
    partners: Public[tuple[str, ...]]


class Area(Classified):
    name: Public[str]
    incidents: Public[tuple[IncidentLine, ...]]


class HotPlace(Classified):
    place: Public[str]
    incidents: Public[int]
    days: Public[int]


class MapCell(Classified):
    """Public incidents in one cell of the H3 grid, resolution 8 (about 0.7 km2, so no house can be identified)."""

    cell: Public[str]
    today: Public[int]
    recent: Public[int]  # of the last 28 days


class Trend(Classified):
    """Incidents a day of one category, the oldest day first; None for a day on which a feed was missing."""

    label: Public[str]
    days: Public[tuple[int | None, ...]]
    usual: Public[tuple[int, int]]


class FeedLine(Classified):
    """A feed over the days of the briefing. `reason` may quote the headings of the partner's file."""

    LEFT_OUT_WHEN_EMPTY: ClassVar[frozenset[str]] = frozenset({"ignored"})  # so that older documents keep their bytes
    NOT_COMPARED: ClassVar[frozenset[str]] = frozenset(
        {"reason"}
    )  # worded differently at each poll; notices hold what matters
    partner: Public[str]
    state: Public[str]
    is_complete: Public[bool]
    rows_in: Public[int]
    new: Public[int]
    repeats: Public[int]
    revisions: Public[int]
    held: Public[int]
    out_of_area: Public[int]
    ignored: Public[int] = 0
    reason: DeskOnly[str] = ""


class HeldLine(Classified):
    partner: Public[str]
    reason: Public[str]
    rows: Public[int]


class Briefing(Document):
    """One reporting day. Schema 2: the document says its schema."""

    SCHEMA: ClassVar[int] = 2
    REDEFINED_SINCE: ClassVar[Mapping[str, int]] = {"to_confirm": 2}  # since schema 2, without restricted pairs

    partnership: Public[str]
    marking: Public[str]
    day: Public[date]
    covers: Public[tuple[date, ...]]
    window_from: Public[datetime]
    window_to: Public[datetime]
    window_words: Public[str]
    notices: Public[tuple[str, ...]]
    feeds: Public[tuple[FeedLine, ...]]
    decisions: Public[tuple[Decision, ...]]
    warnings: Public[tuple[str, ...]] = ()  # what is one short of a rule's numbers
    taskings: Public[tuple[TaskingLine, ...]] = ()
    open_taskings: Public[OpenTaskings] = OpenTaskings()
    incidents: Public[int]
    partners: Public[int]
    categories: Public[tuple[CategoryCount, ...]]
    usual_note: Public[str]
    hot_places: Public[tuple[HotPlace, ...]]
    areas: Public[tuple[Area, ...]]
    changed: Public[tuple[str, ...]]
    to_confirm: Public[int] = 0  # pairs of incidents that may be one
    feedback_owed: Public[int]
    feedback_oldest_days: Public[int] = 0
    held: Public[tuple[HeldLine, ...]]
    restricted: Public[str]
    restricted_incidents: Restricted[tuple[str, ...]] = ()  # references for the restricted route
    restricted_decisions: Restricted[tuple[Decision, ...]] = ()
    ledger_words: Public[str]
    is_balanced: Public[bool]
    map_cells: Public[tuple[MapCell, ...]] = ()
    trends: Public[tuple[Trend, ...]] = ()

    @property
    def new_reports(self) -> int:
        return sum(feed.new for feed in self.feeds)

    @property
    def feeds_complete(self) -> int:
        return sum(feed.is_complete for feed in self.feeds)

    @property
    def is_partial(self) -> bool:
        return self.feeds_complete < len(self.feeds)

    @property
    def words_without_incidents(self) -> str:
        """The sentence if there are no incidents: `A quiet night.` only if every feed is complete."""
        return "No incidents in what has come in." if self.is_partial else "A quiet night."


def briefing_or_none(text: str) -> Briefing | None:
    """A stored briefing; None, with an error in the log, if it is damaged."""
    try:
        return Briefing.read(text)
    except TaskingError as error:
        log.error("a stored briefing is damaged", said=str(error))
        return None
