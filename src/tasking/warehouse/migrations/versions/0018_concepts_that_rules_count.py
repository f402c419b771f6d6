"""What a report says that something was done with, by the lexicon, for rules that count across categories.

Null until the report's facts are extracted again."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TOLD = """
CREATE VIEW told AS
SELECT
    f.report_id, f.revision, f.day, r.superseded_on, i.incident_id, i.linked_on, i.left_on,
    r.feed, r.category, r.place_name, r.is_restricted, r.is_out_of_area, f.happened_h, f.told_h,
    f.east_m, f.north_m, f.slack_m, f.cell, f.complainant, f.caller_surname, f.person,
    f.is_concern, f.is_high_risk{more}
FROM report_fact AS f
INNER JOIN report AS r ON f.report_id = r.report_id AND f.revision = r.revision
INNER JOIN incident_report AS i ON f.report_id = i.report_id
"""


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("report_fact", sa.Column("concepts", text, nullable=True))
    op.execute("DROP VIEW told")
    op.execute(_TOLD.format(more=", f.concepts"))


def downgrade() -> None:
    op.execute("DROP VIEW told")
    op.drop_column("report_fact", "concepts")
    op.execute(_TOLD.format(more=""))
