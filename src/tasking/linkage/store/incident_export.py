"""Public incidents as rows of an export."""

from collections import defaultdict
from datetime import date
from typing import Any

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_first, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import PUBLIC_VISIBILITY


def public_incidents(warehouse: Warehouse, first: date, last: date) -> list[dict[str, Any]]:
    """One row for each public incident whose first report came from `first` to `last`, the oldest first.

    incident_id, first_day, last_day, category, place, town, ward, occurred_from (of its first report), reports (how
    many), feeds (in the order of their reports), former_ids (of incidents that its reports were in before).
    """
    found: dict[str, list[Any]] = defaultdict(list)
    with warehouse.reading() as connection:
        for row in connection.execute(_reports()):
            found[row.incident_id].append(row)
        former = _former_ids(connection)
    rows = [_row(incident_id, some, former) for incident_id, some in found.items()]
    wanted = [row for row in rows if first <= row["first_day"] <= last]
    return sorted(wanted, key=lambda row: (row["first_day"], row["incident_id"]))


def _reports() -> sa.Select[Any]:
    """One row a report of a public incident, as it is now, with the day on which it first came."""
    r, i, came = tables.report, tables.incident_report, tables.report.alias()
    return (
        sa.select(
            i.c.incident_id, r.c.report_id, came.c.day, r.c.feed, r.c.category, r.c.place_name, r.c.town, r.c.ward,
            r.c.occurred_from,
        )
        .join(r, (r.c.report_id == i.c.report_id) & is_current(r, NOW))
        .join(came, (came.c.report_id == i.c.report_id) & is_first(came, NOW))
        .where(is_member(i, NOW), PUBLIC_VISIBILITY.incident(i.c.incident_id))
        .order_by(r.c.received_at, r.c.report_id)
    )  # fmt: skip


def _former_ids(connection: sa.Connection) -> dict[str, list[str]]:
    """Report -> ids of incidents that are no more and that it was in, which older taskings may still name."""
    # all of incident_report: the incidents that a report has left
    i, n = tables.incident_report, tables.incident_name
    current = set(connection.execute(sa.select(i.c.incident_id).where(is_member(i, NOW)).distinct()).scalars())
    left = sa.select(i.c.report_id, i.c.incident_id).where(i.c.left_on.is_not(None))
    named = sa.select(n.c.report_id, n.c.incident_id)
    former: dict[str, list[str]] = defaultdict(list)
    for report_id, incident_id in sorted({tuple(row) for query in (left, named) for row in connection.execute(query)}):
        if incident_id not in current:
            former[report_id].append(incident_id)
    return former


def _row(incident_id: str, reports: list[Any], former: dict[str, list[str]]) -> dict[str, Any]:
    one, days = reports[0], [row.day for row in reports]
    ids = dict.fromkeys(old for row in reports for old in former.get(row.report_id, ()))
    return {
        "incident_id": incident_id,
        "first_day": min(days),
        "last_day": max(days),
        "category": one.category,
        "place": one.place_name or "",
        "town": one.town or "",
        "ward": one.ward or "",
        "occurred_from": one.occurred_from.isoformat(timespec="seconds") if one.occurred_from else "",
        "reports": len(reports),
        "feeds": [row.feed for row in reports],
        "former_ids": list(ids),
    }
