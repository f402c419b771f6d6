"""Tables of linkage: features and facts of reports, incidents, pairs for clerical review, decisions."""

import sqlalchemy as sa

from tasking.warehouse.tables.schema import metadata
from tasking.warehouse.types import UtcDateTime

# One row per revision of a report: its features for comparison, with keyed pseudonyms, extracted from the text.
report_signal = sa.Table(
    "report_signal",
    metadata,
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("signals", sa.Text, nullable=False),
    # Features queried across many reports. Null if stored before migration 0012: they are extracted again.
    sa.Column("is_sensitive", sa.Boolean),  # by its text, whatever its category
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
    sa.Column("harm", sa.Text, nullable=False, server_default=""),  # the signs of harm.yml that its text has
    sa.Column("act_by", sa.Date),  # the day that its text names for something still to come
    sa.Column("copy_key", sa.Text),  # shared by rows that are copies of one another: a keyed pseudonym
    sa.Column("concepts", sa.Text),  # of the lexicon: `|act:catapulting|thing:bus|`; null where there are none
    sa.Index(None, "day"),
    sa.Index(None, "complainant", "day"),
    sa.Index(None, "person", "day"),
    sa.Index(None, "cell", "day"),
)

# One row per report and day on which linking put it into an incident, with the link. As of a day, a report is in the
# incident with linked_on <= that day and left_on after it.
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

# One row per report that an incident lost when linking was redone; older records may still name that incident.
incident_name = sa.Table(
    "incident_name",
    metadata,
    sa.Column("incident_id", sa.Text, primary_key=True),
    sa.Column("report_id", sa.Text, primary_key=True),
    sa.Column("doubted_on", sa.Date),  # the day to link again before it is known whether the report is still in it
    sa.Index(None, "report_id"),
)

# One row per day that was linked.
linked_day = sa.Table(
    "linked_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("reports", sa.Integer, nullable=False),  # new to linking on that day
)

# One row per pair of reports for clerical review: of two incidents that may be one (`merge`), the pair with the highest
# score; or a report that may not belong to its incident, report_a, with the one that it is most like (`part`).
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
    sa.Column("kind", sa.Text, nullable=False, server_default="merge"),
)

# One row per decision of a person on two reports. Append-only: the latest decision counts. A row that takes another
# back names it in `undoes`; neither of the two counts from then on. With `alone_until` it is on report_a alone, which
# report_b then names too: linking joins no report of a day up to that one to it.
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
    sa.Column("act", sa.Integer),  # the first decision of the same act; null if stored before migration 0016
    sa.Column("undoes", sa.Integer),
    sa.Column("alone_until", sa.Date),
)

# One row per act of people (one or more decisions) that linking has not fully applied, with the first day to redo.
relinking = sa.Table(
    "relinking",
    metadata,
    sa.Column("decision_number", sa.Integer, primary_key=True, autoincrement=False),  # the first of the act
    sa.Column("day", sa.Date, nullable=False),
)
