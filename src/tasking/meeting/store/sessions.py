"""Meetings in the warehouse: where one is, what was recorded there, and the versions of its minutes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tasking.model.meeting import Entry, Kind, Minutes, Session, StoredMinutes
from tasking.warehouse import tables
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse, transaction_lock


def session(warehouse: Warehouse, day: date) -> Session | None:
    """The meeting of a day with everything recorded there; None where it was not started."""
    with warehouse.reading() as connection:
        return _session(connection, day)


def start(warehouse: Warehouse, day: date, actor: str, now: datetime, entries: Sequence[Entry]) -> bool:
    """Starts the meeting of a day with its first entries. False where it was started already: nothing is stored."""
    s = tables.meeting_session
    with warehouse.writing() as connection:
        transaction_lock(connection, f"meeting {day}")
        if _session(connection, day) is not None:
            return False
        connection.execute(sa.insert(s).values(day=day, started_at=now, started_by=actor, item=""))
        _append(connection, day, entries, 0)
        append_log(connection, now, actor, "meeting: started", str(day), "")
    return True


def record(warehouse: Warehouse, day: date, entries: Sequence[Entry]) -> None:
    """Adds entries to a meeting."""
    e = tables.meeting_entry
    with warehouse.writing() as connection:
        transaction_lock(connection, f"meeting {day}")
        last = connection.execute(sa.select(sa.func.max(e.c.number)).where(e.c.day == day)).scalar() or 0
        _append(connection, day, entries, last)
        for one in entries:
            append_log(connection, one.at, one.actor, f"meeting: {one.kind}", str(day), "")


def go_to(warehouse: Warehouse, day: date, item: str) -> None:
    """Stores which item is on the screen."""
    s = tables.meeting_session
    with warehouse.writing() as connection:
        connection.execute(sa.update(s).where(s.c.day == day).values(item=item))


def finish(warehouse: Warehouse, day: date, actor: str, now: datetime) -> bool:
    """Marks a meeting as finished. False where somebody has finished it already."""
    s = tables.meeting_session
    with warehouse.writing() as connection:
        transaction_lock(connection, f"meeting {day}")
        open_one = sa.update(s).where(s.c.day == day, s.c.finished_at.is_(None))
        if not connection.execute(open_one.values(finished_at=now, finished_by=actor)).rowcount:
            return False
        append_log(connection, now, actor, "meeting: finished", str(day), "")
    return True


def store_minutes(warehouse: Warehouse, written: Minutes, actor: str, now: datetime) -> bool:
    """Stores a version of a meeting's minutes. False, and nothing is stored, where there is one of that number."""
    m = tables.minutes
    with warehouse.writing() as connection:
        transaction_lock(connection, f"meeting {written.day}")
        newest = connection.execute(sa.select(sa.func.max(m.c.version)).where(m.c.day == written.day)).scalar() or 0
        if newest != written.version - 1:
            return False
        connection.execute(
            sa.insert(m).values(
                day=written.day, version=written.version, content=written.canonical(), made_at=now, made_by=actor,
                reason=written.corrects,
            )
        )  # fmt: skip
        append_log(connection, now, actor, "minutes: made", f"{written.day} v{written.version}", "")
    return True


def minutes_of(warehouse: Warehouse, day: date) -> list[StoredMinutes]:
    """Every version of a meeting's minutes, the oldest first."""
    m = tables.minutes
    with warehouse.reading() as connection:
        rows = connection.execute(sa.select(m).where(m.c.day == day).order_by(m.c.version)).all()
    return [StoredMinutes(Minutes.read(row.content), row.made_at, row.made_by) for row in rows]


def unfinished(warehouse: Warehouse, since: date, before: date) -> list[date]:
    """The days from one to before another whose meeting was started and not finished, the newest first."""
    s = tables.meeting_session
    wanted = (s.c.day >= since, s.c.day < before, s.c.finished_at.is_(None))
    with warehouse.reading() as connection:
        return list(connection.execute(sa.select(s.c.day).where(*wanted).order_by(s.c.day.desc())).scalars())


def days_with_minutes(warehouse: Warehouse, most: int) -> list[date]:
    """The newest days that have minutes, the newest first."""
    m = tables.minutes
    query = sa.select(m.c.day).distinct().order_by(m.c.day.desc()).limit(most)
    with warehouse.reading() as connection:
        return list(connection.execute(query).scalars())


def attendance(warehouse: Warehouse, since: date, before: date) -> list[tuple[date, str]]:
    """(day, name) of everybody who was entered as present from a day to the one before another, the newest first."""
    e = tables.meeting_entry
    wanted = (e.c.day >= since, e.c.day < before, e.c.kind == Kind.PRESENT)
    query = sa.select(e.c.day, e.c.words).where(*wanted).order_by(e.c.day.desc(), e.c.number)
    with warehouse.reading() as connection:
        return [(row.day, row.words) for row in connection.execute(query)]


def _session(connection: sa.Connection, day: date) -> Session | None:
    s, e = tables.meeting_session, tables.meeting_entry
    row = connection.execute(sa.select(s).where(s.c.day == day)).mappings().first()
    if row is None:
        return None
    entries = connection.execute(sa.select(e).where(e.c.day == day).order_by(e.c.number)).mappings()
    return Session(**row, entries=tuple(_entry(one) for one in entries))


def _entry(row: Any) -> Entry:
    kept = {name: row[name] for name in Entry._fields}
    return Entry(**{**kept, "kind": Kind(row["kind"])})


def _append(connection: sa.Connection, day: date, entries: Sequence[Entry], last: int) -> None:
    rows = [{"day": day, **one._asdict(), "number": number} for number, one in enumerate(entries, last + 1)]
    if rows:
        connection.execute(sa.insert(tables.meeting_entry), rows)
