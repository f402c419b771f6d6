"""The certificates of erasures."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.audit_log import ERASED_ACTION, append_log
from tasking.warehouse.engine import Warehouse


def store_certificate(
    connection: sa.Connection, erasure_id: str, certificate: str, actor: str, note: str, now: datetime
) -> None:
    """Stores a certificate in place of an unfinished one of the same id, and logs it with a note."""
    t = tables.erasure
    connection.execute(sa.delete(t).where(t.c.erasure_id == erasure_id))
    connection.execute(sa.insert(t).values(
        erasure_id=erasure_id, erased_at=now, actor=actor, certificate=certificate
    ))  # fmt: skip
    append_log(connection, now, actor, ERASED_ACTION, erasure_id, note)


def certificates(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    """Erasure id -> certificate, the oldest first."""
    t = tables.erasure
    with warehouse.engine.connect() as connection:
        rows = connection.execute(sa.select(t.c.erasure_id, t.c.certificate).order_by(t.c.erased_at, t.c.erasure_id))
        return {row.erasure_id: json.loads(row.certificate) for row in rows}


def unfinished(warehouse: Warehouse) -> list[str]:
    """The ids of erasures whose certificate says that they are not complete."""
    return [one for one, stored in certificates(warehouse).items() if not stored.get("is_complete", True)]


def certificate(warehouse: Warehouse, erasure_id: str) -> str | None:
    """The text of a certificate; None for an unknown id."""
    t = tables.erasure
    with warehouse.engine.connect() as connection:
        return connection.execute(sa.select(t.c.certificate).where(t.c.erasure_id == erasure_id)).scalar()
