"""How each delivery fared against the expectations of its suites. No value of a delivery is kept here."""

from collections.abc import Sequence

import sqlalchemy as sa

from tasking.intake.delivered_file import DeliveredFile
from tasking.intake.quality import ExpectationResult
from tasking.warehouse import tables


def store_results(connection: sa.Connection, file: DeliveredFile, results: Sequence[ExpectationResult]) -> None:
    """Stores the results of a delivery, in place of earlier ones of it."""
    v = tables.validation_result
    connection.execute(sa.delete(v).where(v.c.delivery_id == file.delivery_id))
    if results:
        rows = [
            {
                "delivery_id": file.delivery_id, "suite": one.suite, "expectation": one.name, "feed": file.feed,
                "day": file.day, "severity": one.severity, "checked": one.checked, "failed": one.failed,
                "is_met": one.is_met,
            }
            for one in results
        ]  # fmt: skip
        connection.execute(sa.insert(v), rows)
