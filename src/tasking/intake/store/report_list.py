"""One report as it is now, for the page about it."""

from typing import Any

import sqlalchemy as sa

from tasking.model.correction import CORRECTED
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import Visibility


def report(warehouse: Warehouse, report_id: str, visibility: Visibility) -> dict[str, Any] | None:
    """The current revision of a report with the words and people in it; None if there is none that `visibility` may
    read. For those who may see details, once they are known to."""
    # all of report_fact: of the revision in force
    r, p, f = tables.report, tables.report_person, tables.report_fact
    people = (p.c.text, p.c.caller_name, p.c.caller_phone, p.c.caller_email, p.c.subject_name)
    query = (
        sa.select(r, r.c.content_hash.startswith(CORRECTED).label("is_corrected"), f.c.harm.label("signs"), *people)
        .outerjoin(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .outerjoin(f, (f.c.report_id == r.c.report_id) & (f.c.revision == r.c.revision))
        .where(r.c.report_id == report_id, is_current(r, NOW), visibility.report(r.c.report_id))
    )
    with warehouse.reading() as connection:
        row = connection.execute(query).mappings().first()
    return dict(row) if row else None
