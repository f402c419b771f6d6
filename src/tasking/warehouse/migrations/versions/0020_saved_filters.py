"""Filters of the desk's lists that people saved."""

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.types import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "saved_filter",
        sa.Column("filter_id", text, nullable=False),
        sa.Column("account", text, nullable=False),
        sa.Column("list_name", text, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("filter_id", name=op.f("pk_saved_filter")),
    )
    op.create_index(op.f("ix_saved_filter_account_list_name"), "saved_filter", ["account", "list_name"])


def downgrade() -> None:
    op.drop_table("saved_filter")
