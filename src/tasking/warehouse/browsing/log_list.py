"""The log, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse


@dataclass(frozen=True)
class LogWanted:
    """Which entries of the log a list shows."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def log_entries(warehouse: Warehouse, wanted: LogWanted, before: int | None, most: int) -> list[dict[str, Any]]:
    """Entries of the log, the newest first, from before an entry's number on."""
    t = tables.log
    query = sa.select(t.c.entry_number, t.c.at, t.c.actor, t.c.action, t.c.subject, t.c.note)
    query = query.order_by(t.c.entry_number.desc()).limit(most)
    if before is not None:
        query = query.where(t.c.entry_number < before)
    for name in ("actor", "action", "subject"):
        if value := getattr(wanted, name):
            query = query.where(t.c[name] == value)
    if wanted.since is not None:
        query = query.where(t.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(t.c.at < wanted.until)
    with warehouse.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def log_names(warehouse: Warehouse) -> tuple[list[str], list[str]]:
    """Everybody who is in the log, and everything that was done."""
    t = tables.log
    with warehouse.engine.connect() as connection:
        return tuple(  # type: ignore[return-value]
            list(connection.execute(sa.select(column).distinct().order_by(column)).scalars())
            for column in (t.c.actor, t.c.action)
        )
