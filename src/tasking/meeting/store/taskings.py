"""Taskings in the warehouse."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.proposal import Step, Verb
from tasking.warehouse import tables
from tasking.warehouse.among import is_among
from tasking.warehouse.as_of import NOW, is_current, is_member, on
from tasking.warehouse.audit_log import Entry, append_entries
from tasking.warehouse.engine import Warehouse, transaction_lock

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_FOLLOWED: Final = ("what", "place", "owner", "due_on", "why", "incident_id", "is_restricted", "withdrawn_on")


def store_taskings(warehouse: Warehouse, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores taskings; one whose id is stored already is left unchanged, so that a day can be run again."""
    t = tables.tasking
    with warehouse.writing() as connection:
        transaction_lock(connection, "taskings")
        ids = [row["tasking_id"] for row in rows]
        stored = set(connection.execute(sa.select(t.c.tasking_id).where(t.c.tasking_id.in_(ids))).scalars())
        fresh = [dict(row) for row in rows if row["tasking_id"] not in stored]
        if fresh:
            connection.execute(sa.insert(t), fresh)


def follow_briefing(
    warehouse: Warehouse, rows: Sequence[Mapping[str, Any]], gone: Collection[str], by: str, now: datetime, today: date
) -> None:
    """Brings the stored taskings of a day's briefing in line with its newest version, in one transaction.

    `rows`: what the newest version proposes. `gone`: ids that only older versions proposed. A tasking that anybody has
    taken a step with is left unchanged. Changes are logged under `by`.
    """
    t, s = tables.tasking, tables.step
    wanted = {row["tasking_id"]: dict(row) | {"withdrawn_on": None} for row in rows}
    ids = sorted({*wanted, *gone})
    with warehouse.writing() as connection:
        transaction_lock(connection, "taskings")
        for one in ids:
            transaction_lock(connection, one)  # the lock that take_step uses
        stored = {
            row["tasking_id"]: row for row in connection.execute(sa.select(t).where(t.c.tasking_id.in_(ids))).mappings()
        }
        touched = set(connection.execute(sa.select(s.c.subject_id).where(s.c.subject_id.in_(ids))).scalars())
        if fresh := [row for one, row in wanted.items() if one not in stored]:
            connection.execute(sa.insert(t), fresh)
        entries = []
        for one in sorted(stored.keys() - touched):
            before = stored[one]
            new = wanted.get(one, {"withdrawn_on": before["withdrawn_on"] or today})
            changed = {name: new[name] for name in _FOLLOWED if name in new and new[name] != before[name]}
            if changed:
                connection.execute(sa.update(t).where(t.c.tasking_id == one).values(changed))
                entries.append(Entry(by, _log_action(changed), one, ", ".join(sorted(changed))))
        append_entries(connection, now, entries)


def _log_action(changed: Mapping[str, Any]) -> str:
    if "withdrawn_on" not in changed:
        return "tasking: changed with its briefing"
    return "tasking: withdrawn" if changed["withdrawn_on"] else "tasking: proposed again"


def withdraw(warehouse: Warehouse, tasking_id: str, day: date) -> None:
    """Marks a tasking as withdrawn: the decision that made it has been taken back."""
    t = tables.tasking
    with warehouse.writing() as connection:
        connection.execute(sa.update(t).where(t.c.tasking_id == tasking_id).values(withdrawn_on=day))


def taskings(warehouse: Warehouse, before: date, only: Collection[str] | None = None) -> list[dict[str, Any]]:
    """The taskings proposed before a day, the oldest first; with `only`, those of these ids."""
    t = tables.tasking
    own = [column for column in t.c if column is not t.c.is_restricted]
    query = sa.select(*own, _is_restricted().label("is_restricted")).where(t.c.proposed_on < before)
    query = query.order_by(t.c.proposed_on, t.c.tasking_id)
    wanted = sorted(only) if only is not None else []
    queries = [query]
    if only is not None:
        chunks = (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK))
        queries = [query.where(is_among(t.c.tasking_id, chunk)) for chunk in chunks]
    with warehouse.reading() as connection:
        rows = [dict(row) for one in queries for row in connection.execute(one).mappings()]
    return sorted(rows, key=lambda row: (row["proposed_on"], row["tasking_id"]))


def _is_restricted() -> sa.ColumnElement[bool]:
    """A condition on taskings: of the restricted route by itself, or by the proposal that it follows from."""
    t, p = tables.tasking, tables.proposal
    return t.c.is_restricted | sa.exists().where(p.c.proposal_id == t.c.proposal_id, p.c.is_restricted)


def is_tasking(warehouse: Warehouse, tasking_id: str) -> bool:
    """True where there is a tasking of this id."""
    t = tables.tasking
    with warehouse.reading() as connection:
        query = sa.select(t.c.tasking_id).where(t.c.tasking_id == tasking_id)
        return connection.execute(query).first() is not None


def incidents_of_taskings(warehouse: Warehouse, incident_ids: Iterable[str]) -> dict[str, str]:
    """Tasking id -> its incident, of the taskings of some incidents."""
    t = tables.tasking
    wanted = sorted(set(incident_ids))
    found: dict[str, str] = {}
    with warehouse.reading() as connection:
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            query = sa.select(t.c.tasking_id, t.c.incident_id).where(is_among(t.c.incident_id, chunk))
            found.update((row.tasking_id, row.incident_id) for row in connection.execute(query))
    return found


def places_of_incidents(
    warehouse: Warehouse, incident_ids: Sequence[str], day: date | None = None
) -> dict[str, dict[str, Any]]:
    """Incident -> category, place_name, town and ward of its first report, now or as of a day."""
    r, i, at = tables.report, tables.incident_report, on(day) if day else NOW
    columns = (i.c.incident_id, r.c.category, r.c.place_name, r.c.town, r.c.ward)
    found: dict[str, dict[str, Any]] = {}
    ids = sorted(set(incident_ids))
    with warehouse.reading() as connection:
        for start in range(0, len(ids), _CHUNK):
            query = (
                sa.select(*columns)
                .join(r, (r.c.report_id == i.c.report_id) & is_current(r, at))
                .where(is_among(i.c.incident_id, ids[start : start + _CHUNK]), is_member(i, at))
                .order_by(r.c.received_at, r.c.report_id)
            )
            for row in connection.execute(query).mappings():
                found.setdefault(row["incident_id"], dict(row))
    return found


def steps_between(warehouse: Warehouse, since: date, until: date, verb: Verb) -> list[Step]:
    """The steps of a verb with public taskings from `since` to the day before `until`, the earliest first; none that
    was taken back before `until`."""
    s, t = tables.step, tables.tasking
    back = s.alias("back")
    is_undone = sa.exists().where(
        back.c.subject_id == s.c.subject_id, back.c.undoes == s.c.number, back.c.day < until
    )  # fmt: skip
    is_public = s.c.subject_id.in_(sa.select(t.c.tasking_id).where(~_is_restricted()))
    of_verb = (s.c.day >= since, s.c.day < until, s.c.verb == verb)
    query = sa.select(s).where(*of_verb, is_public, ~is_undone).order_by(s.c.at)
    with warehouse.reading() as connection:
        rows = connection.execute(query).mappings().all()
    return [Step(**{name: row[name] for name in Step._fields} | {"verb": Verb(row["verb"])}) for row in rows]
