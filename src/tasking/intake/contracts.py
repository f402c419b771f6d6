"""What each partner's deliveries must satisfy, with how they fared, for Data Docs."""

from collections import defaultdict
from datetime import date
from itertools import groupby
from typing import Any

from tasking.intake.quality.data_docs import CheckedDelivery, Contract
from tasking.intake.quality.suites import ExpectationResult
from tasking.intake.service import IntakeService


def contracts(service: IntakeService, first: date, last: date) -> list[Contract]:
    """The contract of each feed of the partnership, with the deliveries of these days, the newest first."""
    by_feed: dict[str, list[CheckedDelivery]] = defaultdict(list)
    rows = service.quality(first, last)
    for (day, feed, name), some in groupby(rows, key=lambda row: (row["day"], row["feed"], row["file_name"])):
        by_feed[feed].append(CheckedDelivery(day, name, [_result(row) for row in some]))
    return [
        Contract(feed, service.feeds[feed].partner, service.suites[feed], by_feed[feed][::-1])
        for feed in service.partnership.feeds
    ]


def _result(row: dict[str, Any]) -> ExpectationResult:
    return ExpectationResult(
        row["suite"], row["expectation"], row["severity"], row["checked"], row["failed"], row["is_met"]
    )
