"""The warehouse: transactions, locks and query files on one database engine."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from tasking.warehouse.locks import named_lock
from tasking.warehouse.query_file import QueryFile, query_file

WAIT_30_S: Final = "PRAGMA busy_timeout = 30000"
SYNCHRONOUS: Final = "PRAGMA synchronous = NORMAL"
_NONE_OPEN: Final[Mapping[sa.Engine, sa.Connection]] = {}
# The open transaction of this thread (or task) on each engine, which functions called inside it join.
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

        Inside another `writing` of the same thread it joins that transaction as a savepoint, so that several store
        functions can be one transaction. An exception rolls back the savepoint, and everything if it is not caught.
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
        """A connection to read with. Inside `writing` it sees what that has written so far.

        On PostgreSQL it begins no transaction, where each query would see the newest anyway: psycopg forgets its
        prepared statements at every rollback, and some take longer to plan than to run. A result that is read in parts
        (`yield_per`) needs a transaction: `engine.connect()`.
        """
        joined = _open_here.get().get(self.engine)
        if joined is not None:
            yield joined
            return
        is_sqlite = self.engine.dialect.name == "sqlite"
        engine = self.engine if is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection

    @contextmanager
    def writing_within(self, within_s: float) -> Iterator[sa.Connection]:
        """A separate transaction for a short write that is acknowledged to somebody, so it is flushed to disk.

        Raises SQLAlchemy's OperationalError if it would wait longer than `within_s` for other writers.
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
                    driver.execute(WAIT_30_S)
                    driver.execute(SYNCHRONOUS)

    @contextmanager
    def lock(self, what: str, within_s: float = 600) -> Iterator[None]:
        """Holds the lock called `what` on this warehouse, against every other thread and process.

        For work of many transactions. It locks no rows, and is freed if the process dies. Re-entrant within a thread.
        Raises TimeoutError if it is not free after `within_s` seconds.
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
        query = self.declared_query(name)
        with self.reading() as connection:
            return query.rows(connection, parameters)

    def query_of(self, name: str, offered: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of include/sql/<name>.sql, given those of the offered values that it declares as parameters."""
        query = self.declared_query(name)
        with self.reading() as connection:
            return query.rows(connection, {one: offered[one] for one in query.parameters if one in offered})

    def fault_of(self, name: str, offered: Mapping[str, Any]) -> str:
        """Runs a query for the sake of its text. Returns what the database says against it, or an empty string.

        Raises DeclarationError where its header does not fit.
        """
        try:
            self.query_of(name, offered)
        except sa.exc.DBAPIError as error:
            return str(error.orig)
        return ""

    def declared_query(self, name: str) -> QueryFile:
        """What include/sql/<name>.sql declares. Raises DeclarationError where its header is not sound."""
        return query_file(f"include/sql/{name}.sql", (self.sql / f"{name}.sql").read_text(encoding="utf-8"))


def transaction_lock(connection: sa.Connection, what: str) -> None:
    """Takes the lock called `what` until the transaction ends. SQLite has one writer and needs none."""
    if connection.dialect.name == "postgresql":
        statement = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || :what))"
        connection.execute(sa.text(statement), {"what": f"tasking:{what}"})
