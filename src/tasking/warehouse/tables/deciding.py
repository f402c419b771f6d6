"""Tables of briefings, proposals, taskings, the steps taken with them, and follow-ups."""

import sqlalchemy as sa

from tasking.warehouse.tables.schema import metadata
from tasking.warehouse.types import UtcDateTime

# One row per version of a day's briefing.
briefing = sa.Table(
    "briefing",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),  # canonical JSON: the same input gives the same bytes
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
)

# One row per proposal of a rule, for people to decide on. Its evidence is kept as it was.
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

# One row per tasking (who does what by when), proposed by a briefing or decided at the meeting.
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
    sa.Column("is_restricted", sa.Boolean, nullable=False, server_default=sa.false()),  # for the restricted route
    sa.Column("withdrawn_on", sa.Date),  # when the briefing that proposed it did so no more, and nobody had touched it
    sa.Index(None, "proposed_on"),
)

# One row per step taken with a proposal or a tasking, in order. Append-only.
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
    sa.Column("due_on", sa.Date),  # of a tasking: the date that was agreed, or the new one if it is carried over
    sa.Column("undoes", sa.Integer),  # the number of the step of the same subject that this one takes back
    sa.Index(None, "day"),
)

# One row per act on a follow-up: a contact, a cancellation, or the undo of one. Append-only.
follow_up = sa.Table(
    "follow_up",
    metadata,
    sa.Column("act_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),  # on which it was recorded, local
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("partner", sa.Text, nullable=False),
    sa.Column("how", sa.Text),
    sa.Column("contacted_at", UtcDateTime),
    sa.Column("result", sa.Text),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("is_settled", sa.Boolean, nullable=False),  # its reports need no follow-up after it
    sa.Column("undoes", sa.Integer),  # of an undo: the act that it takes back
    sa.Index(None, "undoes"),
)

# One row per act on a follow-up and report that it is about.
follow_up_report = sa.Table(
    "follow_up_report",
    metadata,
    sa.Column("act_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Index(None, "report_id"),
)

# One row per report whose caller was given feedback before migration 0017, which made follow-ups of them. An older
# version may still write here during an update; the next version drops it.
feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("given_on", sa.Date, nullable=False),
    sa.Column("given_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)
