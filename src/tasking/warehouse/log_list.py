"""Reads the audit log, limited to what somebody may see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.audit_log import Entry, log
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import Visibility
from tasking.warehouse.withheld import withheld_subjects

_AT_ONCE: Final = (100, 1_000)  # entries: first, and from then on


@dataclass(frozen=True)
class LogFilter:
    """Which entries of the log a list shows."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def log_entries(warehouse: Warehouse, wanted: LogFilter, visibility: Visibility) -> Iterator[dict[str, Any]]:
    """Entries of the log, newest first, fetched lazily. Entries on something that `visibility` withholds are left out,
    whoever made them."""
    t = tables.log
    query = sa.select(t.c.entry_number, t.c.at, t.c.actor, t.c.action, t.c.subject, t.c.note)
    query = query.where(visibility.log_entry(t), *_conditions(wanted)).order_by(t.c.entry_number.desc())
    page, (at_once, later) = query, _AT_ONCE
    while True:
        with warehouse.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(page.limit(at_once)).mappings()]
        withheld = withheld_subjects(warehouse, {row["subject"] for row in rows}, visibility)
        yield from (row for row in rows if row["subject"] not in withheld)
        if len(rows) < at_once:
            return
        page, at_once = query.where(t.c.entry_number < rows[-1]["entry_number"]), later


def _conditions(wanted: LogFilter) -> list[Any]:
    t = tables.log
    conditions: list[Any] = [t.c[name] == getattr(wanted, name) for name in ("actor", "action", "subject")
                             if getattr(wanted, name)]  # fmt: skip
    if wanted.since is not None:
        conditions.append(t.c.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(t.c.at < wanted.until)
    return conditions


def log_names(warehouse: Warehouse, visibility: Visibility) -> tuple[list[str], list[str]]:
    """(actors, actions) of the entries that `visibility` allows, each sorted."""
    t = tables.log
    query = sa.select(t.c.actor, t.c.action).where(visibility.log_entry(t)).distinct()
    with warehouse.engine.connect() as connection:
        pairs = [(row.actor, row.action) for row in connection.execute(query)]
    seen = [
        (actor, action)
        for actor, action in pairs
        if next(log_entries(warehouse, LogFilter(actor=actor, action=action), visibility), None) is not None
    ]
    return sorted({actor for actor, _ in seen}), sorted({action for _, action in seen})


@dataclass(frozen=True)
class AuditLog:
    """The log of who did what: written and read."""

    warehouse: Warehouse
    clock: Callable[[], datetime]

    def write(self, actor: str, action: str, subject: str, note: str = "") -> None:
        """Adds an entry, with the time now."""
        log(self.warehouse, Entry(actor, action, subject, note), self.clock())

    def entries(self, wanted: LogFilter, visibility: Visibility) -> Iterator[dict[str, Any]]:
        """The entries that `visibility` may read, the newest first."""
        return log_entries(self.warehouse, wanted, visibility)

    def names(self, visibility: Visibility) -> tuple[list[str], list[str]]:
        """(actors, actions) of the entries that `visibility` allows."""
        return log_names(self.warehouse, visibility)
