"""What a pair for clerical review asks: whether two incidents are one, or whether a report belongs to its incident."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("link_question", sa.Column("kind", text, nullable=False, server_default="merge"))


def downgrade() -> None:
    op.drop_column("link_question", "kind")
