"""The fields of a report: their types, and who may read them. A report is what one person or partner reported.

What each is in data protection, why it is kept and for how long, is declared in include/privacy.yml.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from tasking.model.access import May
from tasking.model.clearance import Clearance


class Audience(IntEnum):
    """Who may read a field of a report that is not restricted, each with those before it left out.

    A restricted report is read by people with May.RESTRICTED alone, whatever the field.
    """

    EVERYONE = 0  # whoever reads the briefing in chat or mail
    DESK = 1  # users of the desk
    DETAILS = 2  # users of the desk with May.DETAILS
    NOBODY = 3  # it is computed with, and not shown

    @property
    def clearance(self) -> Clearance | None:
        """The clearance of a field of the briefing that is made from it; None where there may be no such field."""
        return {Audience.EVERYONE: Clearance.PUBLIC, Audience.DESK: Clearance.DESK}.get(self)

    def includes(self, rights: frozenset[May]) -> bool:
        """Whether somebody with these rights on the desk is one of them."""
        if self == Audience.NOBODY:
            return False
        return May.READ in rights and (self < Audience.DETAILS or May.DETAILS in rights)


class ReportField(NamedTuple):
    """`kind`: str, utc, bool or float; `is_apart`: it is kept in the table of people, which goes first."""

    kind: str
    read_by: Audience
    is_apart: bool = False


_EVERYONE, _DESK, _DETAILS, _NOBODY = Audience

# In the order of the columns. Times are UTC; `*_text` is the partner's own wording; missing is null.
REPORT_FIELDS: Final[dict[str, ReportField]] = {
    "source_ref": ReportField("str", _DESK),  # the partner's own reference, unique within the feed
    "received_at": ReportField("utc", _DESK),
    "received_text": ReportField("str", _NOBODY),
    "occurred_from": ReportField("utc", _EVERYONE),
    "occurred_to": ReportField("utc", _EVERYONE),  # null where the partner gave one moment
    "occurred_text": ReportField("str", _NOBODY),
    "is_occurred_time_known": ReportField("bool", _EVERYONE),  # false: only the date is known
    "category_text": ReportField("str", _DETAILS),
    "category": ReportField("str", _EVERYONE),  # a code of categories.yml, or "unknown"
    "priority": ReportField("str", _EVERYONE),  # of the partnership's priorities; null for an unknown category
    "asb_kind": ReportField("str", _EVERYONE),  # personal, nuisance, environmental; null where it is not ASB
    "is_restricted": ReportField("bool", _DESK),
    "sensitivity": ReportField("str", _DESK),  # the partner's flag in our words, or null
    "priority_text": ReportField("str", _DESK),
    "place_text": ReportField("str", _DETAILS),
    "place_name": ReportField("str", _EVERYONE),  # a public name from the gazetteer, never the partner's wording
    "town": ReportField("str", _EVERYONE),
    "ward": ReportField("str", _EVERYONE),
    "postcode": ReportField("str", _DETAILS),
    "latitude": ReportField("float", _DESK),
    "longitude": ReportField("float", _DESK),
    "is_out_of_area": ReportField("bool", _DESK),
    "is_anonymous": ReportField("bool", _DESK),
    "wants_feedback": ReportField("bool", _DESK),
    "is_vulnerable": ReportField("bool", _DESK),
    "caller_key": ReportField("str", _NOBODY),  # keyed pseudonyms; the values they stand for are kept apart
    "subject_key": ReportField("str", _NOBODY),
    # Personal data. Stored in a table of its own; never in a message, a log or a briefing.
    "text": ReportField("str", _DETAILS, is_apart=True),
    "caller_name": ReportField("str", _DETAILS, is_apart=True),
    "caller_phone": ReportField("str", _DETAILS, is_apart=True),
    "caller_email": ReportField("str", _DETAILS, is_apart=True),
    "subject_name": ReportField("str", _DETAILS, is_apart=True),
    "subject_born_on": ReportField("str", _NOBODY, is_apart=True),
}

# The columns of a frame of reports and their types, and those of the table of people.
REPORT_COLUMNS: Final = {name: field.kind for name, field in REPORT_FIELDS.items() if not field.is_apart}
PERSONAL_COLUMNS: Final = tuple(name for name, field in REPORT_FIELDS.items() if field.is_apart)

# Sensitivities in our words; any other flag counts as "unspecified".
SENSITIVITIES: Final[frozenset[str]] = frozenset(
    {"domestic_abuse", "safeguarding", "prevent", "cse", "modern_slavery", "mental_health", "unspecified"}
)
