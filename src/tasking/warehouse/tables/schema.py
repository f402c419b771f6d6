"""The metadata that every table belongs to."""

import sqlalchemy as sa

# On PostgreSQL every Text column sorts by bytes (COLLATE "C", migration 0006), as on SQLite, so that a briefing is the
# same on both. A migration that adds a text column has to declare that.
metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
