"""Which reports of a delivery are held: by the feed's suite, or because the reference belongs to another report."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from tasking.config.feed import Feed
from tasking.intake.identity import ReportedEvent, is_another_event, report_ids
from tasking.intake.quality.suites import CheckResult, check
from tasking.intake.service import IntakeService
from tasking.intake.store import revisions

# Everybody may read these reasons, so they say neither when the other report came nor how it is handled.
REFERENCE_REUSED: Final = (
    'used again: "{source_ref_column}" is the reference of another event; release it if this corrects that report'
)
LIFTS_RESTRICTION: Final = "would change how the report of that reference is handled; release it if that is right"
_NEW: Final = {"is_restricted": False}


def check_reports(service: IntakeService, feed: Feed, reports: pd.DataFrame) -> tuple[pd.DataFrame, CheckResult]:
    """The reports of a delivery with their `report_id`, and which of them are held.

    A row with a stored reference is compared with that report: a revision may be older than the feed allows, and a row
    about another event is held for a person to decide.
    """
    reports = reports.assign(report_id=report_ids(feed, reports))
    named = reports["source_ref"].notna()
    stored = revisions.latest_revisions(service.warehouse, reports.loc[named, "report_id"].unique().tolist())
    same_time = pd.Series(
        [
            report_id in stored and stored[report_id]["received_at"] == at
            for report_id, at in zip(reports["report_id"], reports["received_at"], strict=True)
        ],
        index=reports.index,
        dtype=bool,
    )
    reports["days_too_old"] = reports["days_too_old"].mask(same_time)
    checked = check(reports, service.suites[feed.feed], feed.feed, feed.placeholders)
    return reports, _with_reused_references(feed, reports, checked, stored)


def _with_reused_references(
    feed: Feed, reports: pd.DataFrame, checked: CheckResult, stored: Mapping[str, Mapping[str, Any]]
) -> CheckResult:
    """Adds to the held rows those whose reference belongs to another event, in the store or earlier in the file, and
    those that would lift a restriction."""
    reasons, columns, releasable = dict(checked.reasons), dict(checked.columns), set(checked.releasable)
    fit = reports.drop(index=list(reasons))
    names = ["report_id", "received_at", "occurred_from", "caller_key", "text", "is_restricted"]
    is_stored = fit["content_hash"].isin([row["content_hash"] for row in stored.values()])
    again = fit["report_id"].isin(list(stored)) | fit["report_id"].duplicated(keep=False)
    events = {report_id: _reported_event(row) for report_id, row in stored.items()}
    seen = fit.loc[again & ~is_stored, names].astype(object)
    for number, row in zip(seen.index.tolist(), seen.where(seen.notna(), None).to_dict("records"), strict=True):
        new = _reported_event(row)
        before = events.setdefault(row["report_id"], new)
        if is_another_event(new, before):
            reasons[number] = REFERENCE_REUSED.format_map(feed.placeholders)
            columns[number] = ("source_ref",)
            releasable.add(number)
        elif stored.get(row["report_id"], _NEW)["is_restricted"] and not row["is_restricted"]:
            reasons[number] = LIFTS_RESTRICTION
            columns[number] = ("sensitivity", "category")
            releasable.add(number)
    return CheckResult(dict(sorted(reasons.items())), frozenset(releasable), columns)


def _reported_event(row: Mapping[Any, Any]) -> ReportedEvent:
    return ReportedEvent(row["received_at"], row["occurred_from"], row["caller_key"], row["text"])
