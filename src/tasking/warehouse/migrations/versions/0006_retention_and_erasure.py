"""What must not be purged or erased, and what was erased; on PostgreSQL texts are in one order whatever the locale."""

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("hold_id", sa.Text(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("reports", sa.JSON(), nullable=False),
        sa.Column("lifted_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_legal_hold")),
    )
    op.create_table(
        "erasure",
        sa.Column("erasure_id", sa.Text(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_erasure")),
    )
    _in_order_of('"C"')


def _in_order_of(collation: str) -> None:
    """A briefing is the same whatever keeps it: SQLite's order of texts is that of their bytes, so is this one."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    inspector = sa.inspect(connection)
    views = {name: inspector.get_view_definition(name) for name in inspector.get_view_names()}
    for name in views:  # no column of a view can be altered
        op.execute(f'DROP VIEW "{name}"')
    for table in inspector.get_table_names():
        texts = [column["name"] for column in inspector.get_columns(table) if isinstance(column["type"], sa.Text)]
        if texts and table != "alembic_version":
            changes = ", ".join(f'ALTER COLUMN "{name}" TYPE text COLLATE {collation}' for name in texts)
            op.execute(f'ALTER TABLE "{table}" {changes}')
    for name, definition in views.items():
        op.execute(f'CREATE VIEW "{name}" AS {definition}')


def downgrade() -> None:
    op.drop_table("erasure")
    op.drop_table("legal_hold")
    _in_order_of('"default"')
