"""The desk: lists of incidents by category and ward, and of held rows; which cells of a held row are at fault."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_report_category_day"), "report", ["category", "day"])
    op.create_index(op.f("ix_report_ward_day"), "report", ["ward", "day"])
    op.create_index(op.f("ix_held_state_day"), "held", ["state", "day"])
    op.add_column("held", sa.Column("columns_at_fault", sa.JSON(), nullable=False, server_default="[]"))
    # Of what was held before, nobody has noted what it is about: it is for those who may see restricted matters.
    op.add_column("held", sa.Column("is_restricted", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    with op.batch_alter_table("held") as batch_op:
        batch_op.drop_column("is_restricted")
        batch_op.drop_column("columns_at_fault")
    op.drop_index(op.f("ix_held_state_day"), "held")
    op.drop_index(op.f("ix_report_ward_day"), "report")
    op.drop_index(op.f("ix_report_category_day"), "report")
