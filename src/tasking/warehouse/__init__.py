"""The database (SQLite or PostgreSQL): engine, tables, migrations, as-of relations and query files."""

from tasking.warehouse.engine import Warehouse
from tasking.warehouse.opening import open_warehouse

__all__ = ["Warehouse", "open_warehouse"]
