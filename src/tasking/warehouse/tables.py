"""The tables. What says who somebody is stands in `report_person` and `held`, and nowhere else."""

from typing import Any

import sqlalchemy as sa

from tasking.model.report import PERSONAL_COLUMNS, REPORT_COLUMNS
from tasking.warehouse.types import UtcDateTime

# On PostgreSQL every Text is in the order of its bytes (COLLATE "C", migration 0006), as SQLite's are: a briefing is
# the same whatever keeps it. A new column of text says so in its migration.
metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "str": sa.Text, "utc": UtcDateTime, "bool": sa.Boolean, "float": sa.Float,
}  # fmt: skip

# One row a file that was received; its figures are the ledger.
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
    sa.Column("ignored", sa.Integer, nullable=False, server_default="0"),  # rows that the feed declares to be none
    sa.Column("lacking", sa.Text, nullable=False, server_default=""),  # why we know that more was sent
    sa.UniqueConstraint("feed", "day", "sha256"),
    sa.Index(None, "day", "feed"),
)

# One row a feed and day that we asked for: did it land, and if not, why.
feed_day = sa.Table(
    "feed_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("feed", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
)

# One row a revision of a report. As of a day, a report is its revision with day <= that day and superseded_on after it.
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
)

# Who told us, whom it is about, and in what words.
report_person = sa.Table(
    "report_person",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Text) for name in PERSONAL_COLUMNS),
)

# One row a row that waits for a person, as it came.
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
    sa.Column("about", sa.JSON, nullable=False, server_default="{}"),  # grade, kind, place: in words fit for the desk
    sa.Index(None, "day", "feed"),
    sa.Index(None, "state", "day"),
)

# What a revision of a report says that can be compared, as keyed pseudonyms: linking reads it instead of the text.
report_signal = sa.Table(
    "report_signal",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("signals", sa.Text, nullable=False),
    # What is asked of many reports at once. Null where a version before 0012 stored the signals: they are read again.
    sa.Column("is_sensitive", sa.Boolean),  # by its words, whatever the partner calls it
    sa.Column("is_marked", sa.Boolean),  # names a vehicle or a reference
    sa.Column("is_unread", sa.Boolean),
)

# What a revision of a report counts as for the trigger rules: one spot, wall-clock hours, people as keyed pseudonyms.
report_fact = sa.Table(
    "report_fact",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("happened_h", sa.Float, nullable=False),  # hours on the wall's clock since 1970: a day has 24 of them
    sa.Column("told_h", sa.Float, nullable=False),
    sa.Column("east_m", sa.Float),  # British National Grid
    sa.Column("north_m", sa.Float),
    sa.Column("slack_m", sa.Integer),  # how much further off than a position it may be: a street's, a postcode's
    sa.Column("cell", sa.Integer),  # see model.trigger.cell_of
    sa.Column("complainant", sa.Text),
    sa.Column("caller_surname", sa.BigInteger),
    sa.Column("person", sa.Text),  # whom it is about, where the whole name is known
    sa.Column("is_concern", sa.Boolean, nullable=False),
    sa.Column("is_high_risk", sa.Boolean, nullable=False),
    sa.Index(None, "day"),
    sa.Index(None, "complainant", "day"),
    sa.Index(None, "person", "day"),
    sa.Index(None, "cell", "day"),
)

# One row a report and day on which linking put it into an incident, with the link that brought it there. As of a day, a
# report is in the incident with linked_on <= that day and left_on after it.
incident_report = sa.Table(
    "incident_report",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("linked_on", sa.Date, primary_key=True),
    sa.Column("left_on", sa.Date),
    sa.Column("incident_id", sa.Text, nullable=False),
    sa.Column("linked_to", sa.Text),
    sa.Column("score", sa.Float),
    sa.Column("evidence", sa.JSON, nullable=False),  # [[comparison, words, weight], ...], what weighs most first
    sa.Column("version", sa.Text, nullable=False),
    sa.Index(None, "incident_id"),
)

# One row a report that an incident had before linking took it back: what was named after the incident rests on it.
incident_name = sa.Table(
    "incident_name",
    metadata,
    sa.Column("incident_id", sa.Text, primary_key=True),
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("doubted_on", sa.Date),  # the day to link again before it is known whether the report is still in it
    sa.Index(None, "report_id"),
)

# One row a day that was linked.
linked_day = sa.Table(
    "linked_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("reports", sa.Integer, nullable=False),  # new to linking on that day
)

# Two incidents that may be one, told by their likeliest pair of reports: for a person to answer.
link_question = sa.Table(
    "link_question",
    metadata,
    sa.Column("asked_on", sa.Date, primary_key=True),
    sa.Column("report_a", sa.Text, primary_key=True),
    sa.Column("report_b", sa.Text, primary_key=True),
    sa.Column("place_in_line", sa.Integer, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("is_restricted", sa.Boolean, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
)

# A person's word on two reports. Nothing is changed here: a later word counts more.
link_decision = sa.Table(
    "link_decision",
    metadata,
    sa.Column("decision_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("report_a", sa.Text, nullable=False),
    sa.Column("report_b", sa.Text, nullable=False),
    sa.Column("is_same", sa.Boolean, nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

# One row an act of people on incidents that linking has not followed to its end, with the first day to link again.
relinking = sa.Table(
    "relinking",
    metadata,
    sa.Column("decision_number", sa.Integer, primary_key=True, autoincrement=False),  # the first of the act
    sa.Column("day", sa.Date, nullable=False),
)

briefing = sa.Table(
    "briefing",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),  # canonical JSON: the same input gives the same bytes
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
)

# One row a message that must exist once; `part` names a reply or a picture in its thread, and is empty for the message.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # see warehouse.outbox.State
    sa.Column("message_ref", sa.Text),
    sa.Column("content_hash", sa.Text),  # of what the channel has
    sa.Column("claimed_at", UtcDateTime, nullable=False),
    sa.Column("claimed_by", sa.Text),  # while somebody calls the channel, until
    sa.Column("claimed_until_at", UtcDateTime),
    sa.Column("sent_at", UtcDateTime),  # when the channel first had it
)

# One row a thing that a rule found and people decide on. What it rests on is kept as it was.
proposal = sa.Table(
    "proposal",
    metadata,
    sa.Column("proposal_id", sa.Text, primary_key=True),
    sa.Column("raised_on", sa.Date, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("theme", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # a public place, or a reference that names nobody
    sa.Column("subject_key", sa.Text, nullable=False),  # what a rule knows it by: a keyed pseudonym, an incident
    sa.Column("east_m", sa.Integer),
    sa.Column("north_m", sa.Integer),
    sa.Column("is_restricted", sa.Boolean, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Index(None, "raised_on"),
)

# Who does what by when: proposed by a briefing, or decided at the meeting.
tasking = sa.Table(
    "tasking",
    metadata,
    sa.Column("tasking_id", sa.Text, primary_key=True),
    sa.Column("proposed_on", sa.Date, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("incident_id", sa.Text),
    sa.Column("proposal_id", sa.Text),  # of the group it belongs to
    sa.Column("withdrawn_on", sa.Date),  # when the briefing that proposed it did so no more, and nobody had touched it
    sa.Index(None, "proposed_on"),
)

# What was done with a proposal or a tasking, in order. Nothing is changed here.
step = sa.Table(
    "step",
    metadata,
    sa.Column("subject_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),  # on which it was done, local
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("due_on", sa.Date),  # the new date of a tasking that is carried over
    sa.Index(None, "day"),
)

# One row a press in chat, by the id that the chat gave it. It is kept before it is acknowledged.
press = sa.Table(
    "press",
    metadata,
    sa.Column("press_id", sa.Text, primary_key=True),
    sa.Column("pressed_by", sa.Text, nullable=False),  # who, by the chat's id
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),  # where to answer
    sa.Column("reason", sa.Text, nullable=False),  # empty once the press has ended: the step has it
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # see warehouse.presses.State
    sa.Column("tries", sa.Integer, nullable=False),  # in this state
    sa.Column("words", sa.Text, nullable=False),  # for who pressed; empty where there is nothing to say
    sa.Column("not_before_at", UtcDateTime),  # when it is tried again
    sa.Column("ended_at", UtcDateTime),
    sa.Index(None, "state", "received_at"),
)

# One row a report whose caller was told what was done.
feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("given_on", sa.Date, nullable=False),
    sa.Column("given_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

# What must be kept whatever its age and whoever asks: people by their pseudonyms, reports by their ids.
legal_hold = sa.Table(
    "legal_hold",
    metadata,
    sa.Column("hold_id", sa.Text, primary_key=True),
    sa.Column("placed_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("people", sa.JSON, nullable=False),
    sa.Column("reports", sa.JSON, nullable=False),
    sa.Column("lifted_at", UtcDateTime),
)

# One row a person who was erased: what was found and removed, without saying who it was.
erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("erasure_id", sa.Text, primary_key=True),
    sa.Column("erased_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("certificate", sa.Text, nullable=False),
)

# Append-only: who did what, each entry hashed with the one before.
log = sa.Table(
    "log",
    metadata,
    sa.Column("entry_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("entry_hash", sa.Text, nullable=False),
)
