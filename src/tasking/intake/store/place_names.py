"""The public names of places in stored reports."""

from collections.abc import Mapping

import sqlalchemy as sa

from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse


def names(warehouse: Warehouse) -> list[str]:
    """Every public name that a report has, each once."""
    # all of report: a place has one name in every revision
    r = tables.report
    with warehouse.reading() as connection:
        query = sa.select(r.c.place_name).where(r.c.place_name.is_not(None)).distinct().order_by(r.c.place_name)
        return list(connection.execute(query).scalars())


def rename(warehouse: Warehouse, new: Mapping[str, str]) -> int:
    """Renames places in every revision. `new`: old name -> new name. Returns how many rows changed."""
    # all of report: a place has one name in every revision
    r = tables.report
    with warehouse.writing() as connection:
        return sum(
            connection.execute(sa.update(r).where(r.c.place_name == old).values(place_name=name)).rowcount
            for old, name in sorted(new.items())
        )
