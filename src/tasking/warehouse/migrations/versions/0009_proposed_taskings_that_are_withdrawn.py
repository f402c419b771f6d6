"""A proposed tasking that a newer version of its briefing does not have is withdrawn, and stays where people see it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasking", sa.Column("withdrawn_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tasking") as batch:
        batch.drop_column("withdrawn_on")
