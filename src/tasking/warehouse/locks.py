"""Named locks that span transactions: advisory locks on PostgreSQL, lock files beside SQLite's database."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa

_LOOK_EVERY_S: Final = 0.05
# In seconds: the server notices within a minute if the machine that holds the lock is gone.
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
        yield  # an in-memory database has one connection


@contextmanager
def _by_server(engine: sa.Engine, what: str, within_s: float) -> Iterator[None]:
    """An advisory lock, held by a transaction of its own so that a pooling proxy keeps it on one session."""
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
    with path.open("rb") as file:  # flock belongs to the open file, so threads exclude each other too
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
