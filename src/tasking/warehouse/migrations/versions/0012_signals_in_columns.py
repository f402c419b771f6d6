"""What is asked of every report's signals has columns: is it sensitive, does it name a vehicle or a reference, could it
not be read. Null until a version of the code that knows the columns has stored the signals."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COLUMNS = ("is_sensitive", "is_marked", "is_unread")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("report_signal", sa.Column(name, sa.Boolean(), nullable=True))
    signals = sa.column("signals", sa.Text)
    op.execute(
        sa.update(sa.table("report_signal", *(sa.column(name, sa.Boolean) for name in _COLUMNS))).values(
            is_sensitive=signals.contains('"is_sensitive":true', autoescape=True),
            is_marked=sa.or_(
                signals.contains('"half_plates":', autoescape=True), signals.contains('"references":', autoescape=True)
            ),
            is_unread=signals.contains('"is_unread":true', autoescape=True),
        )
    )


def downgrade() -> None:
    for name in reversed(_COLUMNS):
        op.drop_column("report_signal", name)
