"""Stores what people decide on held rows, with the change in the delivery's ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from tasking.intake.delivered_file import DeliveredFile
from tasking.intake.store.ledger_columns import ledger_columns, ledger_of
from tasking.intake.store.revisions import chunks, store_reports
from tasking.model.delivery import Ledger
from tasking.warehouse import tables
from tasking.warehouse.audit_log import Entry, append_entries, append_log
from tasking.warehouse.engine import Warehouse, transaction_lock


def lock_feeds(warehouse: Warehouse, feeds: Iterable[str]) -> None:
    """Locks these feeds' deliveries and held rows until the surrounding transaction ends.

    For changes to rows of several feeds: locks taken one by one, in different orders, could deadlock.
    """
    with warehouse.writing() as connection:
        for feed in sorted(set(feeds)):
            transaction_lock(connection, feed)


def _feeds_of(connection: sa.Connection, held_ids: list[str]) -> list[str]:
    h = tables.held
    found: list[str] = []
    for chunk in chunks(held_ids):
        found += connection.execute(sa.select(h.c.feed).where(h.c.held_id.in_(chunk)).distinct()).scalars()
    return found


def store_amendment(
    warehouse: Warehouse,
    file: DeliveredFile,
    held_id: str,
    accepted: pd.DataFrame,
    state: str,
    note: str,
    actor: str,
    now: datetime,
) -> Ledger:
    """Stores a held row that was corrected or released, and moves it in the ledger. Returns the new ledger.

    Raises LookupError if the row is not held (any more).
    """
    h, d = tables.held, tables.delivery
    with warehouse.writing() as connection:
        transaction_lock(connection, file.feed)
        changed = connection.execute(
            sa.update(h).where(h.c.held_id == held_id, h.c.state == "held").values(state=state)
        )
        if changed.rowcount != 1:
            raise LookupError(held_id)
        row = connection.execute(sa.select(d).where(d.c.delivery_id == file.delivery_id)).one()
        before = ledger_of(row)
        after = store_reports(connection, file, accepted, replace(before, held=before.held - 1))
        connection.execute(sa.update(d).where(d.c.delivery_id == file.delivery_id).values(**ledger_columns(after)))
        append_log(connection, now, actor, f"held row {state}", held_id, note)
    return after


def store_rejections(warehouse: Warehouse, held_ids: Sequence[str], reason: str, actor: str, now: datetime) -> None:
    """Marks held rows as rejected, all of them or none; in the ledger they stay held.

    Raises LookupError, with its id, if a row is not held (any more).
    """
    h = tables.held
    ids = list(dict.fromkeys(held_ids))
    with warehouse.writing() as connection:
        lock_feeds(warehouse, _feeds_of(connection, ids))
        for held_id in ids:
            is_held = (h.c.held_id == held_id) & (h.c.state == "held")
            if connection.execute(sa.update(h).where(is_held).values(state="rejected")).rowcount != 1:
                raise LookupError(held_id)
        append_entries(connection, now, [Entry(actor, "held row rejected", one, reason) for one in ids])


def held_row(warehouse: Warehouse, held_id: str) -> dict[str, Any] | None:
    """A held row with the file it came in; None where there is none."""
    h, d = tables.held, tables.delivery
    query = sa.select(h, d.c.sha256, d.c.file_name, d.c.size_bytes).join(d, d.c.delivery_id == h.c.delivery_id)
    with warehouse.reading() as connection:
        row = connection.execute(query.where(h.c.held_id == held_id)).mappings().first()
    return dict(row) if row else None
