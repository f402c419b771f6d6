"""The restricted register: what judges the harm of its incidents, and how many they are."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_first, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import Visibility, restricted_incidents


def harm_rows(warehouse: Warehouse, incident_ids: Sequence[str], visibility: Visibility) -> list[dict[str, Any]]:
    """One row for each report of some incidents that somebody may see, with the columns of harm.sql and
    `is_high_risk`; an incident's first report first."""
    # all of report_fact: of the revision in force
    r, f, i, came = tables.report, tables.report_fact, tables.incident_report, tables.report.alias()
    query = (
        sa.select(
            i.c.incident_id, r.c.report_id, r.c.feed, r.c.category, r.c.asb_kind, r.c.priority_text, r.c.is_vulnerable,
            r.c.is_out_of_area, r.c.place_name, r.c.town, r.c.occurred_from, r.c.received_at,
            came.c.day.label("first_day"), f.c.harm, f.c.act_by, f.c.copy_key, r.c.is_restricted, f.c.is_high_risk,
        )
        .join(r, (r.c.report_id == i.c.report_id) & is_current(r, NOW))
        .join(came, (came.c.report_id == i.c.report_id) & is_first(came, NOW))
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .where(i.c.incident_id.in_(list(incident_ids)), is_member(i, NOW), visibility.incident(i.c.incident_id))
        .order_by(i.c.incident_id, r.c.received_at, r.c.report_id)
    )  # fmt: skip
    with warehouse.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def restricted_count(warehouse: Warehouse, visibility: Visibility) -> int:
    """How many restricted incidents somebody may see."""
    found = restricted_incidents().subquery()
    query = sa.select(sa.func.count()).select_from(found).where(visibility.incident(found.c.incident_id))
    with warehouse.reading() as connection:
        return int(connection.execute(query).scalar_one())
