"""The changes of a new pseudonym key in the warehouse."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from tasking.intake.pseudonyms import ERASED_KEY
from tasking.warehouse import tables
from tasking.warehouse.audit_log import append_log
from tasking.warehouse.engine import Warehouse

_BATCH = 5_000
_CHUNK = 900  # values in one IN list; SQLite's old limit is 999


def under_another_key(warehouse: Warehouse, key_id: str) -> pd.DataFrame:
    """A batch of reports with a pseudonym under another key, and what it stands for; empty when there are none left."""
    # all of report: every revision gets the new key
    r, p = tables.report, tables.report_person
    ours = (f"{key_id}:", ERASED_KEY)
    other = sa.or_(
        *(
            column.is_not(None) & sa.and_(*(~column.startswith(one) for one in ours))
            for column in (r.c.caller_key, r.c.subject_key)
        )
    )
    query = (
        sa.select(r.c.report_id, r.c.revision, p.c.caller_phone, p.c.caller_email, p.c.subject_name)
        .join(p, (p.c.report_id == r.c.report_id) & (p.c.revision == r.c.revision))
        .where(other)
        .order_by(r.c.report_id, r.c.revision)
        .limit(_BATCH)
    )
    with warehouse.engine.connect() as connection:
        result = connection.execute(query)
        return pd.DataFrame(result.all(), columns=list(result.keys()))


def store_keys(warehouse: Warehouse, people: pd.DataFrame) -> None:
    """Stores new pseudonyms: report_id, revision, caller_key, subject_key."""
    r = tables.report
    statement = (
        sa.update(r)
        .where(r.c.report_id == sa.bindparam("of_report"), r.c.revision == sa.bindparam("of_revision"))
        .values(caller_key=sa.bindparam("new_caller"), subject_key=sa.bindparam("new_subject"))
    )
    rows = [
        {
            "of_report": row.report_id, "of_revision": row.revision,
            "new_caller": row.caller_key, "new_subject": row.subject_key,
        }
        for row in people.astype(object).where(people.notna(), None).itertuples()
    ]  # fmt: skip
    with warehouse.writing() as connection:
        connection.execute(statement, rows)


def people_of(warehouse: Warehouse, report_ids: Sequence[str]) -> pd.DataFrame:
    """The complainant and the person of each report, as its facts have them now: report_id, complainant, person."""
    # all of report_fact: every revision gets the new key
    f = tables.report_fact
    found: list[Any] = []
    with warehouse.engine.connect() as connection:
        for start in range(0, len(report_ids), _CHUNK):
            query = sa.select(f.c.report_id, f.c.complainant, f.c.person).where(
                f.c.report_id.in_(list(report_ids[start : start + _CHUNK]))
            )
            found += connection.execute(query).all()
    return pd.DataFrame(found, columns=["report_id", "complainant", "person"])


def keys_in_use(warehouse: Warehouse) -> dict[str, int]:
    """Key id -> how many revisions have a caller under it."""
    # all of report: every revision is counted
    key = tables.report.c.caller_key
    key_id = sa.func.substr(key, 1, sa.func.length(key) - 33)  # what stands before ":" and 32 digits
    query = sa.select(key_id, sa.func.count()).where(key.is_not(None)).group_by(key_id).order_by(key_id)
    with warehouse.engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def log_rekeyed(warehouse: Warehouse, key_id: str, reports: int, now: datetime) -> None:
    """Logs that a new key is in force."""
    with warehouse.writing() as connection:
        append_log(connection, now, "tasking", "pseudonyms rekeyed", key_id, f"{reports} reports")
