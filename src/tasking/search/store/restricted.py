"""Restricted incidents of which the full text of a report matches. There are few of them: the search begins there."""

from collections.abc import Sequence

import sqlalchemy as sa

from tasking.search.store.index import Match, all_documents
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import Visibility, restricted_incidents


def restricted_hits(warehouse: Warehouse, matches: Sequence[Match], visibility: Visibility, most: int) -> list[str]:
    """The restricted incidents that somebody may see and of which a report, as it is now, meets one of the matches; the
    newest report first."""
    d, r, i = tables.search_document, tables.report, tables.incident_report
    newest: dict[str, int] = {}
    with warehouse.reading() as connection:
        for match in matches:
            documents, given = all_documents(connection.dialect.name, match)
            last = sa.func.max(d.c.document_id).label("last")
            query = (
                sa.select(i.c.incident_id, last)
                .join(r, (r.c.report_id == i.c.report_id) & is_current(r, NOW))
                .join(d, (d.c.kind == "report") & (d.c.source_id == r.c.report_id) & (d.c.number == r.c.revision))
                .where(is_member(i, NOW), i.c.incident_id.in_(restricted_incidents()))
                .where(visibility.incident(i.c.incident_id), d.c.document_id.in_(documents))
                .group_by(i.c.incident_id)
                .order_by(last.desc())
                .limit(most)
            )
            for row in connection.execute(query, given):
                newest[row.incident_id] = max(row.last, newest.get(row.incident_id, row.last))
    return sorted(newest, key=lambda one: newest[one], reverse=True)[:most]
