"""The columns of a frame of reports, and their types. A report is what one person or partner reported."""

from typing import Final

# One row a report, in this order. Times are UTC; `*_text` is the partner's own wording; missing is null.
REPORT_COLUMNS: Final[dict[str, str]] = {
    "source_ref": "str",  # the partner's own reference, unique within the feed
    "received_at": "utc",
    "received_text": "str",
    "occurred_from": "utc",
    "occurred_to": "utc",  # null where the partner gave one moment
    "occurred_text": "str",
    "is_occurred_time_known": "bool",  # false: only the date is known
    "category_text": "str",
    "category": "str",  # a code of categories.yml, or "unknown"
    "priority": "str",  # which of the partnership's priorities; null for an unknown category
    "asb_kind": "str",  # personal, nuisance, environmental; null where it is not ASB
    "is_restricted": "bool",
    "sensitivity": "str",  # the partner's flag in our words, or null
    "priority_text": "str",
    "place_text": "str",
    "place_name": "str",  # a public name from the gazetteer, never the partner's wording
    "town": "str",
    "ward": "str",
    "postcode": "str",
    "latitude": "float",
    "longitude": "float",
    "is_out_of_area": "bool",
    "is_anonymous": "bool",
    "wants_feedback": "bool",
    "is_vulnerable": "bool",
    "caller_key": "str",  # keyed pseudonyms; the values they stand for are PERSONAL_COLUMNS
    "subject_key": "str",
}

# Personal data. Stored in a table of its own; never in a message, a log or a briefing.
PERSONAL_COLUMNS: Final[tuple[str, ...]] = (
    "text",
    "caller_name",
    "caller_phone",
    "caller_email",
    "subject_name",
    "subject_born_on",
)

# Sensitivities in our words; any other flag counts as "unspecified".
SENSITIVITIES: Final[frozenset[str]] = frozenset(
    {"domestic_abuse", "safeguarding", "prevent", "cse", "modern_slavery", "mental_health", "unspecified"}
)
