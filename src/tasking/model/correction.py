"""A correction of what a partner sent: of the category, the place or the time of a report."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

Field = Literal["category", "place", "time"]

# The columns of a report that a correction of a field sets, and those by which a partner's value is known again.
SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "category": ("category", "priority", "asb_kind", "is_restricted"),
    "place": ("place_text", "place_name", "town", "ward", "postcode", "latitude", "longitude", "is_out_of_area"),
    "time": ("occurred_from", "occurred_to", "is_occurred_time_known"),
}
SENT_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "category": ("category_text",),
    "place": ("place_text", "postcode", "latitude", "longitude"),
    "time": ("occurred_from", "occurred_to", "is_occurred_time_known"),
}
CORRECTED: Final = "correction:"  # how the content hash of a revision begins that no partner sent


class Correction(NamedTuple):
    """A correction that nobody took back. `sent`: the partner's values that it corrects, by column.

    `sent_since`: the partner's values of that field where they have changed since; the correction is not applied then,
    and a person decides which is right. None where they have not.
    """

    number: int
    field: Field
    corrected_to: Mapping[str, Any]
    sent: Mapping[str, Any]
    sent_since: Mapping[str, Any] | None
    reason: str
    actor: str
    at: datetime

    @property
    def needs_attention(self) -> bool:
        return self.sent_since is not None
