"""The held rows of a delivery as they are stored: why each is held, what is at fault and what it is about."""

from typing import Any

import pandas as pd

from tasking.config.feed import Feed
from tasking.intake.quality.suites import CheckResult
from tasking.intake.service import IntakeService


def held_columns(
    service: IntakeService, feed: Feed, reports: pd.DataFrame, raw: pd.DataFrame, checked: CheckResult
) -> list[dict[str, Any]]:
    """One mapping for each held row, with the columns of the table `held` that the delivery itself does not give.

    `reports` and `raw` (the rows as they came) are indexed by row number.
    """
    return [
        {
            "row_number": number,
            "source_ref": _or_none(reports.at[number, "source_ref"]),
            "reason": reason,
            "can_be_released": number in checked.releasable,
            "row_as_sent": raw.loc[number].dropna().to_dict(),
            "columns_at_fault": _at_fault(feed, checked, number, raw.loc[number]),
            "is_restricted": bool(reports.at[number, "is_restricted"]),
            "about": _about(service, reports.loc[number]),
        }
        for number, reason in checked.reasons.items()
    ]


def _about(service: IntakeService, report: Any) -> dict[str, str]:
    """The grade, kind and public place of a held row; nothing if the row could not be read as such."""
    if pd.notna(report["row_problem"]):
        return {}
    grade = _or_none(report["priority_text"])
    place = _or_none(report["place_name"]) or _or_none(report["town"]) or _or_none(report["ward"])
    kind = service.conventions.categories.labels.get(str(report["category"]), "")
    about = {"grade": str(grade)[:20] if grade else "", "kind": kind, "place": str(place or "")}
    return {name: words for name, words in about.items() if words}


def _at_fault(feed: Feed, checked: CheckResult, number: int, row: Any) -> list[str]:
    """The partner's columns that a person has to correct: of several that make up one value, those with something in
    them."""
    at_fault: dict[str, None] = dict.fromkeys(checked.sent_columns.get(number, ()))
    for report_column in checked.columns.get(number, ()):
        columns = feed.source_columns(report_column)
        at_fault |= dict.fromkeys([name for name in columns if pd.notna(row[name])] or columns)
    return list(at_fault)


def _or_none(value: object) -> object:
    return None if pd.isna(value) else value  # type: ignore[call-overload]
