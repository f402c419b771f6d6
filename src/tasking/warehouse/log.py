"""The log: who did what with what. Append-only, each entry hashed with the one before."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

ERASED: Final = "[erased]"  # instead of the words of a person who was erased


class Entry(NamedTuple):
    """Something for the log: who did what, with what, and a note."""

    actor: str
    action: str
    subject: str
    note: str


def log(warehouse: Warehouse, entry: Entry, now: datetime) -> None:
    """Writes one entry into the log, for something that changes nothing else: a look, an export."""
    with warehouse.writing() as connection:
        append_entries(connection, now, [entry])


def newest_entry(warehouse: Warehouse, actions: Sequence[str], subject: str) -> tuple[Entry, datetime] | None:
    """The newest entry with one of these actions on a subject, and when it was; None where there is none."""
    t = tables.log
    query = sa.select(t).where(t.c.action.in_(list(actions)), t.c.subject == subject)
    with warehouse.reading() as connection:
        row = connection.execute(query.order_by(t.c.entry_number.desc()).limit(1)).first()
    return (Entry(row.actor, row.action, row.subject, row.note), row.at) if row else None


def append_log(connection: sa.Connection, now: datetime, actor: str, action: str, subject: str, note: str) -> None:
    """Adds an entry to the log, hashed with the one before."""
    append_entries(connection, now, [Entry(actor, action, subject, note)])


def append_entries(connection: sa.Connection, now: datetime, entries: Sequence[Entry]) -> None:
    """Adds entries to the log, each hashed with the one before."""
    t = tables.log
    if connection.dialect.name == "postgresql":  # SQLite's writers queue from the start
        connection.execute(sa.text("LOCK TABLE log IN EXCLUSIVE MODE"))
    last = connection.execute(sa.select(t).order_by(t.c.entry_number.desc()).limit(1)).first()
    number, previous = (last.entry_number, last.entry_hash) if last else (0, "")
    rows = []
    for entry in entries:
        number += 1
        previous = _hash(previous, number, now, entry)
        rows.append({"entry_number": number, "at": now, **entry._asdict(), "entry_hash": previous})
    if rows:
        connection.execute(sa.insert(t), rows)


def broken_at(connection: sa.Connection) -> int | None:
    """The number of the first entry that was changed, or before which one is missing; None where the chain holds.

    An entry out of which an erased person's words were taken can't prove itself any more; the next ones still do.
    """
    t, before = tables.log, None
    query = sa.select(t).order_by(t.c.entry_number).execution_options(yield_per=5_000)
    for row in connection.execute(query):
        if before is not None:
            entry = Entry(row.actor, row.action, row.subject, row.note)
            is_as_written = row.entry_hash == _hash(before.entry_hash, row.entry_number, row.at, entry)
            if row.entry_number != before.entry_number + 1 or not (is_as_written or ERASED in "".join(entry)):
                return int(row.entry_number)
        before = row
    return None


def _hash(previous: str, number: int, at: datetime, entry: Entry) -> str:
    line = "\x1f".join([previous, str(number), at.isoformat(), *entry])
    return hashlib.sha256(line.encode()).hexdigest()
