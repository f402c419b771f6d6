"""What the desk's lists show, a page at a time: each page starts where the last one ended, however long the list is."""

from tasking.warehouse.browsing.cursor import Cursor
from tasking.warehouse.browsing.days import (
    asked_of,
    briefing_days,
    deliveries,
    files,
    last_asked,
    last_landed,
    posts,
    reports_of_day,
)
from tasking.warehouse.browsing.held_list import (
    HeldWanted,
    held,
    held_as_sent,
    held_reasons,
    held_row,
    held_waiting,
)
from tasking.warehouse.browsing.incident_list import (
    Listed,
    Wanted,
    decisions_on,
    incidents,
    incidents_named,
    located,
    sides,
)
from tasking.warehouse.browsing.log_list import LogWanted, log_entries, log_names
from tasking.warehouse.browsing.sight import (
    EVERYBODY,
    KEEPER,
    Sight,
    readable_proposals,
    readable_reports,
    withheld_evidence,
    withheld_incidents,
    withheld_proposals,
    withheld_subjects,
    withheld_taskings,
)

__all__ = [
    "EVERYBODY", "KEEPER", "Cursor", "HeldWanted", "Listed", "LogWanted", "Sight", "Wanted", "asked_of",
    "briefing_days", "decisions_on", "deliveries", "files", "held", "held_as_sent", "held_reasons", "held_row",
    "held_waiting", "incidents", "incidents_named", "last_asked", "last_landed", "located", "log_entries", "log_names",
    "posts", "readable_proposals", "readable_reports", "reports_of_day", "sides", "withheld_evidence",
    "withheld_incidents", "withheld_proposals", "withheld_subjects", "withheld_taskings",
]  # fmt: skip
