"""Notes on reports. They are never changed; every one is in the log, without its text."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from tasking.model.casefile import Note
from tasking.warehouse import tables
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse, transaction_lock
from tasking.warehouse.visibility import Visibility

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_SENT_AGAIN: Final = timedelta(minutes=10)  # the same words within it are a form that was sent twice
_COLUMNS: Final = tuple(tables.note.c[name] for name in Note._fields)


def store(warehouse: Warehouse, made: Note, log_action: str) -> Note:
    """Stores a note under an id of its own. The same note by the same person minutes ago is returned instead."""
    new = made._replace(note_id=f"N-{secrets.token_hex(8)}")
    n = tables.note
    is_same = (
        n.c.report_id == made.report_id, n.c.actor == made.actor, n.c.text == made.text,
        n.c.at > made.at - _SENT_AGAIN, n.c.withdrawn_at.is_(None),
    )  # fmt: skip
    with warehouse.writing() as connection:
        transaction_lock(connection, f"notes {made.report_id}")
        if (before := connection.execute(sa.select(*_COLUMNS).where(*is_same)).first()) is not None:
            return Note(*before)
        connection.execute(sa.insert(tables.note).values(new._asdict()))
        append_log(connection, new.at, new.actor, log_action, new.report_id, new.note_id)
    return new


def notes(warehouse: Warehouse, report_ids: Sequence[str], visibility: Visibility) -> list[Note]:
    """The notes on some reports that somebody may see, the earliest first; those that were withdrawn without text."""
    n = tables.note
    found: list[Note] = []
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = sa.select(*_COLUMNS).where(n.c.report_id.in_(list(report_ids[start : start + _CHUNK])))
            found += [Note(*row) for row in connection.execute(query.where(*_is_open(visibility)))]
    return sorted((_as_shown(one) for one in found), key=lambda one: (one.at, one.note_id))


def note(warehouse: Warehouse, note_id: str, visibility: Visibility) -> Note | None:
    """A note; None where there is none that somebody may see."""
    query = sa.select(*_COLUMNS).where(tables.note.c.note_id == note_id, *_is_open(visibility))
    with warehouse.reading() as connection:
        row = connection.execute(query).first()
    return _as_shown(Note(*row)) if row else None


def withdraw(warehouse: Warehouse, one: Note, actor: str, reason: str, now: datetime, log_action: str) -> bool:
    """Marks a note as withdrawn. False where it was withdrawn already."""
    n = tables.note
    values = {"withdrawn_at": now, "withdrawn_by": actor, "withdrawn_reason": reason}
    with warehouse.writing() as connection:
        here = (n.c.note_id == one.note_id, n.c.withdrawn_at.is_(None))
        if not connection.execute(sa.update(n).where(*here).values(values)).rowcount:
            return False
        append_log(connection, now, actor, log_action, one.report_id, one.note_id)
    return True


def _as_shown(one: Note) -> Note:
    return one._replace(text="") if one.withdrawn_at else one


def _is_open(visibility: Visibility) -> tuple[sa.ColumnElement[bool], ...]:
    if visibility.has_restricted:
        return ()
    return (visibility.report(tables.note.c.report_id), ~tables.note.c.is_restricted)
