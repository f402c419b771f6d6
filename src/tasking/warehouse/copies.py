"""Copies the warehouse to one file and back: SQLite by its back-up API, PostgreSQL by pg_dump and pg_restore."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from tasking.model.errors import WarehouseError
from tasking.warehouse import tables

_MOST_S: Final = 3_600


def copy_out(url: str, schema_name: str | None, path: Path) -> None:
    """Writes a consistent copy of the warehouse to a file, while others use it. Raises WarehouseError."""
    where = sa.make_url(url)
    if where.get_backend_name() == "sqlite":
        _copy_sqlite(Path(str(where.database)), path)
    else:
        _run("pg_dump", where, ["--format=custom", f"--file={path}", f"--schema={schema_name or 'public'}"])


def copy_in(url: str, schema_name: str | None, path: Path) -> None:
    """Replaces the warehouse with a copy made by copy_out. Raises WarehouseError."""
    where = sa.make_url(url)
    if where.get_backend_name() == "sqlite":
        target = Path(str(where.database))
        target.parent.mkdir(parents=True, exist_ok=True)
        for beside in (target, Path(f"{target}-wal"), Path(f"{target}-shm")):
            beside.unlink(missing_ok=True)
        target.touch(mode=0o600)
        _copy_sqlite(path, target)
    else:
        engine = sa.create_engine(url, hide_parameters=True)
        with engine.begin() as connection:
            name = engine.dialect.identifier_preparer.quote(schema_name or "public")
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
            if schema_name is None:
                connection.execute(sa.text(f"CREATE SCHEMA {name}"))
        engine.dispose()
        # Of the schema "public" the copy says that it makes it, and it is there.
        skipped = [] if schema_name else [f"--schema={schema_name or 'public'}"]
        _run("pg_restore", where, ["--no-owner", "--exit-on-error", *skipped, f"--dbname={where.database}", str(path)])


def has_reports(engine: sa.Engine) -> bool:
    """True if any delivery is stored, which a restore would replace."""
    with engine.connect() as connection:
        return connection.execute(sa.select(tables.delivery.c.delivery_id).limit(1)).first() is not None


def _copy_sqlite(source: Path, target: Path) -> None:
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as read, sqlite3.connect(target) as written:
        read.backup(written)
    read.close()
    written.close()
    target.chmod(0o600)


def _run(program: str, where: sa.URL, options: Sequence[str]) -> None:
    """Runs a PostgreSQL client program. The password is passed in the environment, hidden from process lists."""
    found = shutil.which(program)
    if found is None:
        raise WarehouseError(f"{program} is needed. It comes with PostgreSQL's client")
    named = {"PGHOST": where.host, "PGPORT": where.port, "PGUSER": where.username, "PGPASSWORD": where.password,
             "PGDATABASE": where.database}  # fmt: skip
    environment = os.environ | {name: str(value) for name, value in named.items() if value is not None}
    done = subprocess.run(  # noqa: S603 - our own options
        [found, *options], env=environment, capture_output=True, text=True, timeout=_MOST_S
    )
    if done.returncode:
        raise WarehouseError(f"{program}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
