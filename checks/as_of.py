"""Every reader of what changes from day to day says as of when it reads it: `python checks/as_of.py`.

Query files: `tasking.warehouse.query_file` refuses one that reads a guarded table and declares neither `as of` nor
`all of`. Statements in src: a function that selects from a guarded table calls `is_current`, `is_first` or `is_member`
on it, or says in a comment why it reads all of it (`# all of report: every revision is emptied`). The columns that the
conditions are made of are compared in `warehouse/as_of.py` only.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tasking.model.errors import DeclarationError
from tasking.warehouse.as_of import GUARDED
from tasking.warehouse.query_file import query_file

ROOT = Path(__file__).resolve().parents[1]
CONDITIONS = {"is_current", "is_first", "is_member"}
READS = {"select", "exists", "join", "outerjoin", "select_from"}
ENDS = {"superseded_on": "report", "left_on": "incident_report"}
WHOLE = re.compile(r"# all of (\w+): \w")
Functions = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    faults = [*faults_in_queries(ROOT / "include"), *faults_in_code(ROOT / "src" / "tasking")]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def faults_in_queries(include: Path) -> Iterator[str]:
    """What is wrong with the query files."""
    for path in sorted(include.rglob("*.sql")):
        try:
            query_file(str(path.relative_to(include.parent)), path.read_text(encoding="utf-8"))
        except DeclarationError as error:
            yield str(error)


def faults_in_code(source: Path) -> Iterator[str]:
    """The functions that read a guarded table and do not say as of when."""
    for path in sorted(source.rglob("*.py")):
        if path.name == "as_of.py" or "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for line, fault in faults_of(text):
            yield f"{path.relative_to(source.parent)}:{line}: {fault}"


def faults_of(text: str) -> list[tuple[int, str]]:
    """(line, what is wrong) for the text of a module."""
    module, lines = ast.parse(text), text.splitlines()
    shared = _named(module.body, {})
    found = []
    for function in _functions(module):
        said = set(WHOLE.findall("\n".join(lines[function.lineno - 1 : function.end_lineno])))
        found += [(line, fault) for line, table, fault in _faults(function, shared) if table not in said]
    return sorted(found)


def _functions(module: ast.Module) -> Iterator[Functions]:
    """The functions of a module and of its classes; what is defined inside a function belongs to it."""
    for node in module.body:
        for one in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(one, Functions):
                yield one


def _faults(function: Functions, shared: dict[str, str]) -> Iterator[tuple[int, str, str]]:
    named = shared | _named(list(ast.walk(function)), shared)
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    for node in ast.walk(function):
        if isinstance(node, ast.Compare | ast.Call) and (column := _end_compared(node)):
            yield node.lineno, ENDS[column], f"{column} is compared here: use the conditions of warehouse/as_of.py"
    if not any(_called(call) in READS for call in calls):
        return
    judged = {call.args[0].id for call in calls if _called(call) in CONDITIONS and isinstance(call.args[0], ast.Name)}
    for line, name, table in sorted(_used(function, named)):
        if name not in judged:
            yield line, table, f"{function.name} reads {table} and does not say as of when"


def _end_compared(node: ast.Compare | ast.Call) -> str:
    """The column that ends a revision or a membership, where this compares it: `a.c.left_on > day`, `.is_(None)`."""
    sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("is_", "is_not"):
        sides = [node.func.value]
    return next((one.attr for one in sides if isinstance(one, ast.Attribute) and one.attr in ENDS), "")


def _used(function: Functions, named: dict[str, str]) -> set[tuple[int, str, str]]:
    """(line, name, table) of each guarded table, or alias of one, where the function first reads it."""
    first: dict[str, tuple[int, str, str]] = {}
    for node in ast.walk(function):
        read: list[ast.expr] = []
        if isinstance(node, ast.Attribute) and node.attr == "c":
            read = [node.value]
        elif isinstance(node, ast.Call) and _called(node) in READS:
            read = node.args
        for one in read:
            if table := _table_of(one, named):
                first.setdefault(_name_of(one), (one.lineno, _name_of(one), table))
    return set(first.values())


def _named(nodes: list[ast.AST] | list[ast.stmt], known: dict[str, str]) -> dict[str, str]:
    """The names that stand for a guarded table: `r, i = tables.report, tables.incident_report`, and aliases."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            targets, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = node.target, node.value
        else:
            continue
        pairs = zip(targets.elts, value.elts, strict=False) if (
            isinstance(targets, ast.Tuple) and isinstance(value, ast.Tuple)
        ) else [(targets, value)]  # fmt: skip
        for target, one in pairs:
            if isinstance(target, ast.Name) and (table := _table_of(one, known | found)):
                found[target.id] = table
    return found


def _table_of(value: ast.expr, known: dict[str, str]) -> str:
    """The guarded table that an expression is, or is an alias or a part of; empty where it is none."""
    if isinstance(value, ast.Attribute) and _name_of(value.value) == "tables" and value.attr in GUARDED:
        return value.attr
    if isinstance(value, ast.Name):
        return known.get(value.id, "")
    if isinstance(value, ast.Call):
        inner = value.func.value if isinstance(value.func, ast.Attribute) and value.func.attr == "alias" else None
        if inner is not None:
            return _table_of(inner, known)
        if _called(value) == "_slim":
            return _table_of(value.args[0], known)
    return ""


def _name_of(value: ast.expr) -> str:
    return value.id if isinstance(value, ast.Name) else ""


def _called(call: ast.Call) -> str:
    """`sa.select(...)` and `select(...)` as `select`."""
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else _name_of(func)


if __name__ == "__main__":
    sys.exit(main())
