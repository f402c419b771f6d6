"""Steps and decisions that take others back, and what people fill in when they approve something in chat."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("step", sa.Column("undoes", sa.Integer()))
    op.add_column("link_decision", sa.Column("act", sa.Integer()))
    op.add_column("link_decision", sa.Column("undoes", sa.Integer()))
    op.add_column("press", sa.Column("answers", sa.JSON()))


def downgrade() -> None:
    op.drop_column("press", "answers")
    op.drop_column("link_decision", "undoes")
    op.drop_column("link_decision", "act")
    op.drop_column("step", "undoes")
