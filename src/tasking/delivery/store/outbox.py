"""The outbox: one row a message that must exist once. Whoever calls the channel holds the row first, for a while.

A row that is held is nobody else's. A holder that dies leaves a claim that runs out; who takes it over knows from it
that the channel may have the message already. Every end of a claim names the holder, so one that comes back too late
changes nothing.
The clock of a claim is the database's, so that workers whose clocks differ agree on who holds what.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse


class State(StrEnum):
    SENDING = "sending"  # held, and perhaps on its way
    SENT = "sent"  # the channel has it
    DOUBT = "doubt"  # the channel may have it
    REFUSED = "refused"  # the channel does not have it
    WITHDRAWN = "withdrawn"  # it was taken back: before it was posted, or for its age


class MessageKey(NamedTuple):
    """Which message: of a day, in a channel, of a kind; `part` is a reply or picture in its thread."""

    day: date
    channel: str
    kind: str
    part: str = ""


class Claim(NamedTuple):
    """`is_ours`: we hold the row. `state` is how it stood before; where another holds it, until when."""

    is_ours: bool
    state: State | None  # None: there was no row
    version: int
    message_ref: str | None
    content_hash: str | None
    sent_at: datetime | None
    leased_until: datetime | None = None


def claim(warehouse: Warehouse, key: MessageKey, version: int, holder: str, lease: timedelta) -> Claim:
    """Holds the row of a message for `lease`, or says how far others came with it."""
    o = tables.outbox
    with warehouse.writing() as connection:
        now = _now(connection)
        held = {"state": State.SENDING, "claimed_at": now, "claimed_by": holder, "claimed_until_at": now + lease}
        row = connection.execute(sa.select(o).where(*_is(key)).with_for_update()).first()
        if row is None:
            try:
                with connection.begin_nested():
                    connection.execute(sa.insert(o).values(**key._asdict(), version=version, **held))
            except sa.exc.IntegrityError:  # on PostgreSQL two may find no row at once
                return Claim(False, State.SENDING, version, None, None, None, now + lease)
            return Claim(True, None, version, None, None, None)
        before = Claim(
            True, State(row.state), row.version, row.message_ref, row.content_hash, row.sent_at, row.claimed_until_at
        )
        if before.state == State.SENDING and row.claimed_until_at is not None and row.claimed_until_at > now:
            return before._replace(is_ours=False)
        connection.execute(sa.update(o).where(*_is(key)).values(**held))
    # An edit that was not finished is done again; it was sent all the same.
    if before.state == State.SENDING:
        return before._replace(state=State.SENT if before.sent_at else State.DOUBT)
    return before


def renew_lease(warehouse: Warehouse, key: MessageKey, holder: str, lease: timedelta) -> bool:
    """Holds the row for another `lease`; False where it has become somebody else's."""
    o = tables.outbox
    with warehouse.writing() as connection:
        held = connection.execute(
            sa.update(o).where(*_is(key), o.c.claimed_by == holder).values(claimed_until_at=_now(connection) + lease)
        )
        return held.rowcount == 1


def parts(warehouse: Warehouse, day: date, channel: str, kind: str) -> dict[str, str]:
    """Part -> reference of every reply and picture that the thread of a message has."""
    o = tables.outbox
    query = sa.select(o.c.part, o.c.message_ref).where(
        o.c.day == day, o.c.channel == channel, o.c.kind == kind, o.c.part != "", o.c.state == State.SENT
    )
    with warehouse.engine.connect() as connection:
        return {row.part: row.message_ref for row in connection.execute(query)}


def find(warehouse: Warehouse, key: MessageKey) -> Claim | None:
    """How a message stands, without holding it; None where nobody began to send it."""
    o = tables.outbox
    with warehouse.engine.connect() as connection:
        row = connection.execute(sa.select(o).where(*_is(key))).first()
    if row is None:
        return None
    return Claim(False, State(row.state), row.version, row.message_ref, row.content_hash, row.sent_at)


def sent(warehouse: Warehouse, day: date, kind: str) -> list[tuple[str, datetime | None]]:
    """(state, when the channel first had it) of each message of a kind; its replies and pictures left out."""
    o = tables.outbox
    query = sa.select(o.c.state, o.c.sent_at).where(o.c.day == day, o.c.kind == kind, o.c.part == "")
    with warehouse.engine.connect() as connection:
        return [(row.state, row.sent_at) for row in connection.execute(query)]


def newest_day(warehouse: Warehouse, kind: str, part: str, until: date) -> date | None:
    """The newest day, up to `until`, for which a channel has this part of a message; None where there is none."""
    o = tables.outbox
    query = sa.select(sa.func.max(o.c.day)).where(
        o.c.kind == kind, o.c.part == part, o.c.state == State.SENT, o.c.day <= until
    )
    with warehouse.engine.connect() as connection:
        return connection.execute(query).scalar()


def record_sent(
    warehouse: Warehouse, key: MessageKey, holder: str, version: int, message_ref: str, content_hash: str, now: datetime
) -> None:
    """Records that the channel has the message, under which reference, and what of it ("": that is not known yet); the
    row is free again.

    A message that was posted or edited is in the log; its replies and pictures are not there one by one.
    """
    o = tables.outbox
    ours = (*_is(key), o.c.claimed_by == holder)
    known = {"state": State.SENT, "version": version, "message_ref": message_ref, "content_hash": content_hash}
    with warehouse.writing() as connection:
        before = connection.execute(sa.select(o.c.sent_at, o.c.content_hash).where(*ours)).first()
        if before is None:
            return
        free = {"claimed_by": None, "claimed_until_at": None, "sent_at": before.sent_at or now}
        connection.execute(sa.update(o).where(*ours).values(**known, **free))
        if not key.part and content_hash and before.content_hash != content_hash:
            done = f"{key.kind} {'edited' if before.content_hash else 'posted'}"
            append_log(connection, now, "tasking", done, f"{key.day} v{version}", key.channel)


def release(warehouse: Warehouse, key: MessageKey, holder: str, state: State) -> None:
    """Frees a row in the state that the channel's answer left it in."""
    _end(warehouse, key, holder, state=state)


def _end(warehouse: Warehouse, key: MessageKey, holder: str, **values: Any) -> None:
    o = tables.outbox
    with warehouse.writing() as connection:
        connection.execute(
            sa.update(o)
            .where(*_is(key), o.c.claimed_by == holder)
            .values(claimed_by=None, claimed_until_at=None, **values)
        )


def _now(connection: sa.Connection) -> datetime:
    if connection.dialect.name == "postgresql":
        return connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()  # type: ignore[no-any-return]
    return datetime.now(UTC)  # SQLite is on this machine, and so is every worker


def _is(key: MessageKey) -> tuple[sa.ColumnElement[bool], ...]:
    o = tables.outbox
    return o.c.day == key.day, o.c.channel == key.channel, o.c.kind == key.kind, o.c.part == key.part


def posts(warehouse: Warehouse, day: date) -> list[dict[str, Any]]:
    """Where a day's briefing went: one row a channel, with how it stands there and when the channel first had it."""
    o = tables.outbox
    query = sa.select(o.c.channel, o.c.state, o.c.version, o.c.sent_at).where(
        o.c.day == day, o.c.kind == "briefing", o.c.part == ""
    )
    said = {"sent": "posted", "sending": "on its way", "doubt": "perhaps posted", "refused": "not posted"}
    with warehouse.engine.connect() as connection:
        rows = connection.execute(query.order_by(o.c.channel)).all()
    return [
        {
            "channel": row.channel.partition(":")[0],
            "words": f"{said.get(row.state, row.state)} (version {row.version})",
            "sent_at": row.sent_at,
        }
        for row in rows
    ]
