"""The reports whose callers asked to hear what was done, and how to reach those callers."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import PUBLIC_VISIBILITY, Visibility

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999


def owed_reports(warehouse: Warehouse, visibility: Visibility, incident_id: str | None = None) -> list[dict[str, Any]]:
    """The reports, as they are now, that somebody may see and whose callers want contact, the earliest received first.

    `incident_id`: only of the people who reported that incident, with what else they reported. `is_restricted`: by
    itself or by its incident. Anonymous callers and reports out of the area are left out.
    """
    r = tables.report
    query = _owed(visibility)
    if incident_id is not None:
        other, member = tables.report.alias(), tables.incident_report.alias()
        people = (
            sa.select(sa.func.coalesce(other.c.caller_key, other.c.report_id))
            .join(member, (member.c.report_id == other.c.report_id) & is_member(member, NOW))
            .where(member.c.incident_id == incident_id, is_current(other, NOW))
        )
        query = query.where(sa.func.coalesce(r.c.caller_key, r.c.report_id).in_(people))
    with warehouse.reading() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return [row | {"is_restricted": bool(row["is_restricted"])} for row in rows]


def owed_with(warehouse: Warehouse, visibility: Visibility, report_ids: Sequence[str]) -> list[dict[str, Any]]:
    """As owed_reports: these reports, at most a few hundred, and whatever else their callers reported."""
    r = tables.report
    callers = sa.select(r.c.caller_key).where(r.c.report_id.in_(report_ids), is_current(r, NOW))
    with warehouse.reading() as connection:
        keys = [key for key in connection.execute(callers).scalars() if key]
        theirs = r.c.caller_key.in_(keys) | r.c.report_id.in_(report_ids)
        rows = [dict(row) for row in connection.execute(_owed(visibility).where(theirs)).mappings()]
    return [row | {"is_restricted": bool(row["is_restricted"])} for row in rows]


@cache
def _owed(visibility: Visibility) -> sa.Select[Any]:
    # all of report_fact: of the revision in force
    r, i, f = tables.report, tables.incident_report, tables.report_fact
    return (
        sa.select(
            r.c.report_id, r.c.feed, r.c.source_ref, r.c.caller_key, r.c.received_at, r.c.occurred_from, r.c.category,
            r.c.place_name, r.c.town, r.c.ward, i.c.incident_id, f.c.harm.label("signs"),
            (~PUBLIC_VISIBILITY.report(r.c.report_id)).label("is_restricted"),
        )
        .outerjoin(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .where(is_current(r, NOW), visibility.report(r.c.report_id))
        .where(r.c.wants_feedback, ~r.c.is_anonymous, ~r.c.is_out_of_area)
        .order_by(r.c.received_at, r.c.report_id)
    )  # fmt: skip


def callers(warehouse: Warehouse, report_ids: Sequence[str], visibility: Visibility) -> list[dict[str, Any]]:
    """Who made some reports and how to reach them: caller_name, caller_phone, caller_email; each once, newest first.

    Holds personal data: for those who may see that, and once they are known to.
    """
    r, p = tables.report, tables.report_person
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    with warehouse.reading() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = (
                sa.select(p.c.caller_name, p.c.caller_phone, p.c.caller_email)
                .join(r, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
                .where(r.c.report_id.in_(list(report_ids[start : start + _CHUNK])), is_current(r, NOW))
                .where(visibility.report(r.c.report_id), ~r.c.is_anonymous)
                .order_by(r.c.received_at.desc(), r.c.report_id)
            )
            for row in connection.execute(query).mappings():
                if any(row.values()):
                    found.setdefault(tuple(row.values()), dict(row))
    return list(found.values())
