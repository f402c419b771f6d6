"""A lock that outlives transactions: one process at a time, by the database's server or by a file beside SQLite's."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

_LOOK_EVERY_S: Final = 0.05
# The server notices within a minute that the machine of whoever holds the lock is gone; seconds.
_NOTICED: Final = {"tcp_keepalives_idle": 30, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 3}


@contextmanager
def named_lock(engine: sa.Engine, what: str, within_s: float) -> Iterator[None]:
    """Holds the lock called `what` until the block or the process ends. Raises TimeoutError after `within_s`."""
    if engine.dialect.name == "postgresql":
        with _by_server(engine, what, within_s):
            yield
    elif engine.url.database:
        with _by_file(Path(f"{engine.url.database}.{what}.lock"), what, within_s):
            yield
    else:
        yield  # a database in memory is one connection's


@contextmanager
def _by_server(engine: sa.Engine, what: str, within_s: float) -> Iterator[None]:
    """By a transaction that does nothing else, so that a pooling proxy keeps it on one session."""
    with engine.connect() as connection, connection.begin():
        for setting, value in {"lock_timeout": max(1, int(within_s * 1000)), **_NOTICED}.items():
            connection.execute(sa.text(f"SET LOCAL {setting} = {value}"))
        statement = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || :what))"
        try:
            connection.execute(sa.text(statement), {"what": f"tasking:alone:{what}"})
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
                raise
            raise TimeoutError(what) from error
        yield


@contextmanager
def _by_file(path: Path, what: str, within_s: float) -> Iterator[None]:
    path.touch(mode=0o600)
    with path.open("rb") as file:  # the lock is the open file's: threads that open it themselves exclude each other
        until = time.monotonic() + within_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise TimeoutError(what) from None
                time.sleep(_LOOK_EVERY_S)
        yield
