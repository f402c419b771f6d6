"""Stores deliveries: reports and their revisions, held rows and the ledger, all in one transaction or not at all."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa
import structlog

from tasking.intake.delivered_file import DeliveredFile
from tasking.intake.quality import ExpectationResult
from tasking.intake.store.ledger_columns import ledger_columns, ledger_of
from tasking.intake.store.revisions import store_reports
from tasking.intake.store.validation_results import store_results
from tasking.model.delivery import Ledger, Outcome, Receipt
from tasking.model.errors import DeliveryRefused, traceback_without_values
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse, transaction_lock

log = structlog.get_logger(__name__)


def earlier_receipt(warehouse: Warehouse, file: DeliveredFile) -> Receipt | None:
    """The receipt of the same bytes, if they landed before: for this day, or for an earlier one that stored rows of
    them.

    A file that was brought for the wrong earlier day, where all of its rows are held, can still be brought for its own.
    """
    d = tables.delivery
    taken = d.c.new_reports + d.c.repeats + d.c.revisions + d.c.out_of_area
    same_bytes = sa.select(d).where(d.c.feed == file.feed, d.c.sha256 == file.sha256, d.c.outcome == Outcome.LANDED)
    with warehouse.engine.connect() as connection:
        found = connection.execute(
            same_bytes.where((d.c.day == file.day) | ((d.c.day < file.day) & (taken > 0))).order_by(d.c.day.desc())
        ).first()
    if found is None:
        return None
    if found.day == file.day:
        return Receipt(
            file.feed, file.day, _landed(found.lacking), ledger_of(found), found.lacking, notes=tuple(found.notes)
        )
    return Receipt(
        file.feed,
        file.day,
        Outcome.SAME_AS_BEFORE,
        reason=f"the file of {found.day:%a %d %b} was sent again: nothing new",
    )


def faulty_digests(warehouse: Warehouse, feed: str, day: date) -> frozenset[str]:
    """The SHA-256 of every file of a day that was refused or incomplete."""
    d = tables.delivery
    is_faulty = (d.c.outcome == Outcome.REFUSED) | (d.c.lacking != "")
    query = sa.select(d.c.sha256).where(d.c.feed == feed, d.c.day == day, is_faulty)
    with warehouse.engine.connect() as connection:
        return frozenset(connection.execute(query).scalars())


def store_delivery(
    warehouse: Warehouse,
    file: DeliveredFile,
    accepted: pd.DataFrame,
    held: Sequence[dict[str, Any]],
    ledger: Ledger,
    notes: Sequence[str],
    now: datetime,
    lacking: str = "",
    results: Sequence[ExpectationResult] = (),
) -> Receipt:
    """Stores the reports, held rows, ledger and results of a delivery, and returns its receipt.

    `accepted`: `report_id`, REPORT_COLUMNS, PERSONAL_COLUMNS and `content_hash`, indexed by row number. `ledger` has
    rows in, held, ignored, and the repeats that the reader already merged; the rest is counted here, against what is
    stored. `lacking`: why we know that the file is incomplete.

    Raises DeliveryRefused for a value that the database does not take; nothing is stored then.
    """
    try:
        with warehouse.writing() as connection:
            transaction_lock(connection, file.feed)
            if _is_landed(connection, file):  # another process stored it while we read it
                return earlier_receipt(warehouse, file) or Receipt(file.feed, file.day, Outcome.LANDED)
            ledger = store_reports(connection, file, accepted, ledger)
            _store_held(connection, file, held)
            store_results(connection, file, results)
            _store_file(connection, file, Outcome.LANDED, lacking, ledger, notes, now)
    except (sa.exc.DataError, UnicodeError) as error:
        log.error("a delivery could not be stored", feed=file.feed, where=traceback_without_values(error))
        raise DeliveryRefused(
            f"{file.feed}: a value in the file can't be stored ({type(error).__name__}). Report it to the "
            "maintainers. The file is kept."
        ) from None
    return Receipt(file.feed, file.day, _landed(lacking), ledger, lacking, notes=tuple(notes))


def store_refusal(
    warehouse: Warehouse, file: DeliveredFile, reason: str, now: datetime, results: Sequence[ExpectationResult] = ()
) -> Receipt:
    """Stores that a delivery was refused whole. The bytes are archived, so that it can be read again later."""
    with warehouse.writing() as connection:
        store_results(connection, file, results)
        _store_file(connection, file, Outcome.REFUSED, reason, Ledger(), (), now)
    return Receipt(file.feed, file.day, Outcome.REFUSED, reason=reason)


def _is_landed(connection: sa.Connection, file: DeliveredFile) -> bool:
    d = tables.delivery
    query = sa.select(d.c.outcome).where(d.c.delivery_id == file.delivery_id, d.c.outcome == Outcome.LANDED)
    return connection.execute(query).first() is not None


def _store_held(connection: sa.Connection, file: DeliveredFile, held: Sequence[dict[str, Any]]) -> None:
    if held:
        common = {"delivery_id": file.delivery_id, "feed": file.feed, "day": file.day, "state": "held"}
        rows = [{"held_id": f"{file.delivery_id}:{row['row_number']}", **common, **row} for row in held]
        connection.execute(sa.insert(tables.held), rows)


def _store_file(
    connection: sa.Connection,
    file: DeliveredFile,
    outcome: Outcome,
    words: str,
    ledger: Ledger,
    notes: Sequence[str],
    now: datetime,
) -> None:
    """`words`: why it was refused, or why it is incomplete."""
    d = tables.delivery
    connection.execute(sa.delete(d).where(d.c.delivery_id == file.delivery_id, d.c.outcome == Outcome.REFUSED))
    connection.execute(
        sa.insert(d).values(
            delivery_id=file.delivery_id,
            feed=file.feed,
            day=file.day,
            sha256=file.sha256,
            file_name=file.file_name,
            size_bytes=file.size_bytes,
            outcome=outcome,
            reason=words if outcome == Outcome.REFUSED else "",
            lacking=words if outcome == Outcome.LANDED else "",
            notes=list(notes),
            received_at=now,
            **ledger_columns(ledger),
        )
    )


def _landed(lacking: str) -> Outcome:
    return Outcome.LANDED_IN_PART if lacking else Outcome.LANDED
