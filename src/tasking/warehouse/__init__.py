"""Where everything is kept: tables, migrations, and what is asked of them. SQLite or PostgreSQL."""

from tasking.warehouse.engine import Warehouse
from tasking.warehouse.opening import open_warehouse

__all__ = ["Warehouse", "open_warehouse"]
