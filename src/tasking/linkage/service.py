"""The service of linkage: what linking is given, and what commands and pages read of incidents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from tasking.config.feed import Feed
from tasking.config.harm import Harm
from tasking.intake.conventions import Conventions
from tasking.linkage import restricted_register
from tasking.linkage.features import FeatureExtractor
from tasking.linkage.incident_filter import IncidentFilter, IncidentOrder, IncidentRow
from tasking.linkage.linker import DECIDED_BY_A_PERSON, Linker
from tasking.linkage.restricted_register import RegisterRow
from tasking.linkage.sensitivity import with_sensitivity
from tasking.linkage.series import find_series
from tasking.linkage.store import (
    features,
    incident_export,
    incident_list,
    incident_orders,
    incident_signs,
    merges,
    restricted_list,
    review,
)
from tasking.linkage.store import incidents as incident_store
from tasking.linkage.strength import EVEN_SCORE, match_strength, shown_evidence
from tasking.model.partnership import Partnership
from tasking.places import Gazetteer
from tasking.warehouse import Warehouse
from tasking.warehouse.pagination import Cursor
from tasking.warehouse.visibility import Visibility


@dataclass(frozen=True)
class LinkageService:
    """What linking needs, and the reads of incidents that commands and pages use."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    conventions: Conventions
    gazetteer: Gazetteer
    extractor: FeatureExtractor
    linker: Linker
    harm: Harm
    warehouse: Warehouse
    clock: Callable[[], datetime]
    key: str = ""

    def incidents(
        self,
        wanted: IncidentFilter,
        visibility: Visibility,
        after: Cursor | None,
        most: int,
        *,
        is_oldest_first: bool = False,
    ) -> list[IncidentRow]:
        """Incidents, a page at a time."""
        return incident_list.incidents(self.warehouse, wanted, visibility, after, most, is_oldest_first=is_oldest_first)

    def sorted_incidents(
        self, wanted: IncidentFilter, visibility: Visibility, order: IncidentOrder, span: range, most_sorted: int
    ) -> tuple[list[IncidentRow], int] | None:
        """The incidents of a span of the list in another order, with how many there are; None for more than
        `most_sorted`."""
        return incident_orders.sorted_incidents(self.warehouse, wanted, visibility, order, span, most_sorted)

    def incident_count(self, wanted: IncidentFilter, visibility: Visibility, most: int) -> int:
        """How many incidents fit, counted up to `most`."""
        return incident_orders.incident_count(self.warehouse, wanted, visibility, most)

    def located(self, wanted: IncidentFilter, visibility: Visibility) -> list[dict[str, Any]]:
        """The incidents in the area, each where and when its first report has it."""
        return incident_list.located(self.warehouse, wanted, visibility)

    def public_incidents(self, first: date, last: date) -> list[dict[str, Any]]:
        """One row for each public incident first reported on these days, the oldest first."""
        return incident_export.public_incidents(self.warehouse, first, last)

    def register(
        self, wanted: IncidentFilter, visibility: Visibility, after: Cursor | None, most: int
    ) -> list[RegisterRow]:
        """Restricted incidents with their harm, a page at a time."""
        return restricted_register.register_rows(self, wanted, visibility, after, most)

    def register_size(self, visibility: Visibility) -> int:
        """How many restricted incidents somebody may see."""
        return restricted_list.restricted_count(self.warehouse, visibility)

    def incidents_named(self, reference: str, feeds: Sequence[str], visibility: Visibility) -> list[str]:
        """The incidents with this id, or with a report of this reference in one of the feeds."""
        return incident_list.incidents_named(self.warehouse, reference, feeds, visibility)

    def signs_of(self, incident_ids: Sequence[str]) -> dict[str, str]:
        """Incident -> the signs of harm in the texts of its reports, for those that have any."""
        return incident_signs.signs_of(self.warehouse, incident_ids)

    def incidents_now(self, incident_ids: Sequence[str], visibility: Visibility) -> dict[str, str]:
        """Incident -> the incident that its reports are in now, as far as somebody may see it."""
        return incident_list.incidents_now(self.warehouse, incident_ids, visibility)

    def reports_side_by_side(self, incident_id: str, visibility: Visibility) -> list[dict[str, Any]]:
        """The reports of an incident, with why each is in it: `evidence` as people are shown it, `strength` of the link
        in words, and `merged_by`, (who, when, why) where a person put it there."""
        rows = incident_list.reports_side_by_side(self.warehouse, incident_id, visibility)
        by_id = {row["report_id"]: row for row in rows}
        merged_by = merges.merges_among(self.warehouse, list(by_id))
        for row in rows:
            other = by_id.get(row["linked_to"])
            pair = frozenset((row["report_id"], row["linked_to"] or ""))
            is_by_hand = (
                row["score"] is None or row["score"] < EVEN_SCORE or row["evidence"][:1] == (DECIDED_BY_A_PERSON,)
            )
            row["merged_by"] = merged_by.get(pair) if is_by_hand else None
            row["strength"] = match_strength(row["score"]) if other else None
            row["evidence"] = shown_evidence(row["evidence"], row, other, self.linker.lexicon) if other else ()
        return rows

    def decisions_on(self, report_ids: Sequence[str], visibility: Visibility) -> list[dict[str, Any]]:
        """People's decisions on any of these reports."""
        return incident_list.decisions_on(self.warehouse, report_ids, visibility)

    def newest_decision_by(self, actor: str, visibility: Visibility) -> tuple[str, datetime, bool] | None:
        """(report, time, whether it is one incident with the other) of somebody's newest decision of today that nobody
        took back."""
        zone = self.partnership.zone
        since = datetime.combine(self.clock().astimezone(zone).date(), time(), zone)
        return review.newest_by(self.warehouse, actor, since, visibility)

    def links(self, first: date, last: date) -> list[dict[str, Any]]:
        """Each report received on these days, with its incident and why it is in it."""
        return incident_store.links(self.warehouse, first, last)

    def first_day(self) -> date | None:
        """The day of the oldest report."""
        return features.first_days(self.warehouse)[0]

    def unreadable_reports(self, day: date) -> dict[str, int]:
        """Feed -> how many reports of the days that the briefing of `day` covers could not be read for linking."""
        return features.unreadable_counts(self.warehouse, self.partnership.calendar.days_covered(day)[0], day)

    def series(self, first: date, last: date) -> list[dict[str, Any]]:
        """One row a report of an incident that is one of several of one problem."""
        reports = incident_store.reports_in_incidents(self.warehouse, first, last)
        if reports.empty:
            return []
        by_incident = reports.groupby("incident_id", sort=False)
        return [
            {"series_id": one.series_id, "incident_id": one.incident_id, "feed": row.feed, "source_ref": row.source_ref,
             "why": one.why}
            for one in find_series(self.linker, with_sensitivity(self.conventions.categories, reports))
            for row in by_incident.get_group(one.incident_id).itertuples()
        ]  # fmt: skip
