"""Looks through every text of a database for words, and puts others in their place."""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.errors import WarehouseError

_PAGE: Final = 2_000
_TEXTS: Final = (sa.String, sa.JSON)

Change = Callable[[str], str]


def sweep(
    connection: sa.Connection, pattern: re.Pattern[str], by: str, spared: Collection[str] | None = ()
) -> Counter[str]:
    """Replaces what `pattern` finds in every text column by `by`. Returns `table.column` -> how many rows had it.

    Tables named in `spared`, and those without a primary key, are only looked through; without any, all of them are.
    """
    metadata = sa.MetaData()
    metadata.reflect(connection)
    found: Counter[str] = Counter()
    for table in metadata.sorted_tables:
        key = list(table.primary_key.columns)
        columns = [column for column in table.columns if isinstance(column.type, _TEXTS)]
        is_spared = spared is None or table.name in spared or not key
        for column in columns:
            changes = list(_changes(connection, key, column, pattern, by))
            found[f"{table.name}.{column.name}"] += len(changes)
            if is_spared or column.name in {one.name for one in key}:
                continue
            for values, text in changes:
                where = [one == value for one, value in zip(key, values, strict=True)]
                connection.execute(sa.update(table).where(*where).values({column: text}))
    return +found


def _changes(
    connection: sa.Connection, key: list[Any], column: Any, pattern: re.Pattern[str], by: str
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(primary key, the value without it) of every row whose column has what is looked for."""
    query = sa.select(*key, column).where(column.is_not(None)).execution_options(yield_per=_PAGE)
    result = connection.execute(query)
    for *values, value in result:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if pattern.search(text):
            new = pattern.sub(by, text)
            yield tuple(values), new if isinstance(value, str) else json.loads(new)


def sweep_database(url: str, pattern: re.Pattern[str], by: str) -> int:
    """Sweeps a database that is not the warehouse: Airflow's own. Returns in how many places something was found.

    Raises WarehouseError where it does not open.
    """
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            found = sum(sweep(connection, pattern, by).values())
        if found:
            forget_pages(engine)
        return found
    except sa.exc.OperationalError as error:
        shown = engine.url.render_as_string(hide_password=True)
        raise WarehouseError(f"Airflow's database does not open ({shown})") from error
    finally:
        engine.dispose()


def forget_pages(engine: sa.Engine) -> bool:
    """Has the database give up the pages of what was deleted; False where others keep it from that."""
    raw = engine.raw_connection()
    try:
        connection: Any = raw.driver_connection
        raw.rollback()
        if engine.dialect.name == "postgresql":
            connection.autocommit = True
            connection.cursor().execute("VACUUM (FULL)")
            connection.autocommit = False
        else:
            connection.isolation_level = None
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except engine.dialect.loaded_dbapi.OperationalError:
        return False
    finally:
        raw.invalidate()
        raw.close()
    return True
