"""Changes of the status of incidents. Append-only; every change is in the log."""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.casefile import IncidentState, StatusStep
from tasking.warehouse import tables
from tasking.warehouse.as_of import NOW, is_member
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse, transaction_lock
from tasking.warehouse.visibility import Visibility

_CHUNK: Final = 900  # values in one IN list; SQLite's old limit is 999
_FIELDS: Final = (
    "step_id", "number", "day", "at", "actor", "status", "outcome", "passed_to", "reason", "is_restricted", "undoes",
)  # fmt: skip


def steps_of_incidents(
    warehouse: Warehouse, incident_ids: Iterable[str], visibility: Visibility
) -> tuple[dict[str, list[str]], dict[str, list[StatusStep]]]:
    """Incident -> its reports, and incident -> the changes of status of any of these, the earliest first.

    A change that was made while its incident was restricted is left out without the right to see those.
    """
    reports: dict[str, list[str]] = defaultdict(list)
    i, wanted = tables.incident_report, sorted(set(incident_ids))
    with warehouse.reading() as connection:
        for chunk in _chunks(wanted):
            query = sa.select(i.c.incident_id, i.c.report_id).where(i.c.incident_id.in_(chunk), is_member(i, NOW))
            for row in connection.execute(query.where(visibility.incident(i.c.incident_id)).order_by(i.c.report_id)):
                reports[row.incident_id].append(row.report_id)
        steps = _steps_of_reports(connection, {one for some in reports.values() for one in some}, visibility)
    return dict(reports), {
        incident: sorted({step.step_id: step for one in some for step in steps.get(one, ())}.values(), key=_number)
        for incident, some in reports.items()
    }


def steps_of_reports(warehouse: Warehouse, report_ids: Sequence[str], visibility: Visibility) -> list[StatusStep]:
    """The changes of status of incidents that had any of these reports, the earliest first."""
    with warehouse.reading() as connection:
        steps = _steps_of_reports(connection, set(report_ids), visibility)
    return sorted({step.step_id: step for some in steps.values() for step in some}.values(), key=_number)


def store_step(
    warehouse: Warehouse,
    step: StatusStep,
    check: Callable[[Sequence[StatusStep]], None],
    log_as: tuple[str, str, str],
    visibility: Visibility,
) -> StatusStep:
    """Stores a change with the next number and an id of its own. `log_as`: action, subject and note for the log.

    `check` is given the changes of these reports that `visibility` allows to be seen, and raises where this one may not
    follow them.
    """
    s, about = tables.status_step, tables.status_step_report
    with warehouse.writing() as connection:
        transaction_lock(connection, "status of incidents")
        check(steps_of_reports(warehouse, step.report_ids, visibility))
        last = connection.execute(sa.select(sa.func.max(s.c.number))).scalar() or 0
        made = step._replace(step_id=f"S-{secrets.token_hex(8)}", number=last + 1)
        connection.execute(sa.insert(s).values({name: getattr(made, name) for name in _FIELDS}))
        connection.execute(
            sa.insert(about), [{"step_id": made.step_id, "report_id": one} for one in sorted(made.report_ids)]
        )
        action, subject, note = log_as
        append_log(connection, step.at, step.actor, action, subject, note)
    return made


def _steps_of_reports(
    connection: sa.Connection, report_ids: set[str], visibility: Visibility
) -> dict[str, list[StatusStep]]:
    """Report -> the changes that are about it."""
    s, about = tables.status_step, tables.status_step_report
    of_report: dict[str, set[str]] = defaultdict(set)
    for chunk in _chunks(sorted(report_ids)):
        query = sa.select(about.c.report_id, about.c.step_id).where(about.c.report_id.in_(chunk))
        for row in connection.execute(query):
            of_report[row.report_id].add(row.step_id)
    ids = sorted({one for some in of_report.values() for one in some})
    found: dict[str, StatusStep] = {}
    for chunk in _chunks(ids):
        had: dict[str, list[str]] = defaultdict(list)
        for row in connection.execute(sa.select(about).where(about.c.step_id.in_(chunk)).order_by(about.c.report_id)):
            had[row.step_id].append(row.report_id)
        query = sa.select(s).where(s.c.step_id.in_(chunk))
        if not visibility.has_restricted:
            query = query.where(~s.c.is_restricted)
        for one in connection.execute(query).mappings():
            found[one["step_id"]] = _step(one, tuple(had[one["step_id"]]))
    return {report: [found[one] for one in some if one in found] for report, some in of_report.items()}


def _step(row: Any, report_ids: tuple[str, ...]) -> StatusStep:
    kept = {name: row[name] for name in _FIELDS}
    return StatusStep(**(kept | {"status": IncidentState(row["status"])}), report_ids=report_ids)


def _number(step: StatusStep) -> int:
    return step.number


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
