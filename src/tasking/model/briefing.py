"""The briefing as a value. The type of each field says who may read it (see clearance).

The version is not part of it: the same input gives the same value, and the same bytes. To add a field, give it a
default and raise `Briefing.SCHEMA` (see model.document). Documents of every schema are in tests/briefing/released.
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
    """Something the meeting is asked to decide, with its evidence.

    `since`: the day on which it was first put to a meeting; None in documents before schema 3.
    """

    proposal_id: Public[str] = ""
    headline: Public[str]
    detail: Public[str]
    evidence: Public[tuple[str, ...]] = ()
    since: Public[date | None] = None
    owner: Public[str] = ""  # who does it, or leads, unless the meeting says otherwise
    due_on: Public[date | None] = None  # by when, or when a group is reviewed first
    is_group: Public[bool] = False
    number: Public[int] = 0  # in which order the meeting is asked, taskings among them; 0 if it was asked before
    incident_ids: DeskOnly[tuple[str, ...]] = ()


class TaskingLine(Classified):
    """A proposal: who does what by when, and why they are asked."""

    proposal_id: Public[str]
    what: Public[str]
    place: Public[str]
    owner: Public[str]
    due_on: Public[date]
    why: Public[str]
    incident_id: DeskOnly[str] = ""
    number: Public[int] = 0  # as in Decision
    risk: Public[tuple[str, ...]] = ()  # as in NightIncident
    harm: DeskOnly[tuple[str, ...]] = ()
    act_by: Public[date | None] = None  # the day that a report names for something still to come


class NightIncident(Classified):
    """One of the incidents that matter most, the most harm first. `risk` is in words that may go to the channel; `harm`
    has each part of its points."""

    label: Public[str]
    place: Public[str | None]
    when: Public[str]
    risk: Public[tuple[str, ...]]
    is_new: Public[bool]  # false: it was reported before, and there is more of it
    reports: Public[int]
    partners: Public[tuple[str, ...]]
    incident_id: DeskOnly[str] = ""
    points: DeskOnly[int] = 0
    harm: DeskOnly[tuple[str, ...]] = ()


class OpenTaskings(Classified):
    """The taskings of earlier meetings: counts, those done since the last meeting, and the overdue ones by name."""

    open: Public[int] = 0
    done: Public[int] = 0
    due_today: Public[int] = 0
    overdue: Public[tuple[str, ...]] = ()


class CaseReviewLine(Classified):
    """An ASB case review that somebody has a right to or has asked for: what comes next, and by when."""

    proposal_id: Public[str]
    reference: Public[str]  # which names nobody
    next_step: Public[str]
    due_on: Public[date]
    is_overdue: Public[bool]


class FollowUpCounts(Classified):
    """The people to contact about what was done, the reports they made, and who of them is late or due today."""

    people: Public[int] = 0
    reports: Public[int] = 0
    overdue: Public[int] = 0
    due_today: Public[int] = 0
    oldest_on: Public[date | None] = None


class CategoryCount(Classified):
    """`usual` is the range in which nine of ten comparable days lie; None if there is too little history.

    `is_unusual`: so many incidents come by chance on one day in twenty at most, over all categories together.
    """

    label: Public[str]
    incidents: Public[int]
    usual: Public[tuple[int, int] | None]
    is_unusual: Public[bool] = False


class IncidentLine(Classified):
    """An incident as it may be shown in public; place is a public name."""

    label: Public[str]
    place: Public[str | None]
    when: Public[str]
    reports: Public[int]
    partners: Public[tuple[str, ...]]
    incident_id: DeskOnly[str] = ""


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
    """One reporting day. Schema 2: the document says its schema. Schema 3: the night, by harm. Schema 4: which incident
    each line of an area is, and how many new reports were taken by hand."""

    SCHEMA: ClassVar[int] = 4
    LEFT_OUT_WHEN_EMPTY: ClassVar[frozenset[str]] = frozenset({"new_by_hand"})  # so that other days keep their bytes
    REDEFINED_SINCE: ClassVar[Mapping[str, int]] = {
        "to_confirm": 2,  # without restricted pairs
        # Proposed by harm, one for each incident; usual by a model; called and placed by all reports.
        **dict.fromkeys(("decisions", "restricted_decisions", "taskings", "categories", "usual_note", "areas"), 3),
        **dict.fromkeys(("trends", "warnings"), 3),
        **dict.fromkeys(("feedback_owed", "feedback_oldest_days"), 3),  # for as long as somebody is to be contacted
    }

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
    night: Public[tuple[NightIncident, ...]] = ()
    waiting_taskings: Public[int] = 0  # proposed to earlier meetings, and not answered
    case_reviews: Public[tuple[CaseReviewLine, ...]] = ()
    follow_ups: Public[FollowUpCounts | None] = None
    new_by_hand: Public[int] = 0
    restricted_taskings: Restricted[tuple[TaskingLine, ...]] = ()

    @property
    def new_reports(self) -> int:
        """Of the partners and by hand."""
        return sum(feed.new for feed in self.feeds) + self.new_by_hand

    @property
    def partners_with_new(self) -> int:
        """Of the partners, those that sent new reports. `partners` counts whoever reported one of the incidents, also
        long before: a partner that is missing today may be one."""
        return len({feed.partner for feed in self.feeds if feed.new})

    @property
    def feeds_complete(self) -> int:
        return sum(feed.is_complete for feed in self.feeds)

    @property
    def is_partial(self) -> bool:
        return self.feeds_complete < len(self.feeds)

    @property
    def words_without_incidents(self) -> str:
        """The sentence if there are no incidents: `A quiet night.` only if every feed is complete."""
        return "No incidents in the reports received." if self.is_partial else "No incidents overnight."


def briefing_or_none(text: str) -> Briefing | None:
    """A stored briefing; None, with an error in the log, if it is damaged."""
    try:
        return Briefing.read(text)
    except TaskingError as error:
        log.error("a stored briefing is damaged", said=str(error))
        return None
