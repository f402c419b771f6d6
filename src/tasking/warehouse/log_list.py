"""Reads the audit log, limited to what somebody may see."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.audit_log import Entry, log, newest_entry
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
    is_oldest_first: bool = False


def log_entries(warehouse: Warehouse, wanted: LogFilter, visibility: Visibility) -> Iterator[dict[str, Any]]:
    """Entries of the log, newest first unless asked otherwise, fetched lazily. Entries on something that `visibility`
    withholds are left out, whoever made them."""
    t = tables.log
    query = sa.select(t.c.entry_number, t.c.at, t.c.actor, t.c.action, t.c.subject, t.c.note)
    order = t.c.entry_number if wanted.is_oldest_first else t.c.entry_number.desc()
    query = query.where(visibility.log_entry(t), *_conditions(wanted)).order_by(order)
    page, (at_once, later) = query, _AT_ONCE
    while True:
        with warehouse.engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(page.limit(at_once)).mappings()]
        withheld = withheld_subjects(warehouse, {row["subject"] for row in rows}, visibility)
        yield from (row for row in rows if row["subject"] not in withheld)
        if len(rows) < at_once:
            return
        last = rows[-1]["entry_number"]
        is_after = t.c.entry_number > last if wanted.is_oldest_first else t.c.entry_number < last
        page, at_once = query.where(is_after), later


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
    """(actors, actions) of the entries that `visibility` allows, each sorted.

    One query where the newest entry of each actor and action is allowed; only behind a withheld one are others read.
    """
    t = tables.log
    newest = sa.select(sa.func.max(t.c.entry_number)).where(visibility.log_entry(t)).group_by(t.c.actor, t.c.action)
    query = sa.select(t.c.actor, t.c.action, t.c.subject).where(t.c.entry_number.in_(newest))
    with warehouse.engine.connect() as connection:
        rows = connection.execute(query).all()
    withheld = withheld_subjects(warehouse, {row.subject for row in rows}, visibility)

    def is_seen(row: Any) -> bool:
        wanted = LogFilter(actor=row.actor, action=row.action)
        return row.subject not in withheld or next(log_entries(warehouse, wanted, visibility), None) is not None

    seen = [row for row in rows if is_seen(row)]
    return sorted({row.actor for row in seen}), sorted({row.action for row in seen})


@dataclass(frozen=True)
class AuditLog:
    """The log of who did what: written and read."""

    warehouse: Warehouse
    clock: Callable[[], datetime]

    def write(self, actor: str, action: str, subject: str, note: str = "") -> None:
        """Adds an entry, with the time now."""
        log(self.warehouse, Entry(actor, action, subject, note), self.clock())

    def newest(self, actor: str, actions: Sequence[str], subject: str) -> tuple[str, str, datetime] | None:
        """Action, note and time of somebody's newest entry with one of these actions on a subject; None where there is
        none."""
        found = newest_entry(self.warehouse, actions, subject, actor)
        return (found[0].action, found[0].note, found[1]) if found else None

    def entries(self, wanted: LogFilter, visibility: Visibility) -> Iterator[dict[str, Any]]:
        """The entries that `visibility` may read, the newest first."""
        return log_entries(self.warehouse, wanted, visibility)

    def names(self, visibility: Visibility) -> tuple[list[str], list[str]]:
        """(actors, actions) of the entries that `visibility` allows."""
        return log_names(self.warehouse, visibility)
