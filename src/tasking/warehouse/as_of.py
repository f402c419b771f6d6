"""As of a day: which revision of a report was in force, and which incident it was in.

Revisions and memberships are never overwritten, so a query of them has to say as of when it reads them. The conditions
are written here once. Statements call `is_current`, `is_first` and `is_member`; a query file declares `-- as of: day`
and reads from the relations named in RELATIONS, which `expanded` defines for it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from tasking.model.errors import DeclarationError
from tasking.warehouse import tables

# The view `told`: one row a revision of a report and an incident that it was in (migration 0004).
_TOLD: Final = sa.table(
    "told",
    sa.column("day", sa.Date),
    sa.column("revision", sa.Integer),
    sa.column("superseded_on", sa.Date),
    sa.column("linked_on", sa.Date),
    sa.column("left_on", sa.Date),
)
# Tables and views of which a query has to say as of when it reads them, or why it reads all of them.
GUARDED: Final = ("report", "report_fact", "incident_report", "told")


class AsOf(NamedTuple):
    """`day`: a date, or a parameter of the query; None for now. `is_before`: as it was before that day's work."""

    day: Any = None
    is_before: bool = False


NOW: Final = AsOf()


def on(day: Any) -> AsOf:
    """As of the end of a day's work."""
    return AsOf(day)


def before(day: Any) -> AsOf:
    """As of the moment before a day's work began."""
    return AsOf(day, is_before=True)


def is_current(report: Any, when: AsOf) -> sa.ColumnElement[bool]:
    """A condition on the table of reports: the revision in force."""
    if when.day is None:
        return _is_open(report.c.superseded_on, when)
    return _has_begun(report.c.day, when) & _is_open(report.c.superseded_on, when)


def is_first(report: Any, when: AsOf) -> sa.ColumnElement[bool]:
    """A condition on the table of reports: a report's first revision."""
    first: sa.ColumnElement[bool] = report.c.revision == 1
    return first if when.day is None else first & _has_begun(report.c.day, when)


def is_member(membership: Any, when: AsOf) -> sa.ColumnElement[bool]:
    """A condition on the table of memberships: the incident that a report is in."""
    if when.day is None:
        return _is_open(membership.c.left_on, when)
    return _has_begun(membership.c.linked_on, when) & _is_open(membership.c.left_on, when)


def _has_begun(column: Any, when: AsOf) -> sa.ColumnElement[bool]:
    begun: sa.ColumnElement[bool] = column < when.day if when.is_before else column <= when.day
    return begun


def _is_open(column: Any, when: AsOf) -> sa.ColumnElement[bool]:
    is_open: sa.ColumnElement[bool] = column.is_(None)
    if when.day is not None:
        is_open |= column >= when.day if when.is_before else column > when.day
    return is_open


_Condition = Callable[[Any, AsOf], sa.ColumnElement[bool]]
RELATIONS: Final[Mapping[str, tuple[Any, tuple[_Condition, ...]]]] = {
    "report_as_of": (tables.report, (is_current,)),
    "first_report_as_of": (tables.report, (is_first,)),
    "incident_report_as_of": (tables.incident_report, (is_member,)),
    "told_as_of": (_TOLD, (is_current, is_member)),
    "first_told_as_of": (_TOLD, (is_first, is_member)),
}
_RELATION: Final = re.compile(rf"\b({'|'.join(RELATIONS)})\b")
_GUARDED: Final = re.compile(rf"(?<![\w:])({'|'.join(GUARDED)})(?![\w.])", re.IGNORECASE)
_WITH: Final = re.compile(r"WITH\s+(?:RECURSIVE\s+)?", re.IGNORECASE)
_WHEN: Final = re.compile(r"(before )?([a-z_]\w*)")


def expanded(name: str, statement: str, when: str | None, all_of: Mapping[str, str]) -> str:
    """The statement of a query file with the relations as of a day that it reads from defined before it.

    `when`: `day` or `before day`, for a parameter of that name, or `now`. `all_of`: the guarded tables that are read
    whole -> why. Raises DeclarationError where it reads a guarded table and declares neither.
    """
    read = {one.lower() for one in _GUARDED.findall(statement)}
    if unsaid := sorted(read - all_of.keys()):
        raise DeclarationError(
            f"{name}: it reads all of {unsaid[0]}; read {_instead(unsaid[0])} and declare `-- as of: day`, or say why "
            f"in `-- all of {unsaid[0]}: ...`"
        )
    for one in sorted(all_of):
        if one not in read or not all_of[one].strip():
            raise DeclarationError(f"{name}: `all of {one}` needs a reason, and a statement that reads it")
    used = list(dict.fromkeys(_RELATION.findall(statement)))
    if not used and when is None:
        return statement
    if not used or when is None:
        raise DeclarationError(f"{name}: `-- as of: ...` and relations as of a day go together; one of them is missing")
    definitions = ",\n".join(_definition(one, _when(name, when)) for one in used)
    own = _WITH.match(statement := statement.lstrip())
    if own is None:
        return f"WITH {definitions}\n{statement}"
    return f"{own[0]}{definitions},\n{statement[own.end() :]}"


def _when(name: str, declared: str) -> AsOf:
    if declared == "now":
        return NOW
    match = _WHEN.fullmatch(declared)
    if match is None:
        raise DeclarationError(f"{name}: as of: {declared!r} is neither `now` nor a parameter nor `before` one")
    return AsOf(sa.literal_column(f":{match[2]}", sa.Date()), is_before=bool(match[1]))


def _definition(relation: str, when: AsOf) -> str:
    """`report_as_of AS NOT MATERIALIZED (...)`: the databases plan it as if its conditions stood in the query."""
    table, conditions = RELATIONS[relation]
    where = (condition(table, when) for condition in conditions)
    select: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(table).where(*where)
    return f"{relation} AS NOT MATERIALIZED ({select.compile(compile_kwargs={'literal_binds': True})})"


def _instead(table: str) -> str:
    return " or ".join(one for one, (of, _) in RELATIONS.items() if of.name == table) or "told_as_of"
