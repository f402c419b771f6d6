"""The tables. Data that identifies a person is in `report_person` and `held`; text that people or partners wrote about
reports, in the tables of the case file too (see privacy/store/text_columns)."""

from tasking.warehouse.tables.accountability import erasure, legal_hold, log
from tasking.warehouse.tables.casefile import (
    attachment,
    attachment_file,
    media_link,
    note,
    status_step,
    status_step_report,
)
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
from tasking.warehouse.tables.meetings import meeting_entry, meeting_session, minutes
from tasking.warehouse.tables.messaging import outbox, press
from tasking.warehouse.tables.reading import saved_filter
from tasking.warehouse.tables.receiving import (
    category_word,
    delivery,
    feed_day,
    held,
    report,
    report_by_hand,
    report_correction,
    report_person,
    validation_result,
)
from tasking.warehouse.tables.schema import metadata
from tasking.warehouse.tables.searching import search_document

__all__ = [
    "attachment",
    "attachment_file",
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
    "media_link",
    "meeting_entry",
    "meeting_session",
    "metadata",
    "minutes",
    "note",
    "outbox",
    "press",
    "proposal",
    "relinking",
    "report",
    "report_by_hand",
    "report_correction",
    "report_fact",
    "report_person",
    "report_signal",
    "saved_filter",
    "search_document",
    "status_step",
    "status_step_report",
    "step",
    "tasking",
    "validation_result",
]
