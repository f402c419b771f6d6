"""Opens the warehouse at a URL: creates the engine and its schema, and migrates the tables."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tasking.model.errors import WarehouseError
from tasking.warehouse.engine import SYNCHRONOUS, WAIT_30_S, Warehouse
from tasking.warehouse.schema_version import migrate


def open_warehouse(url: str, sql: Path, schema_name: str | None = None) -> Warehouse:
    """The warehouse at a SQLAlchemy URL; its tables are created or migrated if needed.

    `schema_name`: its schema on PostgreSQL, so that several warehouses can share a database.

    Raises WarehouseError if the URL is invalid or the server does not respond; the message never has the password.
    """
    try:
        # Errors are logged, and the parameters of a statement may be personal data.
        engine = sa.create_engine(url, hide_parameters=True, **_in_schema(url, schema_name))
    except (sa.exc.ArgumentError, ImportError) as error:
        raise WarehouseError("TASKING_DATABASE_URL is not a database URL that we support") from error
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            _make_private(Path(engine.url.database))
        sa.event.listen(engine, "connect", _tune_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        sa.event.listen(engine, "connect", _tune_postgresql)
    try:
        if schema_name:
            _make_schema(engine, schema_name)
        migrate(engine)
    except sa.exc.OperationalError as error:
        shown = engine.url.render_as_string(hide_password=True)
        raise WarehouseError(
            f"the warehouse can't be opened ({shown}). Is its server running, and may we use it?"
        ) from error
    return Warehouse(engine, sql)


def _in_schema(url: str, name: str | None) -> dict[str, Any]:
    """Options of create_engine by which every connection uses this schema only."""
    return {"connect_args": {"options": f"-csearch_path={name}"}} if name and url.startswith("postgresql") else {}


def _make_schema(engine: sa.Engine, name: str) -> None:
    if engine.dialect.name != "postgresql" or _has_schema(engine, name):
        return
    try:
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(name, if_not_exists=True))
    except sa.exc.IntegrityError:  # another process has just made it
        if not _has_schema(engine, name):
            raise
    engine.dispose()  # older connections do not see the new schema


def _has_schema(engine: sa.Engine, name: str) -> bool:
    with engine.connect() as connection:
        return sa.inspect(connection).has_schema(name)


def _make_private(path: Path) -> None:
    """Creates the file for its owner only, since it holds personal data. SQLite's side files inherit the mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise WarehouseError(f"no database can be kept at {path} ({error.strerror})") from error


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    cursor = connection.cursor()
    cursor.execute(WAIT_30_S)
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute(SYNCHRONOUS)
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _tune_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")  # compiling a rule's query takes longer than running it
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    is_writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
