"""The signs of harm that the texts of an incident's reports have, for incidents that the caller may show."""

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse

_CHUNK: Final = 900  # values in one IN list


def signs_among(connection: sa.Connection, incident_ids: Sequence[str]) -> dict[str, str]:
    """Incident -> the signs of harm that the texts of its reports have, those of the first report first."""
    # all of report_fact: of the revision in force
    r, f, i = tables.report, tables.report_fact, tables.incident_report
    found: dict[str, str] = {}
    for start in range(0, len(incident_ids), _CHUNK):
        query = (
            sa.select(i.c.incident_id, f.c.harm)
            .join(r, (r.c.report_id == i.c.report_id) & is_current(r, NOW))
            .join(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
            .where(i.c.incident_id.in_(list(incident_ids[start : start + _CHUNK])), is_member(i, NOW), f.c.harm != "")
            .order_by(r.c.received_at, r.c.report_id)
        )
        for row in connection.execute(query):
            found[row.incident_id] = f"{found.get(row.incident_id, '')} {row.harm}".strip()
    return found


def signs_of(warehouse: Warehouse, incident_ids: Sequence[str]) -> dict[str, str]:
    """As signs_among, for who has no connection."""
    with warehouse.reading() as connection:
        return signs_among(connection, incident_ids)
