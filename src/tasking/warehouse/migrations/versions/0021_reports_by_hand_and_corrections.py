"""Reports taken by hand, corrections of reports, and reports that stay apart from every incident."""

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.types import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("link_decision", sa.Column("alone_until", sa.Date()))
    op.create_table(
        "report_by_hand",
        sa.Column("submission", text, nullable=False),
        sa.Column("source_ref", text, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("taken_by", text, nullable=False),
        sa.PrimaryKeyConstraint("submission", name=op.f("pk_report_by_hand")),
        sa.UniqueConstraint("source_ref", name=op.f("uq_report_by_hand_source_ref")),
    )
    op.create_index(op.f("ix_report_by_hand_year_number"), "report_by_hand", ["year", "number"])
    op.create_table(
        "report_correction",
        sa.Column("correction_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("report_id", text, nullable=False),
        sa.Column("field", text, nullable=False),
        sa.Column("of_revision", sa.Integer(), nullable=False),
        sa.Column("corrected_to", sa.JSON(), nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("actor", text, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("correction_number", name=op.f("pk_report_correction")),
    )
    op.create_index(op.f("ix_report_correction_report_id"), "report_correction", ["report_id"])


def downgrade() -> None:
    op.drop_table("report_correction")
    op.drop_table("report_by_hand")
    op.drop_column("link_decision", "alone_until")
