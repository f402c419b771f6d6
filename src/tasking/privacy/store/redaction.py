"""The cells of a database: the ones declared to hold free text, to be changed; and all of them, to be searched."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from tasking.model.errors import WarehouseError
from tasking.warehouse.tables.searching import WORDS

_PAGE: Final = 2_000
ATTACHED: Final = ("attachment_file", "content")  # pixels, which are nobody's words, and documents
_SEARCHED: Final = (sa.String, sa.JSON, sa.LargeBinary, sa.types.NullType, sa.Integer, sa.Numeric, TSVECTOR)


class Cell(NamedTuple):
    """One value: text or decoded JSON. `key`: the values of its row's primary key, in the order of its columns."""

    table: str
    key: tuple[Any, ...]
    column: str
    value: Any


@contextmanager
def open_database(url: str) -> Iterator[sa.Engine]:
    """An engine for a database that is not the warehouse, such as Airflow's. Raises WarehouseError where it cannot be
    opened."""
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        with engine.connect():
            pass
        yield engine
    except sa.exc.OperationalError as error:
        shown = engine.url.render_as_string(hide_password=True)
        raise WarehouseError(f"Airflow's database does not open ({shown})") from error
    finally:
        engine.dispose()


def cells(connection: sa.Connection, columns: Mapping[str, Sequence[str]]) -> Iterator[Cell]:
    """Every cell of these columns that is not null, in tables that have a primary key; missing columns are skipped."""
    for table in _tables(connection):
        key = list(table.primary_key.columns)
        for name in columns.get(table.name, ()) if key else ():
            if name in table.columns and name not in {one.name for one in key}:
                yield from _of_column(connection, table, key, table.columns[name])


def every_cell(connection: sa.Connection) -> Iterator[Cell]:
    """Every cell of every table whose type can identify somebody: text, JSON, bytes and numbers, but no attachment."""
    for table in _tables(connection):
        key = list(table.primary_key.columns)
        for column in table.columns:
            if isinstance(column.type, _SEARCHED) and (table.name, column.name) != ATTACHED:
                yield from _of_column(connection, table, key, column)


def update(connection: sa.Connection, changes: Sequence[tuple[Cell, Any]]) -> None:
    """Stores new values of cells. Raises WarehouseError where one was changed since it was read."""
    metadata = sa.MetaData()  # so that each table is reflected once
    for name in {cell.table for cell, _ in changes}:
        sa.Table(name, metadata, autoload_with=connection, resolve_fks=False)
    for cell, value in changes:
        _update(connection, metadata.tables[cell.table], cell, value)


def _update(connection: sa.Connection, table: sa.Table, cell: Cell, value: Any) -> None:
    key = [one == value for one, value in zip(table.primary_key.columns, cell.key, strict=True)]
    column = table.columns[cell.column]
    if connection.execute(sa.select(column).where(*key)).scalar() != cell.value:
        raise WarehouseError(
            f"{cell.table}.{cell.column} was changed meanwhile: this database is as it was, but files may be gone; run "
            "it again"
        )
    connection.execute(sa.update(table).where(*key).values({column: value}))


def statistics(connection: sa.Connection) -> Iterator[str]:
    """The values of columns in PostgreSQL's planner statistics, which may be people's names."""
    if connection.dialect.name == "postgresql":
        query = (
            "SELECT most_common_vals::text, histogram_bounds::text, most_common_elems::text FROM pg_stats "
            "WHERE schemaname = current_schema()"
        )
        for row in connection.execute(sa.text(query)):
            yield from (value for value in row if value)


def _tables(connection: sa.Connection) -> list[sa.Table]:
    metadata = sa.MetaData()
    # On SQLite the full text has no rows to read: what is in it is found in the bytes of the file.
    is_left_out = connection.dialect.name == "sqlite"
    metadata.reflect(connection, only=lambda name, _: not (is_left_out and name.startswith(WORDS)))
    return sorted(metadata.tables.values(), key=lambda table: table.name)


def _of_column(
    connection: sa.Connection, table: sa.Table, key: Sequence[sa.Column[Any]], column: sa.Column[Any]
) -> Iterator[Cell]:
    readable = sa.type_coerce(column, sa.Text) if isinstance(column.type, sa.types.NullType) else column
    query = sa.select(*key, readable).where(column.is_not(None)).execution_options(yield_per=_PAGE)
    for *values, value in connection.execute(query):
        yield Cell(table.name, tuple(values), column.name, value)


# Values of JSON, and texts that are JSON themselves.

EMBEDDED: Final = "{json}"  # a step of a path: into the JSON that a text is

Path = tuple[Any, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """(path, text) of every text and number in a value. A text that is itself an object or list of JSON is descended
    into."""
    if isinstance(value, str):
        inside = _embedded(value)
        if inside is None:
            yield path, value
        else:
            yield from leaves(inside, (*path, EMBEDDED))
    elif isinstance(value, bool):
        return
    elif isinstance(value, int | float):
        yield path, str(value)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from leaves(one, (*path, name))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from leaves(one, (*path, number))


def with_leaves(value: Any, new: Mapping[Path, str], path: Path = ()) -> Any:
    """The value with other texts at these paths. JSON inside a text keeps its way of escaping and its spaces."""
    if path in new:
        return new[path]
    if not any(one[: len(path)] == path for one in new):
        return value
    if isinstance(value, str):
        inside = _embedded(value)
        return _written_as(value, inside, with_leaves(inside, new, (*path, EMBEDDED)))
    if isinstance(value, Mapping):
        return {name: with_leaves(one, new, (*path, name)) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [with_leaves(one, new, (*path, number)) for number, one in enumerate(value)]
    return value


def _written_as(text: str, old: Any, new: Any) -> str:
    """`new` as JSON, with the escapes and spaces that `text` has for `old`."""
    ways = [
        {"ensure_ascii": is_ascii, "separators": separators}
        for is_ascii in (False, True)
        for separators in ((",", ":"), (", ", ": "))
    ]
    way = next((one for one in ways if json.dumps(old, **one) == text), ways[0])  # type: ignore[arg-type]
    return json.dumps(new, **way)  # type: ignore[arg-type]


def _embedded(text: str) -> Any:
    if not (text[:1] in "{[" and text[-1:] in "}]") or not text:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None
