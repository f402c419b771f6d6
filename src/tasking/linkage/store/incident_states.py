"""Incidents by their status: the condition of a list. What a status is, and its history, is the case file's."""

from typing import Any

import sqlalchemy as sa

from tasking.model.casefile import IncidentState
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_member
from tasking.warehouse.visibility import PUBLIC_VISIBILITY


def has_state(incident_id: Any, state: IncidentState) -> sa.ColumnElement[bool]:
    """For a column of ids of current incidents: true for public ones of this status. A restricted incident has none in
    a list: its status is on its own page and in the register."""
    standing = _standing()
    if state == IncidentState.NEW:
        left = incident_id.not_in(sa.select(standing.c.incident_id).where(standing.c.status != state.value))
    else:
        left = incident_id.in_(sa.select(standing.c.incident_id).where(standing.c.status == state.value))
    is_public: sa.ColumnElement[bool] = PUBLIC_VISIBILITY.incident(incident_id) & left
    return is_public


def _standing() -> sa.Subquery:
    """One row for each incident that somebody set the status of: the newest change that nobody took back."""
    s, about, member = tables.status_step, tables.status_step_report, tables.incident_report.alias("member")
    back = s.alias("back")
    is_undone = sa.exists().where(back.c.undoes == s.c.step_id)
    newest_first = sa.func.row_number().over(partition_by=member.c.incident_id, order_by=s.c.number.desc())
    changes = (
        sa.select(member.c.incident_id, s.c.status, newest_first.label("place"))
        .select_from(s)
        .join(about, about.c.step_id == s.c.step_id)
        .join(member, (member.c.report_id == about.c.report_id) & is_member(member, NOW))
        .where(s.c.undoes.is_(None), ~is_undone, ~s.c.is_restricted)
        .subquery()
    )
    return sa.select(changes.c.incident_id, changes.c.status).where(changes.c.place == 1).subquery()
