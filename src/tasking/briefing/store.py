"""The stored versions of briefings."""

from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse, transaction_lock


class StoredVersion(NamedTuple):
    """A stored version of a day's briefing. `inputs`: what it was made from; see briefing.input_recorder."""

    version: int
    content: str
    inputs: dict[str, Any]


def latest_briefing(warehouse: Warehouse, day: date) -> tuple[int, str] | None:
    """The newest version of a day's briefing and its content, as canonical JSON."""
    b = tables.briefing
    with warehouse.engine.connect() as connection:
        row = connection.execute(
            sa.select(b.c.version, b.c.content).where(b.c.day == day).order_by(b.c.version.desc()).limit(1)
        ).first()
    return (row.version, row.content) if row else None


def newest_day(warehouse: Warehouse) -> date | None:
    """The newest day that has a briefing."""
    with warehouse.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.max(tables.briefing.c.day))).scalar()


def briefings(warehouse: Warehouse, day: date) -> list[tuple[int, str]]:
    """Every version of a day's briefing with its content, the oldest first."""
    b = tables.briefing
    with warehouse.engine.connect() as connection:
        rows = connection.execute(sa.select(b.c.version, b.c.content).where(b.c.day == day).order_by(b.c.version))
        return [(row.version, row.content) for row in rows]


def last_briefings(warehouse: Warehouse, day: date, most: int, until: int | None = None) -> list[tuple[int, str]]:
    """The newest `most` versions of a day's briefing, none after version `until`; the oldest of them first."""
    b = tables.briefing
    query = sa.select(b.c.version, b.c.content).where(b.c.day == day).order_by(b.c.version.desc()).limit(most)
    if until is not None:
        query = query.where(b.c.version <= until)
    with warehouse.engine.connect() as connection:
        return [(row.version, row.content) for row in reversed(connection.execute(query).all())]


def newest_version(warehouse: Warehouse, day: date) -> StoredVersion | None:
    """The newest version of a day's briefing with what it was made from."""
    b = tables.briefing
    query = sa.select(b.c.version, b.c.content, b.c.inputs).where(b.c.day == day)
    with warehouse.engine.connect() as connection:
        row = connection.execute(query.order_by(b.c.version.desc()).limit(1)).first()
    return StoredVersion(row.version, row.content, dict(row.inputs or {})) if row else None


def days_naming(warehouse: Warehouse, incident_id: str, since: date) -> list[date]:
    """The days from `since` on whose newest version names an incident, the newest first."""
    b = tables.briefing
    later = b.alias("later")
    is_newest = ~sa.exists().where(later.c.day == b.c.day, later.c.version > b.c.version)
    names_it = b.c.content.contains(f'"{incident_id}"', autoescape=True)
    query = sa.select(b.c.day).where(b.c.day >= since, is_newest, names_it).order_by(b.c.day.desc())
    with warehouse.reading() as connection:
        return list(connection.execute(query).scalars())


def store_briefing(
    warehouse: Warehouse, day: date, content: str, content_hash: str, inputs: dict[str, Any], after: int = 0
) -> int | None:
    """Stores a briefing as the version after `after` (0: none), and returns its version; old versions stay.

    None, and nothing is stored, if another run stored a version meanwhile: the caller then looks again.
    """
    b = tables.briefing
    with warehouse.writing() as connection:
        transaction_lock(connection, f"briefing {day}")
        newest = connection.execute(sa.select(sa.func.max(b.c.version)).where(b.c.day == day)).scalar() or 0
        if newest != after:
            return None
        version = after + 1
        connection.execute(
            sa.insert(b).values(day=day, version=version, content=content, content_hash=content_hash, inputs=inputs)
        )
    return version


def store_inputs(warehouse: Warehouse, day: date, version: int, inputs: dict[str, Any]) -> None:
    """Replaces the recorded inputs of a version; its content stays."""
    b = tables.briefing
    with warehouse.writing() as connection:
        connection.execute(sa.update(b).where(b.c.day == day, b.c.version == version).values(inputs=inputs))


def briefing_days(warehouse: Warehouse, until: date | None, most: int) -> list[date]:
    """The days that have a briefing, the newest first: `most` of all, and `most` up to `until`, if it is given."""
    b = tables.briefing
    query = sa.select(b.c.day).distinct().order_by(b.c.day.desc()).limit(most)
    with warehouse.engine.connect() as connection:
        newest = list(connection.execute(query).scalars())
        if until is not None:
            newest += list(connection.execute(query.where(b.c.day <= until)).scalars())
    return sorted({*newest}, reverse=True)
