"""A condition: a column holds one of many values, in one statement however many they are.

An `IN` has a place for each value, so that PostgreSQL plans it anew for every number of them. A plan takes 10 ms where
the statement asks who may see what. SQLite plans in no time, and does worse with a list in one parameter.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Among(FunctionElement[bool]):
    """The same condition twice: as an `IN`, and as an array in one parameter.

    It has no type: SQLite would be asked whether a boolean equals 1, and use no index.
    """

    inherit_cache = True


@compiles(_Among)
def _as_in(element: _Among, compiler: Any, **options: Any) -> str:
    in_places, _ = element.clauses
    return str(compiler.process(in_places, **options))


@compiles(_Among, "postgresql")
def _as_array(element: _Among, compiler: Any, **options: Any) -> str:
    _, in_array = element.clauses
    return str(compiler.process(in_array, **options))


def is_among(column: sa.ColumnElement[Any], values: Collection[Any] | str) -> sa.ColumnElement[bool]:
    """Whether a column of texts or whole numbers holds one of `values`, or of the list that is given under this name
    when the statement is run."""
    array = ARRAY(column.type)
    if isinstance(values, str):
        places: Any = sa.bindparam(values, expanding=True)
        one: Any = sa.bindparam(values, type_=array)
        return _Among(column.in_(places), column == sa.any_(one))
    return _Among(column.in_(list(values)), column == sa.any_(sa.bindparam(None, list(values), type_=array)))
