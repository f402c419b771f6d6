"""The outbox: one row a message that must exist once. The row is claimed before the channel is called."""

from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse


class Claim(NamedTuple):
    """`is_ours`: nobody had claimed the message. Otherwise `state` says how far the other one came."""

    is_ours: bool
    state: str
    version: int
    message_ref: str | None


def claim(warehouse: Warehouse, day: date, channel: str, kind: str, version: int, now: datetime) -> Claim:
    """Claims the one message of a day, channel and kind, or says who has it and how far they came."""
    o = tables.outbox
    with warehouse.writing() as connection:
        row = connection.execute(
            sa.select(o).where(o.c.day == day, o.c.channel == channel, o.c.kind == kind).with_for_update()
        ).first()
        if row:
            return Claim(False, row.state, row.version, row.message_ref)
        try:
            connection.execute(
                sa.insert(o).values(
                    day=day, channel=channel, kind=kind, version=version, state="sending", claimed_at=now
                )
            )
        except sa.exc.IntegrityError:
            # On PostgreSQL two may find no row at once; the one that comes second waits for the look-up.
            return Claim(False, "sending", version, None)
    return Claim(True, "sending", version, None)


def is_claimed(warehouse: Warehouse, day: date, channel: str, kind: str) -> bool:
    """True where the message was posted, or somebody began to."""
    o = tables.outbox
    with warehouse.engine.connect() as connection:
        query = sa.select(o.c.state).where(o.c.day == day, o.c.channel == channel, o.c.kind == kind)
        return connection.execute(query).first() is not None


def record_sent(warehouse: Warehouse, day: date, channel: str, kind: str, version: int, message_ref: str) -> None:
    """Records that the channel has the message, and under which reference."""
    o = tables.outbox
    with warehouse.writing() as connection:
        connection.execute(
            sa.update(o)
            .where(o.c.day == day, o.c.channel == channel, o.c.kind == kind)
            .values(state="sent", version=version, message_ref=message_ref)
        )
