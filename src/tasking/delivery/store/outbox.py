"""The outbox: one row for each message that must be sent once. A worker claims the row before it calls the channel.

A claimed row belongs to one worker until its lease expires. After that another worker may claim it, and knows from its
state that the channel may have the message already. Updates name the claim's holder, so a worker whose lease expired
changes nothing. Leases are measured by the database's clock, because workers' clocks may differ.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse


class State(StrEnum):
    SENDING = "sending"  # claimed, and perhaps sent
    SENT = "sent"  # the channel has it
    DOUBT = "doubt"  # the channel may have it
    REFUSED = "refused"  # the channel does not have it
    WITHDRAWN = "withdrawn"  # cancelled before it was posted, or deleted at the end of its retention


class MessageKey(NamedTuple):
    """Identifies a message by day, channel and kind; `part` is a reply or picture in its thread."""

    day: date
    channel: str
    kind: str
    part: str = ""


class Claim(NamedTuple):
    """A row of the outbox. `is_ours`: the caller claimed it; `state` is its state before that.

    `leased_until` is set while another worker has it.
    """

    is_ours: bool
    state: State | None  # None: there was no row
    version: int
    message_ref: str | None
    content_hash: str | None
    sent_at: datetime | None
    leased_until: datetime | None = None


def claim(warehouse: Warehouse, key: MessageKey, version: int, holder: str, lease: timedelta) -> Claim:
    """Claims the row of a message for the length of `lease`, or returns what another worker has done with it."""
    o = tables.outbox
    with warehouse.writing() as connection:
        now = _now(connection)
        claimed = {"state": State.SENDING, "claimed_at": now, "claimed_by": holder, "claimed_until_at": now + lease}
        row = connection.execute(sa.select(o).where(*_is(key)).with_for_update()).first()
        if row is None:
            try:
                with connection.begin_nested():
                    connection.execute(sa.insert(o).values(**key._asdict(), version=version, **claimed))
            except sa.exc.IntegrityError:  # on PostgreSQL two may find no row at once
                return Claim(False, State.SENDING, version, None, None, None, now + lease)
            return Claim(True, None, version, None, None, None)
        before = Claim(
            True, State(row.state), row.version, row.message_ref, row.content_hash, row.sent_at, row.claimed_until_at
        )
        if before.state == State.SENDING and row.claimed_until_at is not None and row.claimed_until_at > now:
            return before._replace(is_ours=False)
        connection.execute(sa.update(o).where(*_is(key)).values(**claimed))
    # If an edit was interrupted, the message itself had been sent before.
    if before.state == State.SENDING:
        return before._replace(state=State.SENT if before.sent_at else State.DOUBT)
    return before


def renew_lease(warehouse: Warehouse, key: MessageKey, holder: str, lease: timedelta) -> bool:
    """Extends a claim by `lease`; False if another worker has claimed the row."""
    o = tables.outbox
    with warehouse.writing() as connection:
        renewed = connection.execute(
            sa.update(o).where(*_is(key), o.c.claimed_by == holder).values(claimed_until_at=_now(connection) + lease)
        )
        return renewed.rowcount == 1


def sent_parts(warehouse: Warehouse, day: date, channel: str, kind: str) -> dict[str, str]:
    """Part -> reference of every reply and picture that the thread of a message has."""
    o = tables.outbox
    query = sa.select(o.c.part, o.c.message_ref).where(
        o.c.day == day, o.c.channel == channel, o.c.kind == kind, o.c.part != "", o.c.state == State.SENT
    )
    with warehouse.engine.connect() as connection:
        return {row.part: row.message_ref for row in connection.execute(query)}


def find(warehouse: Warehouse, key: MessageKey) -> Claim | None:
    """The state of a message, without a claim; None if nobody has begun to send it."""
    o = tables.outbox
    with warehouse.engine.connect() as connection:
        row = connection.execute(sa.select(o).where(*_is(key))).first()
    if row is None:
        return None
    return Claim(False, State(row.state), row.version, row.message_ref, row.content_hash, row.sent_at)


def message_states(warehouse: Warehouse, day: date, kind: str) -> list[tuple[str, datetime | None]]:
    """(state, when the channel first had it) of each message of a kind, without its replies and pictures."""
    o = tables.outbox
    query = sa.select(o.c.state, o.c.sent_at).where(o.c.day == day, o.c.kind == kind, o.c.part == "")
    with warehouse.engine.connect() as connection:
        return [(row.state, row.sent_at) for row in connection.execute(query)]


def newest_day(warehouse: Warehouse, kind: str, part: str, until: date, channel: str | None = None) -> date | None:
    """The newest day, up to `until`, for which a channel (any by default) has this part of a message; None if there is
    none."""
    o = tables.outbox
    query = sa.select(sa.func.max(o.c.day)).where(
        o.c.kind == kind, o.c.part == part, o.c.state == State.SENT, o.c.day <= until
    )
    if channel is not None:
        query = query.where(o.c.channel == channel)
    with warehouse.engine.connect() as connection:
        return connection.execute(query).scalar()


def record_sent(
    warehouse: Warehouse, key: MessageKey, holder: str, version: int, message_ref: str, content_hash: str, now: datetime
) -> None:
    """Records that the channel has the message, with its reference and content hash ("" if not known yet), and ends the
    claim.

    Posting or editing a message is written to the audit log; replies and pictures are not.
    """
    o = tables.outbox
    ours = (*_is(key), o.c.claimed_by == holder)
    values = {"state": State.SENT, "version": version, "message_ref": message_ref, "content_hash": content_hash}
    with warehouse.writing() as connection:
        before = connection.execute(sa.select(o.c.sent_at, o.c.content_hash).where(*ours)).first()
        if before is None:
            return
        free = {"claimed_by": None, "claimed_until_at": None, "sent_at": before.sent_at or now}
        connection.execute(sa.update(o).where(*ours).values(**values, **free))
        if not key.part and content_hash and before.content_hash != content_hash:
            done = f"{key.kind} {'edited' if before.content_hash else 'posted'}"
            append_log(connection, now, "tasking", done, f"{key.day} v{version}", key.channel)


def release(warehouse: Warehouse, key: MessageKey, holder: str, state: State) -> None:
    """Ends a claim, leaving the row in `state`."""
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
    return datetime.now(UTC)  # with SQLite every worker is on this machine


def _is(key: MessageKey) -> tuple[sa.ColumnElement[bool], ...]:
    o = tables.outbox
    return o.c.day == key.day, o.c.channel == key.channel, o.c.kind == key.kind, o.c.part == key.part


def posts(warehouse: Warehouse, day: date) -> list[dict[str, Any]]:
    """One row for each channel of a day's briefing: its state in words, and when the channel first had it."""
    o = tables.outbox
    query = sa.select(o.c.channel, o.c.state, o.c.version, o.c.sent_at).where(
        o.c.day == day, o.c.kind == "briefing", o.c.part == ""
    )
    state_words = {
        "sent": "posted",
        "sending": "being posted",
        "doubt": "may have been posted",
        "refused": "not posted",
    }
    with warehouse.engine.connect() as connection:
        rows = connection.execute(query.order_by(o.c.channel)).all()
    return [
        {
            "channel": row.channel.partition(":")[0],
            "words": f"{state_words.get(row.state, row.state)} (version {row.version})",
            "sent_at": row.sent_at,
        }
        for row in rows
    ]
