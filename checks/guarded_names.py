"""What names in a module stand for: which guarded table, and which calls take SQL as text; see guarded_reads.py."""

import ast
from collections.abc import Iterable

from tasking.warehouse.as_of import GUARDED


class Names:
    """The names that stand for a guarded table: imported, assigned, or aliases of others."""

    def __init__(self, paths: dict[str, str], tables: dict[str, str]) -> None:
        self._paths, self._tables = paths, tables

    def with_assigned(self, nodes: Iterable[ast.AST]) -> "Names":
        """With what the nodes assign: `r, i = tables.report, tables.incident_report`, and aliases."""
        names = Names(self._paths, dict(self._tables))
        for node in nodes:
            for target, value in assigned(node):
                if isinstance(target, ast.Name) and (table := names.table(value)):
                    names._tables[target.id] = table
        return names

    def is_text(self, call: ast.Call) -> bool:
        """True for a call that takes SQL as text: `sa.text`, `sa.literal_column`, `connection.exec_driver_sql`."""
        path = self._path(call.func).split(".")
        return path[-1] == "exec_driver_sql" or (path[0] == "sqlalchemy" and path[-1] in ("text", "literal_column"))

    def table(self, value: ast.AST) -> str:
        """The guarded table that an expression is, or is an alias or a part of; empty where it is none."""
        if isinstance(value, ast.Name) and value.id in self._tables:
            return self._tables[value.id]
        if isinstance(value, ast.Name | ast.Attribute):
            *folders, name = self._path(value).split(".")
            return name if name in GUARDED and "tables" in folders else ""
        if isinstance(value, ast.Subscript):  # metadata.tables["report"]
            name = string(value.slice)
            return name if name in GUARDED and self._path(value.value).split(".")[-1] == "tables" else ""
        return self._table_of_call(value) if isinstance(value, ast.Call) else ""

    def _table_of_call(self, call: ast.Call) -> str:
        what = called(call)
        first = call.args[0] if call.args else None
        if what in ("alias", "tablesample") and isinstance(call.func, ast.Attribute) and self.table(call.func.value):
            return self.table(call.func.value)
        if what in ("alias", "tablesample", "slim_table") and first is not None:
            return self.table(first)
        if what in ("table", "Table") and first is not None and string(first) in GUARDED:
            return string(first)
        if what == "getattr" and len(call.args) > 1 and self._path(call.args[0]).split(".")[-1] == "tables":
            return string(call.args[1]) if string(call.args[1]) in GUARDED else ""
        return ""

    def _path(self, value: ast.AST) -> str:
        if isinstance(value, ast.Attribute):
            return f"{self._path(value.value)}.{value.attr}"
        return self._paths.get(value.id, "") if isinstance(value, ast.Name) else ""


def imported(module: ast.Module) -> dict[str, str]:
    """Name -> the path of what it was imported from."""
    found = {"tables": "tables", "sa": "sqlalchemy"}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for one in node.names:
                whole = one.name.split(".")[0]
                found |= {one.asname: one.name} if one.asname else {whole: whole}
        elif isinstance(node, ast.ImportFrom):
            names = [(one.name, one.asname or one.name) for one in node.names if one.name != "*"]
            if any(one.name == "*" for one in node.names):
                names += [(table, table) for table in GUARDED]
            found |= {local: f"{node.module or ''}.{name}" for name, local in names}
    return found


def assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """(target, value) of an assignment: two of each for `r, i = tables.report, tables.incident_report`."""
    match node:
        case ast.Assign():
            pairs = [(target, node.value) for target in node.targets]
        case ast.AnnAssign(value=ast.expr()) | ast.NamedExpr():
            pairs = [(node.target, node.value)]
        case ast.AugAssign():
            pairs = [(node.target, ast.BinOp(node.target, node.op, node.value))]
        case _:
            return []
    found: list[tuple[ast.expr, ast.expr]] = []
    for target, value in pairs:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            found += zip(target.elts, value.elts, strict=True)
        else:
            found.append((target, value))
    return found


def string(node: ast.AST) -> str:
    """The text of a string; empty for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def called(call: ast.Call) -> str:
    """`sa.select(...)` and `select(...)` as `select`."""
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
