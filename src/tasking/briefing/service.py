"""What composing a day's briefing needs: the declarations, the warehouse and the meeting."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tasking.briefing import store
from tasking.config.harm import Harm
from tasking.meeting.service import MeetingService
from tasking.model.partnership import Partnership
from tasking.warehouse import Warehouse


@dataclass(frozen=True)
class BriefingService:
    """Composes and stores the versions of a day's briefing."""

    partnership: Partnership
    partners: Mapping[str, str]  # feed -> partner
    labels: Mapping[str, str]  # of categories, by code
    harm: Harm
    linkage_version: str
    declarations_hash: str
    warehouse: Warehouse
    meeting: MeetingService

    def days(self, until: date | None, most: int) -> list[date]:
        """The days that have a briefing, the newest first; also those up to `until`, if it is given."""
        return store.briefing_days(self.warehouse, until, most)

    def newest_day(self) -> date | None:
        """The newest day that has a briefing."""
        return store.newest_day(self.warehouse)

    def versions(self, day: date) -> list[int]:
        """The versions of a day's briefing, the oldest first."""
        return [version for version, _ in store.briefings(self.warehouse, day)]

    def days_naming(self, incident_id: str, since: date) -> list[date]:
        """The days from `since` on whose newest briefing names an incident, the newest first."""
        return store.days_naming(self.warehouse, incident_id, since)

    def newest(self, day: date) -> tuple[int, str] | None:
        """The newest version of a day's briefing and its content, as canonical JSON."""
        return newest_briefing(self.warehouse, day)

    def last_versions(self, day: date, most: int, until: int | None = None) -> list[tuple[int, str]]:
        """The newest `most` versions of a day's briefing with their content, none after version `until`; the oldest of
        them first."""
        return store.last_briefings(self.warehouse, day, most, until)


def newest_briefing(warehouse: Warehouse, day: date) -> tuple[int, str] | None:
    """The newest version of a day's briefing and its content, for those who have a warehouse and no service."""
    return store.latest_briefing(warehouse, day)
