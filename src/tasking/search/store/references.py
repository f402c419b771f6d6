"""What a reference means: the ids that it may stand for, in the warehouse."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.among import is_among
from tasking.warehouse.as_of import NOW, is_current, is_member
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.visibility import Visibility


def incidents_now(warehouse: Warehouse, incident_ids: Collection[str], visibility: Visibility) -> list[str]:
    """The incidents with these ids; of one that was merged away, those that its reports are in now. Only what somebody
    may see."""
    # all of incident_report: an incident that is no more is known by the reports that it had
    i, n, now = tables.incident_report, tables.incident_name, tables.incident_report.alias()
    ids = list(incident_ids)
    found: list[str] = []
    with warehouse.reading() as connection:
        current = sa.select(i.c.incident_id).where(is_among(i.c.incident_id, ids), is_member(i, NOW))
        found += connection.execute(current.where(visibility.incident(i.c.incident_id)).distinct()).scalars()
        if found:
            return found
        for old in (i, n):
            query = (
                sa.select(now.c.incident_id)
                .join(old, old.c.report_id == now.c.report_id)
                .where(is_among(old.c.incident_id, ids), is_member(now, NOW), visibility.incident(now.c.incident_id))
                .where(visibility.named_incident(old.c.incident_id))
            )
            found += connection.execute(query.distinct()).scalars()
    return list(dict.fromkeys(found))


def proposals_about(warehouse: Warehouse, subjects: Collection[str]) -> list[str]:
    """The proposals about these references, such as `CR-1a2b3c` of a case review; the newest first."""
    p = tables.proposal
    query = sa.select(p.c.proposal_id).where(is_among(p.c.subject, list(subjects))).order_by(p.c.raised_on.desc())
    with warehouse.reading() as connection:
        return list(connection.execute(query).scalars())


def followed_up(warehouse: Warehouse) -> Sequence[Any]:
    """(report_id, incident_id) of the reports whose callers want contact, for whoever then checks who may see them."""
    r, i = tables.report, tables.incident_report
    query = (
        sa.select(r.c.report_id, i.c.incident_id)
        .join(i, (i.c.report_id == r.c.report_id) & is_member(i, NOW))
        .where(is_current(r, NOW), r.c.wants_feedback, ~r.c.is_anonymous)
    )
    with warehouse.reading() as connection:
        return connection.execute(query).all()


def wanting_contact(warehouse: Warehouse, report_ids: Collection[str]) -> list[str]:
    """Those of the reports whose callers want contact."""
    r = tables.report
    query = sa.select(r.c.report_id).where(
        is_among(r.c.report_id, list(report_ids)), is_current(r, NOW), r.c.wants_feedback, ~r.c.is_anonymous
    )
    with warehouse.reading() as connection:
        return list(connection.execute(query).scalars())
