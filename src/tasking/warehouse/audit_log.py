"""The audit log: who did what to what. Append-only; each entry is hashed together with the one before."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

ERASED: Final = "[erased]"  # replaces the text about a person who was erased
ERASED_ACTION: Final = "person erased"
BACKED_UP: Final = "back-up begun"
_CHANGED: Final = re.compile(r"; entries changed: (\d{1,12}(?:, \d{1,12}){0,100000})$")


class Entry(NamedTuple):
    """An entry to write: who did what to what, and a note."""

    actor: str
    action: str
    subject: str
    note: str


def log(warehouse: Warehouse, entry: Entry, now: datetime) -> None:
    """Writes one entry in its own transaction, for an action that changes nothing else, such as an export."""
    with warehouse.writing() as connection:
        append_entries(connection, now, [entry])


def newest_entry(
    warehouse: Warehouse, actions: Sequence[str], subject: str, actor: str | None = None
) -> tuple[Entry, datetime] | None:
    """The newest entry with one of these actions on a subject (by `actor`), and when it was; None where there is
    none."""
    t = tables.log
    query = sa.select(t).where(t.c.action.in_(list(actions)), t.c.subject == subject)
    if actor is not None:
        query = query.where(t.c.actor == actor)
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


def note_of_erasure(words: str, changed: Sequence[int] = ()) -> str:
    """The note of an erasure's entry, with the numbers of the log entries it redacted, which `broken_at` reads."""
    return words + (f"; entries changed: {', '.join(map(str, changed))}" if changed else "")


def entries_of(warehouse: Warehouse, action: str) -> list[sa.Row[Any]]:
    """The entries of an action, oldest first: entry_number, at, actor, action, subject, note."""
    t = tables.log
    with warehouse.engine.connect() as connection:
        return list(connection.execute(sa.select(t).where(t.c.action == action).order_by(t.c.entry_number)).all())


def _changed_by_erasure(connection: sa.Connection) -> set[int]:
    t = tables.log
    notes = connection.execute(sa.select(t.c.note).where(t.c.action == ERASED_ACTION)).scalars()
    return {int(one) for note in notes if (found := _CHANGED.search(note)) for one in found[1].split(", ")}


def broken_at(connection: sa.Connection) -> int | None:
    """The number of the first entry that was changed or whose predecessor is missing; None if the chain is intact.

    The hash of an entry redacted by an erasure no longer matches, which is allowed; the entries after it still match.
    The erasure's own entry lists them; those redacted by older versions are recognised by the text ERASED.
    """
    t, before = tables.log, None
    changed = _changed_by_erasure(connection)
    query = sa.select(t).order_by(t.c.entry_number).execution_options(yield_per=5_000)
    for row in connection.execute(query):
        if before is not None:
            entry = Entry(row.actor, row.action, row.subject, row.note)
            is_as_written = row.entry_hash == _hash(before.entry_hash, row.entry_number, row.at, entry)
            if row.entry_number != before.entry_number + 1 or not (
                is_as_written or ERASED in "".join(entry) or row.entry_number in changed
            ):
                return int(row.entry_number)
        before = row
    return None


def _hash(previous: str, number: int, at: datetime, entry: Entry) -> str:
    line = "\x1f".join([previous, str(number), at.isoformat(), *entry])
    return hashlib.sha256(line.encode()).hexdigest()
