"""Where everything is kept: tables, migrations, and what is asked of them. SQLite or PostgreSQL."""

from tasking.warehouse.engine import Warehouse, open_warehouse

__all__ = ["Warehouse", "open_warehouse"]
