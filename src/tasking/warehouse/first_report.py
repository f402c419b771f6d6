"""The first report of an incident: the lists, the map, places and searches have an incident where that one has it."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_current, is_member


def is_first_of_incident(report: Any, membership: Any) -> sa.ColumnElement[bool]:
    """A condition on reports joined with their memberships: no report of the incident, as it is now, is earlier."""
    return ~another_of_incident(
        membership,
        lambda other: (
            (other.c.received_at < report.c.received_at)
            | ((other.c.received_at == report.c.received_at) & (other.c.report_id < report.c.report_id))
        ),
        report,
    )


def another_of_incident(membership: Any, which: Callable[[Any], Any], report: Any) -> sa.ColumnElement[bool]:
    """True where a report of the same incident, as it is now, meets a condition."""
    other, member = tables.report.alias(), tables.incident_report.alias()
    found: sa.ColumnElement[bool] = sa.exists(
        sa.select(1)
        .select_from(member)
        .join(other, (other.c.report_id == member.c.report_id) & is_current(other, NOW))
        .where(member.c.incident_id == membership.c.incident_id, is_member(member, NOW), which(other))
    ).correlate(report, membership)
    return found
