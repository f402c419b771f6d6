"""Reports by their partner's reference: whether a held row is about a restricted report is asked with every list."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_report_source_ref"), "report", ["source_ref"])


def downgrade() -> None:
    op.drop_index(op.f("ix_report_source_ref"), "report")
