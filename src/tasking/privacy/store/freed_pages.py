"""Removes deleted rows from the disk: the database is rewritten without them, and it is checked that it was."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.warehouse.tables.searching import WORDS

_TRY_MS: Final = 1_000
# FTS5's own `secure-delete` came with SQLite 3.42, and what it writes can't be read by the versions before.
_MERGE: Final = f"INSERT INTO {WORDS} ({WORDS}) VALUES ('optimize')"  # noqa: S608 # nosec B608 - our own


class VacuumResult(NamedTuple):
    """Whether the pages of deleted rows are gone. `why`: who prevented it; `notes`: what cannot be cleaned here."""

    is_done: bool
    why: str = ""
    notes: tuple[str, ...] = ()


def vacuum(engine: sa.Engine, wait_s: float = 30.0, sleep: Callable[[float], None] = time.sleep) -> VacuumResult:
    """Rewrites the database without deleted rows, waiting at most `wait_s` seconds for others who read it.

    SQLite: VACUUM, and the write-ahead log emptied. PostgreSQL: every table of the schema rewritten, with its
    statistics.
    """
    tries = max(1, round(wait_s))
    run = _vacuum_postgresql if engine.dialect.name == "postgresql" else _vacuum_sqlite
    result = VacuumResult(is_done=False)
    for number in range(tries):
        result = run(engine)
        if result.is_done:
            return result
        if number + 1 < tries:
            sleep(1.0)
    return result


def overwrite_deleted(connection: sa.Connection) -> None:
    """Makes this connection overwrite what it deletes, where SQLite would leave it in free pages."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def merge_words(connection: sa.Connection) -> None:
    """Takes the words of deleted documents out of the full text. SQLite's index keeps them until its parts are merged;
    PostgreSQL's leaves dead rows, which are removed as those of any table are."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_MERGE)


def database_files(engine: sa.Engine) -> list[Path]:
    """The files of an SQLite database: itself, its write-ahead log, its index of that, a journal."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return []
    path = Path(engine.url.database)
    return [one for one in (path, *(Path(f"{path}{end}") for end in ("-wal", "-shm", "-journal"))) if one.exists()]


def _vacuum_sqlite(engine: sa.Engine) -> VacuumResult:
    raw = engine.raw_connection()
    try:
        connection: Any = raw.driver_connection
        raw.rollback()
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {_TRY_MS}")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
        # One row: whether another connection blocked it, pages in the log, pages written back. It raises no error.
        is_busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
    except engine.dialect.loaded_dbapi.OperationalError as error:
        return VacuumResult(is_done=False, why=f"{_holders(engine)} ({error})")
    finally:
        raw.invalidate()
        raw.close()
    log = Path(f"{engine.url.database}-wal")
    is_empty = not log.exists() or log.stat().st_size == 0
    if is_busy or free or not is_empty:
        return VacuumResult(is_done=False, why=_holders(engine))
    return VacuumResult(is_done=True)


def _holders(engine: sa.Engine) -> str:
    """The processes that have the database open, by name and number, where the system says (Linux, own processes)."""
    wanted = {path.resolve() for path in database_files(engine)}
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(one.resolve() in wanted for one in (process / "fd").iterdir()):
                name = (process / "comm").read_text(encoding="utf-8").strip()
                found.add(f"{name} (process {process.name})")
        except OSError:  # the process has ended, or belongs to another user
            continue
    return ", ".join(sorted(found)) or "a process that has the database open"


def _vacuum_postgresql(engine: sa.Engine) -> VacuumResult:
    raw = engine.raw_connection()
    kept: list[str] = []
    table = ""
    try:
        connection: Any = raw.driver_connection
        raw.rollback()
        connection.autocommit = True
        connection.add_notice_handler(lambda notice: kept.extend(_kept_in(notice.message_detail)))
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {_TRY_MS}")
        cursor.execute("SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                       "current_schema()::regnamespace ORDER BY relname")  # fmt: skip
        for (table,) in cursor.fetchall():
            cursor.execute(f"VACUUM (FULL, ANALYZE, VERBOSE) {table}")
        notes = _postgresql_notes(cursor)
        is_statistic_clean = _vacuum_statistics(cursor, engine)
    except engine.dialect.loaded_dbapi.OperationalError:
        return VacuumResult(is_done=False, why=_blockers(engine) or f"a session that reads {table}")
    finally:
        raw.invalidate()
        raw.close()
    if kept:
        return VacuumResult(
            is_done=False, why=_blockers(engine) or "a session whose transaction began before the erasure"
        )
    if not is_statistic_clean:
        notes = (*notes, "old planner statistics: have an administrator run VACUUM (FULL) pg_statistic")
    return VacuumResult(is_done=True, notes=notes)


def _kept_in(detail: str | None) -> Sequence[str]:
    """The number of dead rows that VACUUM VERBOSE could not remove, as an old snapshot may still see them; else ()."""
    first = (detail or "").split(maxsplit=1)[:1]
    return [one for one in first if one.isdigit() and int(one) > 0]


def _vacuum_statistics(cursor: Any, engine: sa.Engine) -> bool:
    """Whether the catalogue of planner statistics could be rewritten: it holds values of deleted rows."""
    try:
        cursor.execute("VACUUM (FULL) pg_statistic")
    except engine.dialect.loaded_dbapi.Error:
        return False
    return True


def _postgresql_notes(cursor: Any) -> tuple[str, ...]:
    cursor.execute("SELECT pg_current_wal_lsn()::text, current_setting('archive_mode'), "
                   "(SELECT count(*) FROM pg_replication_slots)")  # fmt: skip
    position, archive_mode, slots = cursor.fetchone()
    notes = [f"PostgreSQL's write-ahead log up to {position} has the rows as they were until it is used again: a "
             "CHECKPOINT, and the time that max_wal_size needs"]  # fmt: skip
    if archive_mode != "off":
        notes.append(f"PostgreSQL archives its write-ahead log: delete what was archived up to {position}, and base "
                     "back-ups made before")  # fmt: skip
    if slots:
        notes.append(f"{slots} replication slot(s): a standby has the erasure when it has replayed {position}")
    return tuple(notes)


def _blockers(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        query = (
            "SELECT coalesce(nullif(application_name, ''), 'session') || ' (process ' || pid || ')' "
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND (state LIKE 'idle in transaction%' OR backend_xmin IS NOT NULL) AND backend_type = 'client backend'"
        )
        return ", ".join(sorted(connection.execute(sa.text(query)).scalars()))
