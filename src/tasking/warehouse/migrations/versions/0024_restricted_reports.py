"""Restricted reports by themselves: the register is counted and searched, and few of a county's reports are in it."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_NAME = "ix_report_restricted"


def upgrade() -> None:
    op.create_index(
        _NAME,
        "report",
        ["report_id"],
        sqlite_where=sa.text("is_restricted = 1 AND superseded_on IS NULL"),
        postgresql_where=sa.text("is_restricted AND superseded_on IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(_NAME, "report")
