"""What each text column of the warehouse holds: free text, a partner's reference, identities, or nothing personal.

Erasure changes the first three only. A test fails for a column that is in none of these lists.
"""

from collections.abc import Mapping
from typing import Final

# Text that a partner or a member of staff wrote, or that quotes it. Of a JSON column the values count, not the keys.
FREE_TEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "delivery": ("file_name", "reason", "notes", "lacking"),
    "feed_day": ("reason",),
    "report": ("received_text", "occurred_text", "category_text", "priority_text", "place_text"),
    "report_person": ("text", "caller_name", "subject_name"),
    "held": ("reason", "row_as_sent", "about"),
    "link_decision": ("note",),
    "report_correction": ("reason", "corrected_to"),
    "briefing": ("content", "inputs"),
    "proposal": ("subject", "evidence"),
    "tasking": ("what", "place", "owner", "why"),
    "step": ("reason", "details"),
    "follow_up": ("note",),
    "meeting_entry": ("words",),
    "minutes": ("content", "reason"),
    "press": ("reason", "answers", "words"),
    "legal_hold": ("reason",),
    "log": ("subject", "note"),
    "note": ("text", "withdrawn_reason"),
    "attachment": ("description", "removed_reason"),
    "media_link": ("url",),
    "status_step": ("reason",),
    "saved_filter": ("name", "asked"),
}

# Identities; emptied in the person's own reports only.
PERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "report": ("caller_key", "subject_key", "postcode"),
    "report_person": ("caller_phone", "caller_email", "subject_born_on"),
    "report_fact": ("complainant", "person", "concepts", "copy_key", "harm"),
    "report_signal": ("signals",),
}

# Ids made of a partner's reference. One that identifies somebody is replaced in all of them.
REFERENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "report": ("report_id", "source_ref"),
    "report_person": ("report_id",),
    "report_signal": ("report_id",),
    "report_fact": ("report_id",),
    "held": ("source_ref",),
    "incident_report": ("report_id", "incident_id", "linked_to"),
    "incident_name": ("incident_id", "report_id"),
    "link_question": ("report_a", "report_b"),
    "link_decision": ("report_a", "report_b"),
    "report_correction": ("report_id",),
    "feedback": ("report_id",),
    "follow_up_report": ("report_id",),
    "proposal": ("subject_key",),
    "tasking": ("incident_id",),
    "note": ("report_id",),
    "attachment": ("report_id",),
    "media_link": ("report_id",),
    "status_step_report": ("report_id",),
}

# JSON lists of such ids: each follows its report, and nothing else in them is changed.
LISTED_REFERENCES: Final[Mapping[str, tuple[str, ...]]] = {"legal_hold": ("reports",)}

# Keys, states, hashes, names of feeds and staff, public places, texts that the product words itself.
NOT_PERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    "delivery": ("delivery_id", "feed", "sha256", "outcome"),
    "feed_day": ("feed", "outcome"),
    "report": (
        "feed", "delivery_id", "content_hash", "category", "priority", "asb_kind", "sensitivity", "place_name", "town",
        "ward",
    ),
    "held": ("held_id", "delivery_id", "feed", "columns_at_fault", "state"),
    "validation_result": ("delivery_id", "suite", "expectation", "feed", "severity"),
    "category_word": ("word", "category", "decided_by"),  # a sentence, a number or an address can't be mapped
    "report_signal": ("version",),
    "report_fact": ("version",),
    "incident_report": ("evidence", "version"),
    "linked_day": ("version",),
    "link_question": ("evidence", "kind"),
    "link_decision": ("actor",),
    "report_by_hand": ("submission", "source_ref", "taken_by"),  # a reference of ours
    "report_correction": ("field", "actor"),
    "briefing": ("content_hash",),
    "outbox": ("channel", "kind", "part", "state", "message_ref", "content_hash", "claimed_by"),
    "proposal": ("proposal_id", "rule", "theme"),
    "tasking": ("tasking_id", "proposal_id"),
    "step": ("subject_id", "verb", "actor"),
    "press": ("press_id", "pressed_by", "action", "channel", "state"),
    "feedback": ("actor",),
    "follow_up": ("verb", "actor", "partner", "how", "result"),  # partner: one that partnership.yml or a feed names
    "meeting_session": ("started_by", "item", "finished_by"),
    "meeting_entry": ("kind", "about", "actor"),
    "minutes": ("made_by",),
    "legal_hold": ("hold_id", "actor", "people"),
    "search_document": ("kind", "source_id"),  # follows the report, tasking or other row that it is of, by triggers
    "erasure": ("erasure_id", "actor", "certificate"),
    "log": ("actor", "action", "entry_hash"),
    "note": ("note_id", "actor", "withdrawn_by"),
    "attachment": ("attachment_id", "actor", "source", "media_type", "sha256", "removed_by"),
    "attachment_file": ("attachment_id", "size"),
    "media_link": ("link_id", "feed", "state", "said", "attachment_id"),
    "status_step": ("step_id", "actor", "status", "outcome", "passed_to", "undoes"),
    "status_step_report": ("step_id",),
    "saved_filter": ("filter_id", "account", "list_name"),
}  # fmt: skip

# Airflow's own tables: what tasks return, are given or print, and what people write.
AIRFLOW_FREE_TEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "asset_event": ("extra",),
    "asset_state_store": ("value",),
    "backfill": ("dag_run_conf",),
    "callback": ("data", "output"),
    "callback_request": ("callback_data",),
    "dag_run": ("conf",),
    "dag_run_note": ("content",),
    "dag_warning": ("message",),
    "hitl_detail": ("subject", "body", "params", "params_input", "defaults", "options", "chosen_options"),
    "hitl_detail_history": ("subject", "body", "params", "params_input", "defaults", "options", "chosen_options"),
    "import_error": ("stacktrace",),
    "log": ("extra",),
    "rendered_task_instance_fields": ("rendered_fields", "k8s_pod_yaml"),
    "task_instance": ("next_kwargs",),
    "task_instance_history": ("next_kwargs",),
    "task_instance_note": ("content",),
    "task_state_store": ("value",),
    "xcom": ("value",),
}
