"""Which reports an incident had: linking again takes memberships back, and what was named after them stays."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_name",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("doubted_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("incident_id", "report_id", name=op.f("pk_incident_name")),
    )
    op.create_index(op.f("ix_incident_name_report_id"), "incident_name", ["report_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_incident_name_report_id"), "incident_name")
    op.drop_table("incident_name")
