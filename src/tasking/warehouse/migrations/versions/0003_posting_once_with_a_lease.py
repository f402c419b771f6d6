"""Posting: a claim has an end and a holder, replies have rows of their own; what people did with proposals."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from tasking.warehouse.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEPT = ("day", "channel", "kind", "version", "state", "message_ref", "claimed_at")


def upgrade() -> None:
    rows = _moved_away()
    outbox = op.create_table(
        "outbox",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_ref", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("day", "channel", "kind", "part", name=op.f("pk_outbox")),
    )
    op.create_table(
        "proposal_step",
        sa.Column("proposal_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "step", name=op.f("pk_proposal_step")),
    )
    with op.batch_alter_table("proposal_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_step_day"), ["day"], unique=False)
    # A claim without an answer is a doubt now: the channel is asked before anything is sent again.
    states = {"sending": "doubt"}
    fresh = [
        {**row, "part": "", "state": states.get(row["state"], row["state"]), "sent_at": _sent_at(row)} for row in rows
    ]
    if fresh:
        op.bulk_insert(outbox, fresh)


def downgrade() -> None:
    rows = [row for row in _moved_away() if row["part"] == ""]
    outbox = op.create_table(
        "outbox",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_ref", sa.Text(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", "kind", name=op.f("pk_outbox")),
    )
    states = {"sent": "sent"}
    fresh = [
        {name: row[name] for name in _KEPT} | {"state": states.get(row["state"], "sending")}
        for row in rows
        if row["state"] != "refused"
    ]
    if fresh:
        op.bulk_insert(outbox, fresh)
    op.drop_table("proposal_step")


def _sent_at(row: dict[str, Any]) -> Any:
    return row["claimed_at"] if row["state"] == "sent" else None


def _moved_away() -> list[dict[str, Any]]:
    """The rows of the outbox, which is then gone."""
    connection = op.get_bind()
    table = sa.Table("outbox", sa.MetaData(), sa.Column("claimed_at", UtcDateTime()), autoload_with=connection)
    for name in ("claimed_until_at", "sent_at"):
        if name in table.c:
            table.c[name].type = UtcDateTime()
    rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
    op.drop_table("outbox")
    return rows
