"""What a report says of harm, and taskings on the restricted route."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("report_fact", sa.Column("harm", text, nullable=False, server_default=""))
    op.add_column("report_fact", sa.Column("act_by", sa.Date()))
    op.add_column("report_fact", sa.Column("copy_key", text))
    op.add_column("tasking", sa.Column("is_restricted", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Of a version that was here before and went back: there are none otherwise.
    op.execute("UPDATE tasking SET is_restricted = true WHERE place = 'see the restricted register'")


def downgrade() -> None:
    op.execute("UPDATE report_fact SET version = 'before 0015'")  # read again by either version
    op.drop_column("tasking", "is_restricted")
    for column in ("copy_key", "act_by", "harm"):
        op.drop_column("report_fact", column)
