"""Tables of legal holds, erasures and the audit log."""

import sqlalchemy as sa

from tasking.warehouse.tables.schema import metadata
from tasking.warehouse.types import UtcDateTime

# One row per legal hold: people (pseudonyms) and reports (ids) exempt from retention and erasure.
legal_hold = sa.Table(
    "legal_hold",
    metadata,
    sa.Column("hold_id", sa.Text, primary_key=True),
    sa.Column("placed_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("people", sa.JSON, nullable=False),
    sa.Column("reports", sa.JSON, nullable=False),
    sa.Column("lifted_at", UtcDateTime),
)

# One row per erasure: the certificate of what was found and removed, without the identity.
erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("erasure_id", sa.Text, primary_key=True),
    sa.Column("erased_at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("certificate", sa.Text, nullable=False),
)

# Append-only: who did what, each entry hashed with the one before.
log = sa.Table(
    "log",
    metadata,
    sa.Column("entry_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("entry_hash", sa.Text, nullable=False),
)
