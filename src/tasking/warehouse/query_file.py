"""The query files under include/sql: each declares in its header what it takes and what it gives.

    -- One row per feed and reason: rows of the covered days that are held.
    -- parameters: first_day date, day date
    -- columns: feed text, reason text, held_rows integer

A query of what changes from day to day says as of when it reads it (`-- as of: day`), or why it reads all of it
(`-- all of report: ...`); see `as_of`. A declaration goes on in lines that begin with `--` and three spaces. A
parameter that is not declared, not given or of another type is an error that names the file and the parameter; so is a
result whose columns are not those declared.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from tasking.model.errors import DeclarationError
from tasking.warehouse.as_of import expanded
from tasking.warehouse.types import UtcDateTime

TYPES: Final[Mapping[str, sa.types.TypeEngine[Any]]] = {
    "text": sa.String(), "integer": sa.Integer(), "number": sa.Float(), "boolean": sa.Boolean(), "date": sa.Date(),
    "time": UtcDateTime(), "json": sa.JSON(),
}  # fmt: skip
_PYTHON: Final[Mapping[str, tuple[type, ...]]] = {
    "text": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "date": (date,), "time": (datetime,),
}  # fmt: skip
_LIST: Final = "[]"
_KEY: Final = re.compile(r"-- (parameters|columns|as of|all of \w+):(.*)")
_ALL_OF: Final = "all of "
_MORE: Final = "--   "
_NAMED: Final = re.compile(r"(?<![:\w\\]):([a-z_]\w*)(?!:)")  # `:name`, but not the second colon of `::type`


@dataclass(frozen=True)
class QueryFile:
    """A query as it is declared: name -> type of its parameters, and of the columns of its result, in order."""

    name: str
    parameters: Mapping[str, str]
    columns: Mapping[str, str]
    statement: str

    def rows(self, connection: sa.Connection, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of the result, each column of its declared type. Raises DeclarationError."""
        for name in self.parameters:
            if name not in given:
                raise DeclarationError(f"{self.name}: the parameter {name} is declared and was not given")
        binds = [self._bound(name, value) for name, value in given.items()]
        types = {name: TYPES[kind] for name, kind in self.columns.items()}
        result = connection.execute(sa.text(self.statement).bindparams(*binds).columns(**types))
        names = list(result.keys())
        if names != list(self.columns):
            declared = ", ".join(self.columns)
            raise DeclarationError(f"{self.name}: its columns are {', '.join(names)}, and it declares {declared}")
        return [dict(zip(names, row, strict=True)) for row in result]

    def _bound(self, name: str, value: Any) -> sa.BindParameter[Any]:
        declared = self.parameters.get(name)
        if declared is None:
            raise DeclarationError(f"{self.name}: the parameter {name} was given and is not declared")
        kind, is_list = declared.removesuffix(_LIST), declared.endswith(_LIST)
        if is_list != isinstance(value, list | tuple):
            raise DeclarationError(f"{self.name}: the parameter {name} is declared as {declared}")
        values = list(value) if is_list else [value]
        if not all(_is(kind, one) for one in values):
            raise DeclarationError(f"{self.name}: the parameter {name} is declared as {declared}")
        if is_list:
            return sa.bindparam(name, value=values, type_=TYPES[kind], expanding=True)
        # A whole number is bound as one: PostgreSQL divides whole numbers without a remainder.
        type_ = sa.Integer() if kind == "number" and isinstance(value, int) else TYPES[kind]
        return sa.bindparam(name, value=value, type_=type_)


@lru_cache(maxsize=256)
def query_file(name: str, text: str) -> QueryFile:
    """The query that the text of a file declares. Raises DeclarationError naming the file and what is wrong."""
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))
    declared = _declared(name, lines[:end])
    for key in ("parameters", "columns"):
        if key not in declared:
            raise DeclarationError(f"{name}: its header has no line `-- {key}: ...`; write what the query uses")
    parameters = _typed(name, declared["parameters"], {*_PYTHON, *(f"{kind}{_LIST}" for kind in _PYTHON)})
    columns = _typed(name, declared["columns"], set(TYPES))
    if not columns:
        raise DeclarationError(f"{name}: it declares no columns")
    statement = "\n".join(line for line in lines[end:] if not line.lstrip().startswith("--"))
    all_of = {key.removeprefix(_ALL_OF): why for key, why in declared.items() if key.startswith(_ALL_OF)}
    statement = expanded(name, statement, declared.get("as of"), all_of)
    used = set(_NAMED.findall(statement))
    for one in sorted(used - parameters.keys()):
        raise DeclarationError(f"{name}: the parameter {one} is used and is not declared")
    for one in sorted(parameters.keys() - used):
        raise DeclarationError(f"{name}: the parameter {one} is declared and is not used")
    return QueryFile(name, parameters, columns, statement)


def _declared(name: str, header: list[str]) -> dict[str, str]:
    """Each declaration of a header, in one line."""
    found: dict[str, str] = {}
    key = ""
    for line in header:
        if match := _KEY.match(line):
            key = match[1]
            if key in found:
                raise DeclarationError(f"{name}: its header has `{key}:` twice")
            found[key] = match[2].strip()
        elif key and line.startswith(_MORE):
            found[key] += f" {line.removeprefix(_MORE)}"
        else:
            key = ""
    return found


def _typed(name: str, declared: str, types: Collection[str]) -> dict[str, str]:
    """`day date, feeds text[]` as {"day": "date", "feeds": "text[]"}; `none` as {}."""
    if declared.strip() == "none":
        return {}
    found: dict[str, str] = {}
    for part in declared.split(","):
        match part.split():
            case [one, kind] if kind in types:
                if one in found:
                    raise DeclarationError(f"{name}: {one} is declared twice")
                found[one] = kind
            case words:
                known = ", ".join(sorted(types))
                raise DeclarationError(f"{name}: {' '.join(words)!r} is not a name and a type; types are {known}")
    return found


def _is(kind: str, value: Any) -> bool:
    """True where a value is of a declared type: a time is no date, and a boolean is no number."""
    is_other = (isinstance(value, datetime) and kind == "date") or (isinstance(value, bool) and kind != "boolean")
    return isinstance(value, _PYTHON[kind]) and not is_other
