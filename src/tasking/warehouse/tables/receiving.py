"""Tables of what was received: deliveries, reports and their people, held rows."""

from typing import Any

import sqlalchemy as sa

from tasking.model.report import PERSONAL_COLUMNS, REPORT_COLUMNS
from tasking.warehouse.tables.schema import metadata
from tasking.warehouse.types import UtcDateTime

_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "str": sa.Text, "utc": UtcDateTime, "bool": sa.Boolean, "float": sa.Float,
}  # fmt: skip

# One row per file received; its row counts are the ledger.
delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.Column("rows_in", sa.Integer, nullable=False),
    sa.Column("new_reports", sa.Integer, nullable=False),
    sa.Column("repeats", sa.Integer, nullable=False),
    sa.Column("revisions", sa.Integer, nullable=False),
    sa.Column("held", sa.Integer, nullable=False),
    sa.Column("out_of_area", sa.Integer, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("ignored", sa.Integer, nullable=False, server_default="0"),  # rows that the declaration says to ignore
    sa.Column("lacking", sa.Text, nullable=False, server_default=""),  # why the delivery is known to be incomplete
    sa.UniqueConstraint("feed", "day", "sha256"),
    sa.Index(None, "day", "feed"),
)

# One row per expectation and delivery: how it fared, without any value of the delivery.
validation_result = sa.Table(
    "validation_result",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("suite", sa.Text, primary_key=True),
    sa.Column("expectation", sa.Text, primary_key=True),  # its type, and the column that it is about
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),  # row, delivery, watch
    sa.Column("checked", sa.Integer, nullable=False),  # rows with a value to check; 1 for what is about the table
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("is_met", sa.Boolean, nullable=False),
    sa.Index(None, "day", "feed"),
)

# One row per feed and day that was polled: the outcome and its reason.
feed_day = sa.Table(
    "feed_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
)

# One row per revision of a report. As of a day, the revision with day <= that day and superseded_on after it counts.
report = sa.Table(
    "report",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("superseded_on", sa.Date),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    *(
        sa.Column(name, _TYPES[kind], nullable=name not in ("source_ref", "received_at", "category") and kind != "bool")
        for name, kind in REPORT_COLUMNS.items()
    ),
    sa.Index(None, "day"),
    sa.Index(None, "place_name", "day"),
    sa.Index(None, "category", "day"),
    sa.Index(None, "ward", "day"),
    sa.Index(None, "source_ref"),
    sa.Index(None, "caller_key"),
    sa.Index(
        "ix_report_restricted",
        "report_id",
        sqlite_where=sa.text("is_restricted = 1 AND superseded_on IS NULL"),
        postgresql_where=sa.text("is_restricted AND superseded_on IS NULL"),
    ),
)

# One row per revision of a report: caller, subject and free text.
report_person = sa.Table(
    "report_person",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in PERSONAL_COLUMNS),
)

# One row per held row, as it was sent.
held = sa.Table(
    "held",
    metadata,
    sa.Column("held_id", sa.Text, primary_key=True),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("source_ref", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("can_be_released", sa.Boolean, nullable=False),
    sa.Column("row_as_sent", sa.JSON, nullable=False),
    sa.Column("columns_at_fault", sa.JSON, nullable=False, server_default="[]"),  # of the partner's own
    sa.Column("is_restricted", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("state", sa.Text, nullable=False),  # held, released, corrected, rejected
    sa.Column("about", sa.JSON, nullable=False, server_default="{}"),  # grade, kind and place, fit for the desk
    sa.Index(None, "day", "feed"),
    sa.Index(None, "state", "day"),
)

# One row per report that was taken by hand. A form that is sent twice makes one.
report_by_hand = sa.Table(
    "report_by_hand",
    metadata,
    sa.Column("submission", sa.Text, primary_key=True),  # made with the form
    sa.Column("source_ref", sa.Text, nullable=False, unique=True),  # CSU-26-000123: what the caller is told
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # in the year, from 1 on
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("taken_at", UtcDateTime, nullable=False),
    sa.Column("taken_by", sa.Text, nullable=False),
    sa.Index(None, "year", "number"),
)

# One row per correction of a field of a report, or per undo of one. Append-only. What the partner sent stays in the
# report's revision `of_revision`; what it is corrected to stands in later revisions too, while this one counts.
report_correction = sa.Table(
    "report_correction",
    metadata,
    sa.Column("correction_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("report_id", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),  # category, place, time
    sa.Column("of_revision", sa.Integer, nullable=False),
    sa.Column("corrected_to", sa.JSON, nullable=False),  # columns of a report: a code, a public place, times
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("undoes", sa.Integer),
    sa.Index(None, "report_id"),
)

# One row per partners' word for a category that no declaration knows and that a person mapped.
category_word = sa.Table(
    "category_word",
    metadata,
    sa.Column("word", sa.Text, primary_key=True),  # as words are compared: capitals and spacing do not matter
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
)
