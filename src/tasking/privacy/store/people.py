"""The people in the warehouse: who made which report and whom it is about, held rows, and ids made of references."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_MOST_FOUNDED: Final = 4  # incidents that one report can have founded


class ReportRevision(NamedTuple):
    """A revision of a report: its caller, the person it is about, and where it came from."""

    report_id: str
    revision: int
    feed: str
    source_ref: str
    delivery_id: str
    caller_key: str | None
    subject_key: str | None
    place_text: str | None
    caller_name: str | None
    caller_phone: str | None
    caller_email: str | None
    subject_name: str | None
    subject_born_on: str | None

    @property
    def contacts(self) -> frozenset[str]:
        """The caller's telephone number and e-mail address."""
        return frozenset(one for one in (self.caller_phone, self.caller_email) if one)


class ReportRole(NamedTuple):
    """What one person is in a revision of a report: its caller, the person it is about, or both."""

    report_id: str
    revision: int
    is_caller: bool
    is_subject: bool


class HeldRow(NamedTuple):
    """A row that is or was held for somebody to correct."""

    held_id: str
    feed: str
    delivery_id: str
    source_ref: str | None
    row_as_sent: Mapping[str, Any]


def report_revisions(warehouse: Warehouse) -> list[ReportRevision]:
    """Every revision of every report, with its caller and the person it is about."""
    # all of report: a person may be named in any revision
    r, p = tables.report, tables.report_person
    of_report = (
        "report_id", "revision", "feed", "source_ref", "delivery_id", "caller_key", "subject_key", "place_text",
    )  # fmt: skip
    columns = [r.c[name] for name in of_report] + [p.c[name] for name in ReportRevision._fields[len(of_report) :]]
    query = (
        sa.select(*columns)
        .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .order_by(r.c.report_id, r.c.revision)
    )
    with warehouse.engine.connect() as connection:
        return [ReportRevision(*row) for row in connection.execute(query)]


def held_rows(warehouse: Warehouse) -> list[HeldRow]:
    """Every held row, also one whose cells are emptied."""
    h = tables.held
    columns = [h.c[name] for name in HeldRow._fields]
    with warehouse.engine.connect() as connection:
        rows = [HeldRow(*row) for row in connection.execute(sa.select(*columns).order_by(h.c.held_id))]
    return [row._replace(row_as_sent=row.row_as_sent or {}) for row in rows]


def report_ids(revisions: Sequence[ReportRevision], feed: str, source_ref: str) -> list[str]:
    """The reports with a partner's reference; `day:reference` where the partner uses the same ones each day."""
    found = {
        one.report_id
        for one in revisions
        if one.feed == feed and (one.source_ref == source_ref or one.report_id == f"{feed}:{source_ref}")
    }
    return sorted(found)


def reports_of_same_incidents(warehouse: Warehouse, report_ids: Collection[str]) -> set[str]:
    """The reports of every incident that these reports are or were in."""
    # all of incident_report: a report may quote one with which it shared an incident at any time
    i = tables.incident_report
    found: set[str] = set()
    ids = sorted(report_ids)
    with warehouse.engine.connect() as connection:
        for start in range(0, len(ids), _CHUNK):
            incidents = sa.select(i.c.incident_id).where(i.c.report_id.in_(ids[start : start + _CHUNK]))
            near = sa.select(i.c.report_id).where(i.c.incident_id.in_(incidents))
            found |= set(connection.execute(near).scalars())
    return found


def files_of(warehouse: Warehouse, delivery_ids: Collection[str]) -> set[str]:
    """The hashes of the files of these deliveries."""
    d = tables.delivery
    with warehouse.engine.connect() as connection:
        rows = connection.execute(sa.select(d.c.delivery_id, d.c.sha256)).all()
    return {row.sha256 for row in rows if row.delivery_id in delivery_ids}


def new_ids(warehouse: Warehouse, reports: Mapping[str, str]) -> dict[str, str]:
    """Old id -> new id, for reports that get another id (`reports`) and for the incidents named after them."""
    # all of incident_report: an id is replaced everywhere
    i, n = tables.incident_report, tables.incident_name
    with warehouse.engine.connect() as connection:
        incidents = list(connection.execute(sa.union(sa.select(i.c.incident_id), sa.select(n.c.incident_id))).scalars())
    founded = {
        _founded(old, ordinal): _founded(new, ordinal)
        for old, new in reports.items()
        for ordinal in range(_MOST_FOUNDED)
    }
    renamed = {one: one[: -len(end)] + founded[end] for one in incidents if (end := one.rpartition("-")[2]) in founded}
    return {**reports, **renamed}


def _founded(report_id: str, ordinal: int) -> str:
    """The end of an incident's id (see linkage.incident_id)."""
    return hashlib.sha256((report_id + "'" * ordinal).encode()).hexdigest()[:8]
