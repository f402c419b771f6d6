"""Tables of how people read the desk."""

import sqlalchemy as sa

from tasking.warehouse.tables.schema import metadata
from tasking.warehouse.types import UtcDateTime

# One row per filter of a list that somebody saved for themselves. `asked`: the values of its fields.
saved_filter = sa.Table(
    "saved_filter",
    metadata,
    sa.Column("filter_id", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("list_name", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("asked", sa.JSON, nullable=False),
    sa.Column("saved_at", UtcDateTime, nullable=False),
    sa.Index(None, "account", "list_name"),  # names are kept apart when saved: erasure may make two of them alike
)
