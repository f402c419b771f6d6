"""The second step: reports become incidents, day by day."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final

import pandas as pd
import structlog

from tasking.linkage.extraction import extract_features, extract_missing
from tasking.linkage.lock import linking_lock
from tasking.linkage.sensitivity import with_sensitivity
from tasking.linkage.service import LinkageService
from tasking.linkage.store import incidents, linked_days, review
from tasking.model.errors import traceback_without_values
from tasking.model.log_context import in_context

log = structlog.get_logger(__name__)

OPEN_DAYS: Final = 4  # deliveries whose reports may still be linked to each other: an incident's lie within 72 hours
CONTINUING_DAYS: Final = 28  # for what is still there: a heap, a car, a camp
_REVIEWS_PER_REPORT: Final = 0.2
_RESTRICTED_SHARE: Final = 0.5  # fixed: the number of public reviews must not show how many restricted ones there are
_LOCK_WAIT_S: Final = 1800  # for another run of linking, which may have months of reports to extract


@in_context
def link(service: LinkageService, day: date, wait_s: float = _LOCK_WAIT_S) -> int:
    """Puts every report received up to `day` into an incident. Returns how many reports were new to linking.

    Days are linked one after the other, each from what was known on it. Whenever and in whatever batches this is
    called, the outcome is the same. Where the outcome of an earlier day changes, the days after it are linked again.
    What another version of the model linked stays as it was. One run of linking at a time, in any process: another
    waits for it, for at most `wait_s`; then TaskingError is raised.
    """
    with linking_lock(service, wait_s):
        extract_missing(service, day)
        try_to_apply_decisions(service)
        version_of = {one.day: one.version for one in linked_days.linked_days(service.warehouse)}
        to_link = {*linked_days.unlinked_days(service.warehouse, day)}
        if version_of.get(day, service.linker.version) == service.linker.version:
            to_link.add(day)
        if not to_link:
            return 0
        later = {one for one in version_of if one > min(to_link)}
        return _link_days(service, sorted(to_link | later), to_link)


def apply_decisions(service: LinkageService) -> None:
    """Links again for the decisions that no run has linked for yet, also those that a killed run left. The caller holds
    the lock."""
    pending = review.pending_relinking(service.warehouse)
    if pending is not None:
        number, first = pending
        relink(service, first)
        review.mark_relinked(service.warehouse, number)


def try_to_apply_decisions(service: LinkageService) -> None:
    """The same; a failure is logged, and the next run tries again. It keeps neither the new day from its briefing nor
    anybody from deciding."""
    try:
        apply_decisions(service)
    except Exception as error:
        log.error("decisions could not be followed", where=traceback_without_values(error))


def relink(service: LinkageService, first: date) -> None:
    """Links the days from `first` on again. The caller holds the lock."""
    days = {one.day for one in linked_days.linked_days(service.warehouse) if one.day >= first} | {first}
    _link_days(service, sorted(days), days)


def _link_days(service: LinkageService, days: Sequence[date], required: set[date]) -> int:
    """Links the required days, and those after a day whose outcome changed. Returns how many reports were new."""
    new, is_changed = 0, False
    kept = frozenset().union(*(_incidents_to_keep(service, day) for day in days))
    for day in days:
        if day in required or is_changed:
            new_of_day, is_day_changed = _link_day(service, day, kept)
            new += new_of_day
            is_changed |= is_day_changed
    linked_days.clear_doubts(service.warehouse, days[-1])
    return new


def _link_day(service: LinkageService, day: date, kept: Collection[str]) -> tuple[int, bool]:
    """Returns how many reports were new to linking, and whether the outcome differs from the one that was stored.
    `kept`: incidents that stay as they are."""
    since, continuing_since = day - timedelta(days=OPEN_DAYS - 1), day - timedelta(days=CONTINUING_DAYS)
    extract_features(service, since, day)
    continuing = service.conventions.categories.continuing
    reports = linked_days.reports_to_link(service.warehouse, day, since, continuing_since, continuing)
    reports["incident_id"] = reports["incident_id"].astype(object)
    # An incident that reaches back further than the open days is closed: reports may join it, and none leaves it.
    closed = incidents.incidents_from_before(service.warehouse, day, since - timedelta(days=OPEN_DAYS), since)
    reports = _with_whole_incidents(service, day, since, reports, closed)
    new_reports = int(reports["incident_id"].isna().sum())
    stored = {report: one.incident_id for report, one in _stored(service, day).items()}
    stored_of_each = reports["report_id"].map(stored)
    is_kept = stored_of_each.isin(kept)
    reports["incident_id"] = reports["incident_id"].where(~is_kept, stored_of_each)
    before = dict(zip(reports["report_id"], reports["incident_id"], strict=True))
    is_open = (reports["day"] >= since) & ~reports["incident_id"].isin(closed) & ~is_kept
    reports["incident_id"] = reports["incident_id"].where(~is_open, None)
    earlier_pairs = review.earlier_review_pairs(service.warehouse, day, continuing_since)
    most_public, most_restricted_reviews = _review_quotas(
        service, day, continuing_since, new_reports, len(earlier_pairs)
    )
    linkage = service.linker.link(
        with_sensitivity(service.conventions.categories, reports),
        decisions=review.decisions(service.warehouse),
        stored=stored,
        incidents_before_day=before,
        earlier_review_pairs=earlier_pairs,
        most_reviews=most_public,
        most_restricted_reviews=most_restricted_reviews,
    )
    return new_reports, linked_days.store_linkage(service.warehouse, day, linkage, new_reports, kept)


def _with_whole_incidents(
    service: LinkageService, day: date, since: date, reports: pd.DataFrame, closed: Collection[str]
) -> pd.DataFrame:
    """The reports, and those from before `since` of closed incidents that have one since: a report joins an incident
    for what it shares with all of its reports, not with the last ones alone."""
    reached = set(reports["incident_id"].dropna()) & set(closed)
    if not reached:
        return reports
    first = since - timedelta(days=OPEN_DAYS)
    older = linked_days.reports_to_link(service.warehouse, day, first, first, ())
    is_missing = older["incident_id"].isin(reached) & ~older["report_id"].isin(reports["report_id"])
    return pd.concat([reports, older[is_missing].astype({"incident_id": object})], ignore_index=True)


def _review_quotas(
    service: LinkageService, day: date, since: date, new_reports: int, earlier_reviews: int
) -> tuple[int, int]:
    """How many clerical reviews a day may still ask for: of public incidents, and of restricted ones."""
    linked = linked_days.linked_days(service.warehouse)
    recent_reports = sum(one.reports for one in linked if since <= one.day < day)
    restricted = review.earlier_restricted_reviews(service.warehouse, day, since)
    most = _REVIEWS_PER_REPORT * (recent_reports + new_reports)
    return (
        max(0, int(most * (1 - _RESTRICTED_SHARE)) - (earlier_reviews - restricted)),
        max(0, int(most * _RESTRICTED_SHARE) - restricted),
    )


def _incidents_to_keep(service: LinkageService, day: date) -> set[str]:
    """The stored incidents of a day and the open days before it that stay as they are, unless somebody decided
    otherwise.

    Those with a report out of which a person was erased, since it has nothing left to link it by; and those that
    another version of the model made: people have already read them.
    """
    stored = _stored(service, day)
    incident = {report: one.incident_id for report, one in stored.items()}
    erased = incidents.erased_reports(service.warehouse, day - timedelta(days=OPEN_DAYS - 1), day)
    kept = {incident[report] for report in erased if report in incident}
    kept |= {one.incident_id for one in stored.values() if one.version != service.linker.version}
    for one in review.decisions(service.warehouse):
        both = incident.get(one.report_a), incident.get(one.report_b)
        if one.alone_until is None and None not in both and (both[0] == both[1]) != one.is_same:
            kept.difference_update(both)
    for one in review.undone_lately(service.warehouse):
        both = incident.get(one.report_a), incident.get(one.report_b)
        if one.alone_until is None and None not in both and (both[0] == both[1]) == one.is_same:
            kept.difference_update(both)
    return kept


def _stored(service: LinkageService, day: date) -> dict[str, incidents.StoredMembership]:
    return incidents.memberships_since(service.warehouse, day - timedelta(days=OPEN_DAYS - 1), day)
