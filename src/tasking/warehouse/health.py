"""Health checks of the warehouse, for `tasking doctor`."""

from datetime import UTC, date, datetime

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.audit_log import broken_at
from tasking.warehouse.engine import Warehouse
from tasking.warehouse.schema_version import newest_revision, revision_of


def migrations(warehouse: Warehouse) -> tuple[str, str]:
    """(the migration that the tables are at, the newest that this version knows)"""
    return revision_of(warehouse.engine) or "none", newest_revision()


def clock(warehouse: Warehouse) -> datetime | None:
    """The time on the database server; None if the database is a file on this machine."""
    if warehouse.engine.dialect.name != "postgresql":
        return None
    with warehouse.engine.connect() as connection:
        found: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)


def oldest_person(warehouse: Warehouse) -> date | None:
    """The day of the oldest report whose personal data is still stored."""
    # all of report: the oldest revision counts
    r, p = tables.report, tables.report_person
    with warehouse.engine.connect() as connection:
        query = sa.select(sa.func.min(r.c.day)).join(p, p.c.report_id == r.c.report_id)
        return connection.execute(query).scalar()


def log_broken_at(warehouse: Warehouse) -> int | None:
    """The number of the first log entry that was altered; None if the log is intact."""
    with warehouse.engine.connect() as connection:
        return broken_at(connection)
