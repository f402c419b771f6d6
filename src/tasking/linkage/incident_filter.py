"""Which incidents a list shows, and a row of the list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from tasking.model.casefile import IncidentState
from tasking.warehouse.pagination import Cursor


@dataclass(frozen=True)
class IncidentFilter:
    """Which incidents a list shows; an empty field shows all. `ids` are incidents, by name."""

    since: date | None = None
    until: date | None = None
    category: str = ""
    feed: str = ""
    place: str = ""
    ward: str = ""
    ids: tuple[str, ...] = ()
    first_reported_by: str = ""  # the feed of the first report
    is_shared: bool = False  # by more than one report
    is_restricted: bool = False  # only those that nobody sees without the right
    state: IncidentState | None = None  # only public ones of this status


class SortedBy(StrEnum):
    """What a list of incidents is sorted by, besides the day of the first report."""

    WHAT = "what"
    WHERE = "where"
    WHEN = "when"
    REPORTS = "reports"
    REPORTED_BY = "by"


@dataclass(frozen=True)
class IncidentOrder:
    """An order of incidents. `ranks`: category or feed -> where it comes when sorted as people read it;
    `sign_ranks`: the same of signs of harm, for an incident whose category does not say what happened."""

    by: SortedBy
    is_descending: bool = False
    ranks: Mapping[str, int] = field(default_factory=dict)
    sign_ranks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class IncidentRow:
    """An incident in a list, as its first report has it. `reports`: how many it has; `feeds`: of all of them; `signs`:
    what their texts say of harm, by names of include/harm.yml, where its category does not say what happened."""

    incident_id: str
    day: date
    category: str
    place_name: str | None
    town: str | None
    ward: str | None
    occurred_from: datetime | None
    is_occurred_time_known: bool
    cursor: Cursor
    reports: int = 1
    feeds: tuple[str, ...] = ()
    is_restricted: bool = False
    signs: str = ""
    status: str = ""  # in words; of a list that shows it
