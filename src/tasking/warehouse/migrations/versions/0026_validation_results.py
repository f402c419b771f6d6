"""How each delivery fared against each expectation of its suites."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "validation_result",
        sa.Column("delivery_id", text, nullable=False),
        sa.Column("suite", text, nullable=False),
        sa.Column("expectation", text, nullable=False),
        sa.Column("feed", text, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("severity", text, nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("is_met", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "suite", "expectation", name=op.f("pk_validation_result")),
    )
    op.create_index(op.f("ix_validation_result_day_feed"), "validation_result", ["day", "feed"])


def downgrade() -> None:
    op.drop_table("validation_result")
