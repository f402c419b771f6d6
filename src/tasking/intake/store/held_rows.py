"""A held row as it is stored, with the file that it came in."""

from typing import Any

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse


def held_row(warehouse: Warehouse, held_id: str) -> dict[str, Any] | None:
    """A held row with the file it came in; None where there is none."""
    h, d = tables.held, tables.delivery
    query = sa.select(h, d.c.sha256, d.c.file_name, d.c.size_bytes).join(d, d.c.delivery_id == h.c.delivery_id)
    with warehouse.reading() as connection:
        row = connection.execute(query.where(h.c.held_id == held_id)).mappings().first()
    return dict(row) if row else None
