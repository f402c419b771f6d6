"""Finds, in the text of a module, what reads a guarded table and does not say as of when; see as_of.py.

Each select is judged by itself. A condition counts for the select that it stands in, for a subquery of that select, and
for a select that is kept under a name and gets its conditions later. Names are followed through imports, aliases and
assignments inside a module; not from one function into another, nor through a loop over several tables.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from guarded_names import Names, assigned, called, imported, string

from tasking.warehouse.as_of import GUARDED

CONDITIONS = {"is_current", "is_first", "is_member"}
READS = {"select", "exists", "join", "outerjoin", "select_from"}
ENDS = {"superseded_on": "report", "left_on": "incident_report"}
WHOLE = re.compile(r"# all of (\w+): \w")
NAMED = re.compile(rf"(?<![\w:])({'|'.join(GUARDED)})(?!\w)", re.IGNORECASE)
Functions = ast.FunctionDef | ast.AsyncFunctionDef
Fault = tuple[int, str, str]  # line, table, what is wrong


def faults_of(text: str) -> list[tuple[int, str]]:
    """(line, what is wrong) for the text of a module."""
    module, lines = ast.parse(text), text.splitlines()
    shared = Names(imported(module), {}).with_assigned(module.body)
    strings = _strings(module)
    found = []
    for part in _parts(module.body):
        said = set(WHOLE.findall("\n".join(lines[_first_line(part, lines) - 1 : part.end_lineno])))
        names = shared.with_assigned(ast.walk(part))
        faults = [*_compared(part), *_in_texts(part, names, strings), *_Reads(part, names).faults()]
        found += [(line, fault) for line, table, fault in faults if table not in said]
    return sorted(set(found))


def _parts(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """What is judged, and may say why it reads all: each function, and each other statement of a module or class."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _parts(node.body)
        else:
            yield node


def _first_line(part: ast.stmt, lines: list[str]) -> int:
    """Where a part begins: for a statement that is no function, with the comment above it."""
    line = part.lineno
    while not isinstance(part, Functions) and line > 1 and lines[line - 2].lstrip().startswith("#"):
        line -= 1
    return line


def _compared(part: ast.stmt) -> Iterator[Fault]:
    """Where a column that ends a revision or a membership is compared: `a.c.left_on > day`, `.is_(None)`."""
    for node in ast.walk(part):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("is_", "is_not"):
            sides = [node.func.value]
        for one in sides:
            if isinstance(one, ast.Attribute) and one.attr in ENDS:
                fault = f"{one.attr} is compared here: use the conditions of warehouse/as_of.py"
                yield one.lineno, ENDS[one.attr], fault


def _in_texts(part: ast.stmt, names: Names, strings: dict[str, list[str]]) -> Iterator[Fault]:
    """Where SQL that is written as text names a guarded table."""
    for node in ast.walk(part):
        if not isinstance(node, ast.Call) or not names.is_text(node):
            continue
        given = [*node.args, *(word.value for word in node.keywords)]
        for one in (inner for value in given for inner in ast.walk(value)):
            texts = strings.get(one.id, []) if isinstance(one, ast.Name) else [string(one)]
            for table in sorted({found.lower() for text in texts for found in NAMED.findall(text)}):
                yield node.lineno, table, f"{called(node)} names {table}: write a select, or a query file"


def _strings(module: ast.Module) -> dict[str, list[str]]:
    """Name -> the strings that are assigned to it anywhere in the module."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in ast.walk(module):
        for target, value in assigned(node):
            if isinstance(target, ast.Name):
                found[target.id] += [text for one in ast.walk(value) if (text := string(one))]
    return found


@dataclass(eq=False)
class _Select:
    """A select; or what is kept under a name, such as a select, a condition or columns.

    `used`: (line, name, table) of each guarded table in it; `judged`: the names that a condition is on; `with_those`:
    what it is made with; `outer`: the select that it is in; `uses`: where it is used later, if it has a name.
    """

    used: set[tuple[int, str, str]] = field(default_factory=set)
    judged: set[str] = field(default_factory=set)
    with_those: list["_Select"] = field(default_factory=list)
    outer: "_Select | None" = None
    uses: list["_Select"] = field(default_factory=list)
    inner: list["_Select"] = field(default_factory=list)
    is_select: bool = False

    def own(self) -> set[str]:
        """The names that its own conditions are on."""
        return self.judged.union(*(one.own() for one in self.with_those))

    def conditions(self) -> set[str]:
        """The names that conditions are on, its own or those of the select around it, or of every later use of it."""
        later = [one.conditions() for one in self.uses]
        around = self.outer.conditions() if self.outer else set()
        return self.own() | around | (set.intersection(*later) if later else set())


class _Reads:
    """The selects of a part of a module."""

    def __init__(self, part: ast.stmt, names: Names) -> None:
        self._names = names
        self._name = part.name if isinstance(part, Functions) else "the module"
        self._selects: list[_Select] = []
        self._kept: dict[str, _Select] = {}  # name -> what was last kept under it
        self._visit(part, None)

    def faults(self) -> Iterator[Fault]:
        """The guarded tables that a select reads without a condition: each where it is first read."""
        for select in self._selects:
            judged = select.conditions()
            first = {name: (line, table) for line, name, table in sorted(select.used, reverse=True)}
            for name, (line, table) in first.items():
                if name not in judged:
                    yield line, table, f"{self._name} reads {table} and does not say as of when"

    def _visit(self, node: ast.AST, inside: _Select | None) -> None:
        """Takes up a node and what is in it; `inside`: the select, or what is kept under a name, that it is part of."""
        if pairs := assigned(node):
            for target, value in pairs:
                self._keep(target, value, inside)
        elif table := self._names.table(node):
            if inside is not None:
                inside.used.add((node.lineno, _name(node), table))
        elif isinstance(node, ast.Call) and called(node) in CONDITIONS and node.args:
            if inside is not None:
                inside.judged.add(_name(node.args[0]))
        elif isinstance(node, ast.Call | ast.Attribute) and (reads := self._chain(node)) is not None:
            self._take_up(node, inside, is_read=reads)
        elif isinstance(node, ast.Name):
            self._use(node.id, inside)
        else:
            if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) and not self._are_tables(node.iter):
                self._keep(node.target, node.iter, None)
            for one in self._children(node):
                self._visit(one, inside)

    def _are_tables(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Tuple) and any(self._names.table(one) for one in value.elts)

    def _children(self, node: ast.AST) -> Iterator[ast.AST]:
        """The parts of a node; of a comprehension, what it goes through before what it makes."""
        parts = list(ast.iter_child_nodes(node))
        yield from sorted(parts, key=lambda one: not isinstance(one, ast.comprehension))

    def _keep(self, target: ast.expr, value: ast.expr, inside: _Select | None) -> None:
        kept = _Select(is_select=self._chain(value) is not None)
        self._visit(value, kept)
        for one in ast.walk(target):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and not self._names.table(one):
                self._kept[one.id] = kept
        if inside is not None:  # an assignment in an expression
            kept.outer = inside

    def _use(self, name: str, inside: _Select | None) -> None:
        if (kept := self._kept.get(name)) is None:
            return
        kept.uses.append(inside or _Select())
        if inside is not None:
            inside.with_those.append(kept)
            if not kept.is_select:
                inside.used |= kept.used

    def _chain(self, node: ast.AST) -> bool | None:
        """Of `sa.select(r).where(...)` or `query.where(...)`: whether it reads; None for what is no select."""
        reads = False
        while isinstance(node, ast.Call | ast.Attribute):
            reads = reads or (isinstance(node, ast.Call) and called(node) in READS)
            node = node.func if isinstance(node, ast.Call) else node.value
        is_kept = isinstance(node, ast.Name) and node.id in self._kept and self._kept[node.id].is_select
        return True if reads else False if is_kept else None

    def _take_up(self, node: ast.expr, inside: _Select | None, *, is_read: bool) -> None:
        """Takes up a select, or the continuation of one that is kept under a name."""
        select = _Select(outer=inside)
        if is_read:
            self._selects.append(select)
        if inside is not None:
            inside.inner.append(select)
        while isinstance(node, ast.Call | ast.Attribute) and not self._names.table(node):
            if isinstance(node, ast.Call):
                for one in [*node.args, *node.keywords]:
                    self._visit(one, select)
                node = node.func
            else:
                node = node.value
        if isinstance(node, ast.Name) and node.id in self._kept and not self._names.table(node):
            select.with_those += self._kept[node.id].inner
        self._visit(node, select)


def _name(value: ast.expr) -> str:
    """What a table is known by: its name in the text; one that is made in place has none that another could share."""
    made_at = f" in line {value.lineno}, column {value.col_offset}" if isinstance(value, ast.Call) else ""
    return f"{ast.unparse(value)}{made_at}"
