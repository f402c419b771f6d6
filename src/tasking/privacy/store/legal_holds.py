"""Legal holds in the warehouse: what is kept from retention and erasure."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse


class LegalHold(NamedTuple):
    """A legal hold. `people` are pseudonyms, `reports` are ids."""

    hold_id: str
    placed_at: datetime
    actor: str
    reason: str
    people: list[str]
    reports: list[str]


def place(
    warehouse: Warehouse, people: Sequence[str], reports: Sequence[str], reason: str, actor: str, now: datetime
) -> str:
    """Places a hold on people and reports. Returns its id."""
    hold_id = f"L-{uuid.uuid4().hex[:8]}"
    with warehouse.writing() as connection:
        connection.execute(sa.insert(tables.legal_hold).values(
            hold_id=hold_id, placed_at=now, actor=actor, reason=reason, people=list(people), reports=list(reports),
        ))  # fmt: skip
        append_log(connection, now, actor, "legal hold placed", hold_id, reason)
    return hold_id


def lift(warehouse: Warehouse, hold_id: str, reason: str, actor: str, now: datetime) -> bool:
    """Lifts a hold; False where none of this id is in force."""
    t = tables.legal_hold
    with warehouse.writing() as connection:
        changed = connection.execute(
            sa.update(t).where(t.c.hold_id == hold_id, t.c.lifted_at.is_(None)).values(lifted_at=now)
        )
        if changed.rowcount:
            append_log(connection, now, actor, "legal hold lifted", hold_id, reason)
    return bool(changed.rowcount)


def in_force(warehouse: Warehouse) -> list[LegalHold]:
    """The holds that have not been lifted, the oldest first."""
    t = tables.legal_hold
    columns = [t.c[name] for name in LegalHold._fields]
    with warehouse.engine.connect() as connection:
        query = sa.select(*columns).where(t.c.lifted_at.is_(None)).order_by(t.c.placed_at, t.c.hold_id)
        return [LegalHold(*row) for row in connection.execute(query)]


def reports_held(connection: sa.Connection, holds: Sequence[LegalHold]) -> set[str]:
    """The ids of all reports under holds: those that they name, and those by or about the people they name."""
    # all of report: a person may be named in any revision
    r = tables.report
    found = {report for hold in holds for report in hold.reports}
    people = sorted({person for hold in holds for person in hold.people})
    if people:
        query = sa.select(r.c.report_id).where(sa.or_(r.c.caller_key.in_(people), r.c.subject_key.in_(people)))
        found |= set(connection.execute(query).scalars())
    return found
