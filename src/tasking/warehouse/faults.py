"""Classifies internal faults in words that ops can act on: disk full or read-only, database away."""

import errno
import sqlite3
from typing import Final

import sqlalchemy as sa

DISK_FULL: Final = "the disk is full"
DISK_SHUT: Final = "the disk can't be written to"
NO_DATABASE: Final = "our database does not respond"

_BY_NUMBER: Final = {
    errno.ENOSPC: DISK_FULL, errno.EDQUOT: DISK_FULL, errno.EROFS: DISK_SHUT, errno.EIO: DISK_SHUT,
}  # fmt: skip
_BY_SQLITE: Final = {
    sqlite3.SQLITE_FULL: DISK_FULL, sqlite3.SQLITE_READONLY: DISK_SHUT, sqlite3.SQLITE_IOERR: DISK_SHUT,
    sqlite3.SQLITE_CANTOPEN: DISK_SHUT, sqlite3.SQLITE_BUSY: NO_DATABASE, sqlite3.SQLITE_LOCKED: NO_DATABASE,
}  # fmt: skip
_BY_SQLSTATE: Final = {"53100": DISK_FULL, "25006": DISK_SHUT, "58030": DISK_SHUT}  # of PostgreSQL
_UNANSWERED: Final = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


def internal_fault_words(error: BaseException) -> str:
    """`the disk is full`, `our database does not respond` and the like; else the kind of the error."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for one in causes:
        if words := _by_number(one):
            return words
    # SQLite also raises OperationalError for a faulty query.
    is_away = any(isinstance(one, _UNANSWERED) for one in causes) and not any(map(_is_sqlite, causes))
    return NO_DATABASE if is_away else type(error).__name__


def _is_sqlite(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error)


def _by_number(error: BaseException) -> str:
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0, "")
    if isinstance(error, sqlite3.Error):
        return _BY_SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "")  # the low byte of an extended code
    return _BY_SQLSTATE.get(getattr(error, "sqlstate", None) or "", "")
