"""Which incidents a list shows, and a row of the list."""

from dataclasses import dataclass
from datetime import date, datetime

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


@dataclass(frozen=True)
class IncidentRow:
    """An incident in a list, as its first report has it. `reports`: how many it has; `feeds`: of all of them."""

    incident_id: str
    day: date
    category: str
    place_name: str | None
    town: str | None
    ward: str | None
    received_at: datetime
    occurred_from: datetime | None
    is_occurred_time_known: bool
    cursor: Cursor
    reports: int = 1
    feeds: tuple[str, ...] = ()
    is_restricted: bool = False

    @property
    def happened(self) -> datetime:
        return self.occurred_from or self.received_at
