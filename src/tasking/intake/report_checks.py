"""Which rows of a delivery are held, and how it fared against each expectation of its suites."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from tasking.config.feed import Feed
from tasking.config.suite import Suite
from tasking.intake.identity import ReportedEvent, is_another_event, report_ids
from tasking.intake.quality.suites import CheckResult, check
from tasking.intake.service import IntakeService
from tasking.intake.store import revisions

# Both say neither when the other report came nor how it is handled: everybody may read reasons.
ANOTHER_EVENT: Final = "used again"
LIFTS_RESTRICTION: Final = "would change how the report of that reference is handled"
_NEW: Final = {"is_restricted": False}


def check_reports(
    service: IntakeService, feed: Feed, reports: pd.DataFrame, sent: pd.DataFrame
) -> tuple[pd.DataFrame, CheckResult]:
    """The reports of a delivery with their `report_id`, and which of them are held.

    `sent` has the rows as they came. A row with a stored reference is compared with that report: a revision may be
    older than the feed allows, and a row about another event is held for a person to decide.
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
    suites = service.suites[feed.feed]
    checked = check_rows(feed, reports, sent, suites)
    fit = reports.drop(index=list(checked.reasons))
    beside = check(_beside_stored(fit, stored), _over("stored", suites), feed.feed, feed.placeholders)
    return reports, checked.followed_by(beside)


def check_rows(feed: Feed, reports: pd.DataFrame, sent: pd.DataFrame, suites: Sequence[Suite]) -> CheckResult:
    """Which rows are held for what they say themselves, whatever is stored.

    Of a row that could not be read as one, only that is said: its cells may be another column's.
    """
    legible = sent[reports["row_problem"].isna()]
    checked = check(legible, _over("sent", suites), feed.feed, feed.placeholders)
    of_reports = check(reports, _over("report", suites), feed.feed, feed.placeholders)
    return checked.followed_by(of_reports)


def _over(what: str, suites: Sequence[Suite]) -> list[Suite]:
    return [one for one in suites if one.meta.over == what]


def _beside_stored(fit: pd.DataFrame, stored: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """What is wrong with a reference beside the reports that are stored, or that stand earlier in the file:
    `reference_problem` where it is that of another event, `restriction_problem` where the row would lift a
    restriction."""
    problems = pd.DataFrame({"reference_problem": None, "restriction_problem": None}, index=fit.index, dtype="object")
    names = ["report_id", "received_at", "occurred_from", "caller_key", "text", "is_restricted"]
    is_stored = fit["content_hash"].isin([row["content_hash"] for row in stored.values()])
    again = fit["report_id"].isin(list(stored)) | fit["report_id"].duplicated(keep=False)
    events = {report_id: _reported_event(row) for report_id, row in stored.items()}
    seen = fit.loc[again & ~is_stored, names].astype(object)
    for number, row in zip(seen.index.tolist(), seen.where(seen.notna(), None).to_dict("records"), strict=True):
        new = _reported_event(row)
        before = events.setdefault(row["report_id"], new)
        if is_another_event(new, before):
            problems.at[number, "reference_problem"] = ANOTHER_EVENT
        elif stored.get(row["report_id"], _NEW)["is_restricted"] and not row["is_restricted"]:
            problems.at[number, "restriction_problem"] = LIFTS_RESTRICTION
    return problems


def _reported_event(row: Mapping[Any, Any]) -> ReportedEvent:
    return ReportedEvent(row["received_at"], row["occurred_from"], row["caller_key"], row["text"])
