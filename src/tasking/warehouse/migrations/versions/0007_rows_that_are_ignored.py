"""Rows that a feed declares to be no reports, why a delivery is not whole, and what a held row is about."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("delivery", sa.Column("ignored", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("lacking", text, nullable=False, server_default=""))
    op.add_column("held", sa.Column("about", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    for table, column in (("held", "about"), ("delivery", "lacking"), ("delivery", "ignored")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
