"""Tables of messages sent to channels and of buttons pressed in chat."""

import sqlalchemy as sa

from tasking.warehouse.tables.schema import metadata
from tasking.warehouse.types import UtcDateTime

# One row per message that must exist once. `part`: a reply or picture in its thread; empty for the message itself.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # see warehouse.outbox.State
    sa.Column("message_ref", sa.Text),
    sa.Column("content_hash", sa.Text),  # of what the channel has
    sa.Column("claimed_at", UtcDateTime, nullable=False),
    sa.Column("claimed_by", sa.Text),  # while somebody calls the channel, until
    sa.Column("claimed_until_at", UtcDateTime),
    sa.Column("sent_at", UtcDateTime),  # when the channel first had it
)

# One row per button pressed in chat, by the chat's id. It is stored before it is acknowledged.
press = sa.Table(
    "press",
    metadata,
    sa.Column("press_id", sa.Text, primary_key=True),
    sa.Column("pressed_by", sa.Text, nullable=False),  # who, by the chat's id
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),  # where to answer
    sa.Column("reason", sa.Text, nullable=False),  # empty once the press has ended: the step has it
    sa.Column("answers", sa.JSON),  # what else was filled in; null once the press has ended
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # see warehouse.presses.State
    sa.Column("tries", sa.Integer, nullable=False),  # in this state
    sa.Column("words", sa.Text, nullable=False),  # for who pressed; empty where there is nothing to say
    sa.Column("not_before_at", UtcDateTime),  # when it is tried again
    sa.Column("ended_at", UtcDateTime),
    sa.Index(None, "state", "received_at"),
)
