"""Tables of meetings: where one is, who is there, what was noted, and the minutes."""

import sqlalchemy as sa

from tasking.warehouse.tables.schema import metadata
from tasking.warehouse.types import UtcDateTime

# One row per day whose meeting was started.
meeting_session = sa.Table(
    "meeting_session",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("started_by", sa.Text, nullable=False),
    sa.Column("item", sa.Text, nullable=False),  # the key of the public item that is on the screen; empty for the first
    sa.Column("finished_at", UtcDateTime),
    sa.Column("finished_by", sa.Text),
)

# One row per thing recorded at a meeting: who is there, who sent apologies, a note, an item that was skipped.
# Append-only.
meeting_entry = sa.Table(
    "meeting_entry",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),  # the key of an item, or the number of an entry; may be empty
    sa.Column("words", sa.Text, nullable=False),  # a name or a note
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

# One row per version of a meeting's minutes.
minutes = sa.Table(
    "minutes",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),  # canonical JSON
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),  # of a correction
)
