"""The tables. Data that identifies a person is in `report_person` and `held`, and in no other table."""

from tasking.warehouse.tables.accountability import erasure, legal_hold, log
from tasking.warehouse.tables.deciding import briefing, feedback, follow_up, follow_up_report, proposal, step, tasking
from tasking.warehouse.tables.linking import (
    incident_name,
    incident_report,
    link_decision,
    link_question,
    linked_day,
    relinking,
    report_fact,
    report_signal,
)
from tasking.warehouse.tables.messaging import outbox, press
from tasking.warehouse.tables.receiving import category_word, delivery, feed_day, held, report, report_person
from tasking.warehouse.tables.schema import metadata

__all__ = [
    "briefing",
    "category_word",
    "delivery",
    "erasure",
    "feed_day",
    "feedback",
    "follow_up",
    "follow_up_report",
    "held",
    "incident_name",
    "incident_report",
    "legal_hold",
    "link_decision",
    "link_question",
    "linked_day",
    "log",
    "metadata",
    "outbox",
    "press",
    "proposal",
    "relinking",
    "report",
    "report_fact",
    "report_person",
    "report_signal",
    "step",
    "tasking",
]
