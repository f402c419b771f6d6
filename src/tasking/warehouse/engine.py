"""Opens the warehouse: one engine, brought up to the newest migration."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.errors import WarehouseError
from tasking.warehouse.locks import named_lock
from tasking.warehouse.query_file import QueryFile, query_file

_WAIT_30_S = "PRAGMA busy_timeout = 30000"
_SYNCHRONOUS = "PRAGMA synchronous = NORMAL"
_NONE_OPEN: Final[Mapping[sa.Engine, sa.Connection]] = {}
# The transactions that this thread (or task) is in; a function that it calls joins them.
_open_here: ContextVar[Mapping[sa.Engine, sa.Connection]] = ContextVar("open_here", default=_NONE_OPEN)
_alone_here: ContextVar[frozenset[tuple[sa.Engine, str]]] = ContextVar("alone_here", default=frozenset())


@dataclass(frozen=True)
class Warehouse:
    """A database and the folder of its query files."""

    engine: sa.Engine
    sql: Path

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: all of it is stored, or nothing. On SQLite writers queue from the start.

        Inside another `writing` of the same thread it joins that transaction, as a savepoint: an act that is made of
        several store functions opens one around them. What raises inside takes back its own part, and the whole where
        nobody catches it.
        """
        joined = _open_here.get().get(self.engine)
        if joined is not None:
            with joined.begin_nested():
                yield joined
            return
        with self.engine.execution_options(writing=True).begin() as connection:
            outside = _open_here.set({**_open_here.get(), self.engine: connection})
            try:
                yield connection
            finally:
                _open_here.reset(outside)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read with. Inside `writing` it sees what that has written so far."""
        joined = _open_here.get().get(self.engine)
        if joined is not None:
            yield joined
            return
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing_within(self, within_s: float) -> Iterator[sa.Connection]:
        """A transaction of its own, for a short write that must not wait longer than `within_s` for other writers, and
        that somebody is told of: it outlasts a power cut, too.

        Raises SQLAlchemy's OperationalError where it would have to.
        """
        milliseconds = int(within_s * 1000)
        is_sqlite = self.engine.dialect.name == "sqlite"
        with self.engine.execution_options(writing=True).connect() as connection:
            driver: Any = connection.connection.driver_connection
            if is_sqlite:
                driver.execute(f"PRAGMA busy_timeout = {milliseconds}")  # before BEGIN, which waits
                driver.execute("PRAGMA synchronous = FULL")
            try:
                with connection.begin():
                    if not is_sqlite:
                        connection.execute(sa.text(f"SET LOCAL statement_timeout = {milliseconds}"))
                    yield connection
            finally:
                if is_sqlite:
                    driver.execute(_WAIT_30_S)
                    driver.execute(_SYNCHRONOUS)

    @contextmanager
    def lock(self, what: str, within_s: float = 600) -> Iterator[None]:
        """Keeps everybody else, in every process, from doing this in the same warehouse until the block ends.

        For work of many transactions. It holds no row, and a process that dies frees it. Inside another `alone` of the
        same thread it is that one. Raises TimeoutError where others were at it for `within_s` seconds.
        """
        key = (self.engine, what)
        if key in _alone_here.get():
            yield
            return
        with named_lock(self.engine, what, within_s):
            outside = _alone_here.set(_alone_here.get() | {key})
            try:
                yield
            finally:
                _alone_here.reset(outside)

    def query(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of include/sql/<name>.sql, given the parameters that it declares: all of them, and no other.

        Raises DeclarationError naming the file and the parameter.
        """
        query = self._query_file(name)
        with self.reading() as connection:
            return query.rows(connection, parameters)

    def query_of(self, name: str, offered: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of include/sql/<name>.sql, given those of the offered values that it declares as parameters."""
        query = self._query_file(name)
        with self.reading() as connection:
            return query.rows(connection, {one: offered[one] for one in query.parameters if one in offered})

    def _query_file(self, name: str) -> QueryFile:
        return query_file(f"include/sql/{name}.sql", (self.sql / f"{name}.sql").read_text(encoding="utf-8"))


def open_warehouse(url: str, sql: Path, schema_name: str | None = None) -> Warehouse:
    """The warehouse at a SQLAlchemy URL, its tables made or migrated if need be.

    `schema_name`: on PostgreSQL the schema in which it is, so that several share a database.

    Raises WarehouseError where the URL is none or nobody answers there; the password is never in the message.
    """
    try:
        # Errors go into logs, and a statement's parameters are people's names and words.
        engine = sa.create_engine(url, hide_parameters=True, **_in_schema(url, schema_name))
    except (sa.exc.ArgumentError, ImportError) as error:
        raise WarehouseError("TASKING_DATABASE_URL is no database URL that we know") from error
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
        _migrate(engine)
    except sa.exc.OperationalError as error:
        shown = engine.url.render_as_string(hide_password=True)
        raise WarehouseError(f"the warehouse does not open ({shown}): does its server run, may we use it?") from error
    return Warehouse(engine, sql)


def transaction_lock(connection: sa.Connection, what: str) -> None:
    """Waits until nobody else does this in the same warehouse; until the transaction ends. SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        statement = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || :what))"
        connection.execute(sa.text(statement), {"what": f"tasking:{what}"})


def _in_schema(url: str, name: str | None) -> dict[str, Any]:
    """What makes every connection see this schema and no other."""
    return {"connect_args": {"options": f"-csearch_path={name}"}} if name and url.startswith("postgresql") else {}


def _make_schema(engine: sa.Engine, name: str) -> None:
    if engine.dialect.name != "postgresql" or _has_schema(engine, name):
        return
    try:
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(name, if_not_exists=True))
    except sa.exc.IntegrityError:  # two may make it at once
        if not _has_schema(engine, name):
            raise
    engine.dispose()  # a connection from before knows of no such schema


def _has_schema(engine: sa.Engine, name: str) -> bool:
    with engine.connect() as connection:
        return sa.inspect(connection).has_schema(name)


def _make_private(path: Path) -> None:
    """The file holds names and telephone numbers: its owner's only, and so SQLite makes the files beside it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise WarehouseError(f"no database can be kept at {path} ({error.strerror})") from error


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    cursor = connection.cursor()
    cursor.execute(_WAIT_30_S)
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute(_SYNCHRONOUS)
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _tune_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")  # compiling a rule's query takes longer than running it
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    is_writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _migrate(engine: sa.Engine) -> None:
    if not needs_migration(engine):
        return
    # Alembic is imported where it is used: most starts find nothing to migrate.
    from alembic import command

    from tasking.warehouse.migrations import alembic_config

    config = alembic_config()
    with engine.execution_options(writing=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def needs_migration(engine: sa.Engine) -> bool:
    """True where the tables are not there yet, or of an older version.

    Those of a newer version are used as they are, so that a deploy can happen in the middle of a night: a migration
    only adds, with defaults, and what it makes superfluous is taken away one version later.
    """
    found = revision_of(engine)
    return found is None or found < newest_revision()


def revision_of(engine: sa.Engine) -> str | None:
    """The migration that the tables are at; None where there are none."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def newest_revision() -> str:
    """The newest migration that this version of the code knows."""
    versions = Path(__file__).parent / "migrations" / "versions"
    return max(path.name.split("_")[0] for path in versions.glob("[0-9]*.py"))
