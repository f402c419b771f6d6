"""The log: who did what with what. Append-only, each entry hashed with the one before."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse


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
        line = "\x1f".join([previous, str(number), now.isoformat(), *entry])
        previous = hashlib.sha256(line.encode()).hexdigest()
        rows.append({"entry_number": number, "at": now, **entry._asdict(), "entry_hash": previous})
    if rows:
        connection.execute(sa.insert(t), rows)
