"""The feed of reports that the unit takes itself: a telephone call, somebody at the counter. Nobody polls it."""

from datetime import date
from typing import Final

from tasking.config.feed import Feed, File
from tasking.config.feed_columns import Fields, Position, TimeColumns, YesNo
from tasking.config.feed_delivery import Delivery, LocalTransport

DESK: Final = "desk"
REFERENCE: Final = "Reference"
RECEIVED_AT: Final = "Received at"
OCCURRED_ON: Final = "Date of incident"
OCCURRED_AT: Final = "Time of incident"
CATEGORY: Final = "Category"
PLACE: Final = "Place"
POSTCODE: Final = "Postcode"
POSITION: Final = "Map position"
CALLER_NAME: Final = "Caller"
CALLER_PHONE: Final = "Telephone"
CALLER_EMAIL: Final = "Email"
IS_ANONYMOUS: Final = "Stay anonymous"
WANTS_CONTACT: Final = "Wants to be contacted"
SUBJECT_NAME: Final = "About whom"
IS_VULNERABLE: Final = "Somebody vulnerable"
TEXT: Final = "What was said"
YES: Final = "yes"
NO: Final = "no"


def desk_feed(unit: str, timezone: str) -> Feed:
    """The declaration of the feed. `unit`: the name of the partnership, which is who reports by it."""
    return Feed(
        feed=DESK,
        partner=unit,
        contact=unit,
        timezone=timezone,
        delivery=Delivery(name="desk-{day:%Y%m%d}.csv", transport=LocalTransport(kind="folder", path="desk")),
        file=File(format="csv"),
        fields=Fields(
            source_ref=REFERENCE,
            received_at=TimeColumns(columns=[RECEIVED_AT], formats=["iso8601"]),
            occurred_from=TimeColumns(columns=[OCCURRED_ON, OCCURRED_AT], formats=["%Y-%m-%d %H:%M"]),
            category=CATEGORY,
            place=PLACE,
            postcode=POSTCODE,
            position=Position(pair=POSITION),
            caller_name=CALLER_NAME,
            caller_phone=CALLER_PHONE,
            caller_email=CALLER_EMAIL,
            is_anonymous=YesNo(column=IS_ANONYMOUS, yes=[YES], no=[NO]),
            wants_feedback=YesNo(column=WANTS_CONTACT, yes=[YES], no=[NO]),
            subject_name=SUBJECT_NAME,
            is_vulnerable=YesNo(column=IS_VULNERABLE, yes=[YES], no=[NO]),
            text=TEXT,
        ),
        sample="",
        sample_day=date(2026, 11, 27),
    )
