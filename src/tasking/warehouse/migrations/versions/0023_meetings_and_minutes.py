"""Meetings: where one is, who is there, what was noted; and the minutes in versions."""

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.types import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "meeting_session",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", text, nullable=False),
        sa.Column("item", text, nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("finished_by", text, nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_meeting_session")),
    )
    op.create_table(
        "meeting_entry",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("about", text, nullable=False),
        sa.Column("words", text, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", text, nullable=False),
        sa.PrimaryKeyConstraint("day", "number", name=op.f("pk_meeting_entry")),
    )
    op.create_table(
        "minutes",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", text, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.PrimaryKeyConstraint("day", "version", name=op.f("pk_minutes")),
    )


def downgrade() -> None:
    op.drop_table("minutes")
    op.drop_table("meeting_entry")
    op.drop_table("meeting_session")
