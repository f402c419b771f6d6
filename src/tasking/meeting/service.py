"""The service of the meeting: what its decisions are given by the rest of the product."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from tasking.config.feed import Feed
from tasking.config.rule import Rule
from tasking.meeting.store import proposals as store
from tasking.meeting.store import tasking_ids
from tasking.meeting.store import taskings as tasking_store
from tasking.model.partnership import Partnership
from tasking.model.proposal import Standing, Step
from tasking.model.signed_link import LinkSigner
from tasking.model.trigger import Proposal
from tasking.warehouse import Warehouse


@dataclass(frozen=True)
class MeetingService:
    """What proposals, taskings, groups and follow-ups need: declarations, the warehouse and a clock."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    labels: Mapping[str, str]  # of categories, by code
    rules: Sequence[Rule]
    public_name: Callable[[str], tuple[str | None, str | None]]  # of a place, and of its town
    find_place: Callable[[str], tuple[str, float, float] | None]  # public name, easting, northing
    warehouse: Warehouse
    clock: Callable[[], datetime]
    signer: LinkSigner  # of links by which recipients answer

    def store_proposals(self, raised: Sequence[tuple[Proposal, str]], by: str) -> set[str]:
        """Stores proposals, each once, with a note for the log. Returns the ids of those that were new."""
        return store.store_proposals(self.warehouse, raised, by, self.clock())

    def take_step(self, step: Step, by: str) -> Step | None:
        """Stores a step and logs it under `by`. Returns the step; the last one if the status does not allow it."""
        return store.take_step(self.warehouse, step, by)

    def standings(self, subject_ids: Iterable[str]) -> dict[str, Standing]:
        """The standing of proposals and taskings, by id; one without any step has an empty standing."""
        return store.standings(self.warehouse, subject_ids)

    def is_tasking(self, tasking_id: str) -> bool:
        """True where there is a tasking of this id."""
        return tasking_store.is_tasking(self.warehouse, tasking_id)

    def live_taskings(self) -> list[str]:
        """The ids of the taskings that are proposed or open."""
        return tasking_ids.live_taskings(self.warehouse)

    def taskings_over_since(self, day: date) -> list[str]:
        """The ids of the taskings that ended or were withdrawn on or after a local day; some are taken up again."""
        moment = datetime.combine(day, time(), self.partnership.zone)
        return tasking_ids.taskings_over_since(self.warehouse, moment, day)

    def taskings_of_proposal(self, proposal_id: str) -> list[str]:
        """The ids of the taskings of a group."""
        return tasking_ids.taskings_of_proposal(self.warehouse, proposal_id)

    def incidents_of_taskings(self, incident_ids: Iterable[str]) -> dict[str, str]:
        """Tasking id -> its incident, of the taskings of some incidents."""
        return tasking_store.incidents_of_taskings(self.warehouse, incident_ids)

    def wards_of_incidents(self, incident_ids: Iterable[str]) -> dict[str, str]:
        """Incident -> the ward of its first report, for current incidents in a ward."""
        found = tasking_store.places_of_incidents(self.warehouse, list(incident_ids))
        return {incident: row["ward"] for incident, row in found.items() if row["ward"]}

    def reports_as_of(self, report_ids: Sequence[str], day: date) -> list[dict[str, Any]]:
        """The fields of reports that evidence quotes, as they were on a day; the earliest received first."""
        return store.reports_as_of(self.warehouse, report_ids, day)

    def raised_on(self, day: date) -> list[Proposal]:
        """The proposals that the rules raised on a day."""
        return [one for one in store.proposals(self.warehouse, day) if one.raised_on == day]
