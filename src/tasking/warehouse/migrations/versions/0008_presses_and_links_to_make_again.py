"""Presses in chat until they are answered, and people's decisions on incidents that linking has not followed yet."""

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "press",
        sa.Column("press_id", text, nullable=False),
        sa.Column("pressed_by", text, nullable=False),
        sa.Column("action", text, nullable=False),
        sa.Column("channel", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("state", text, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("words", text, nullable=False),
        sa.Column("not_before_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("press_id", name="pk_press"),
    )
    op.create_index("ix_press_state_received_at", "press", ["state", "received_at"])
    op.create_table(
        "relinking",
        sa.Column("decision_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("decision_number", name="pk_relinking"),
    )


def downgrade() -> None:
    op.drop_table("relinking")
    op.drop_table("press")
