"""Filters of the desk's lists that people saved, each for themselves."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.model.errors import TaskingError
from tasking.warehouse import tables
from tasking.warehouse.engine import Warehouse, transaction_lock

MOST: Final = 30  # of one person and list


class SavedFilter(NamedTuple):
    """A saved filter. `asked`: the values of the list's filters, and its order."""

    filter_id: str
    name: str
    asked: dict[str, Any]


@dataclass(frozen=True)
class SavedFilters:
    """The saved filters of everybody; each function is for those of one account."""

    warehouse: Warehouse
    clock: Callable[[], datetime]

    def of(self, account: str, list_name: str) -> list[SavedFilter]:
        """Somebody's filters of a list, by name."""
        t = tables.saved_filter
        query = sa.select(t.c.filter_id, t.c.name, t.c.asked).where(t.c.account == account, t.c.list_name == list_name)
        with self.warehouse.reading() as connection:
            rows = connection.execute(query.order_by(t.c.name, t.c.filter_id)).all()
        return [SavedFilter(row.filter_id, row.name, row.asked) for row in rows]

    def save(self, account: str, list_name: str, name: str, asked: Mapping[str, str]) -> bool:
        """Saves a filter. One that they gave the same name is replaced; returns True then.

        Raises TaskingError where they have MOST already.
        """
        t = tables.saved_filter
        own = (t.c.account == account, t.c.list_name == list_name)
        with self.warehouse.writing() as connection:
            transaction_lock(connection, f"saved filters of {account}")
            names = list(connection.execute(sa.select(t.c.name).where(*own)).scalars())
            values = {"asked": dict(asked), "saved_at": self.clock()}
            if name in names:
                connection.execute(sa.update(t).where(*own, t.c.name == name).values(values))
                return True
            if len(names) >= MOST:
                raise TaskingError(f"You have {MOST} saved filters for this list. Delete one first.")
            row = {"filter_id": secrets.token_hex(8), "account": account, "list_name": list_name, "name": name}
            connection.execute(sa.insert(t).values(row | values))
        return False

    def delete(self, account: str, filter_id: str) -> bool:
        """Deletes one of their filters. False where they have none of this id."""
        t = tables.saved_filter
        with self.warehouse.writing() as connection:
            deleted = connection.execute(sa.delete(t).where(t.c.account == account, t.c.filter_id == filter_id))
        return deleted.rowcount > 0
