"""Bulk inserts of data frames, converted column by column."""

from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

_MOST_VALUES: Final = 10_000  # in one statement; SQLite allows 32,766


def insert_frame(connection: sa.Connection, table: sa.Table, frame: pd.DataFrame) -> None:
    """Inserts a frame whose columns are columns of the table. Nulls of every kind become NULL, times are kept as UTC.

    PostgreSQL takes it by COPY, SQLite by many rows a statement: its full text is written once a statement.
    """
    if frame.empty:
        return
    preparer = connection.dialect.identifier_preparer
    name, columns = preparer.format_table(table), ", ".join(preparer.quote(column) for column in frame.columns)
    is_postgresql = connection.dialect.name == "postgresql"
    rows = zip(*(_cells(frame[column], is_postgresql) for column in frame.columns), strict=True)
    if is_postgresql:
        cursor: Any = connection.connection.cursor()
        with cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = f"({', '.join('?' * len(frame.columns))})"
        while some := list(islice(rows, max(1, _MOST_VALUES // len(frame.columns)))):
            statement = f"INSERT INTO {name} ({columns}) VALUES {', '.join([marks] * len(some))}"  # noqa: S608 # nosec B608 - our own
            connection.exec_driver_sql(statement, tuple(value for row in some for value in row))


def _cells(column: pd.Series, is_postgresql: bool) -> list[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        utc = column.dt.tz_convert("UTC").dt.tz_localize(None)
        # The spelling that SQLAlchemy's DateTime reads back from SQLite.
        shown = (
            utc.astype("datetime64[us]").dt.to_pydatetime()
            if is_postgresql
            else utc.dt.strftime("%Y-%m-%d %H:%M:%S.%f")
        )
        values = list(shown)
    else:
        values = column.tolist()
        if not is_postgresql and column.dtype == object:
            known = {value: value.isoformat() for value in set(values) if isinstance(value, date | datetime)}
            values = [known.get(value, value) for value in values]
    missing = column.isna().to_numpy()
    if missing.any():
        values = [None if gone else value for value, gone in zip(values, missing, strict=True)]
    return values
