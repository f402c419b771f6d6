"""The list of old and new names: what it says of version 0.2 is in the code."""

import ast
import re
from pathlib import Path

import pytest
from conftest import ROOT

SRC = ROOT / "src" / "tasking"
QUOTED = re.compile(r"`([^`]+)`")
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


def rows(heading: str) -> list[list[str]]:
    """The right-hand side of each row under a heading, as the names that it quotes."""
    page = (ROOT / "docs" / "names.md").read_text(encoding="utf-8")
    part = page.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [QUOTED.findall(line.split(" | ")[-1]) for line in part.splitlines() if line.startswith("| `")]


def is_there(path: Path) -> bool:
    return path.is_dir() or path.with_suffix(".py").is_file()


def missing_paths(names: list[str]) -> list[str]:
    """Those that are no file or folder below src/tasking; a bare name may lie beside the path before it."""
    missing, beside = [], SRC
    for name in names:
        found = next((path for path in (SRC / name, beside / name) if is_there(path)), None)
        if found is not None:
            beside = found.parent
        elif "/" in name or name.islower():
            missing.append(name)
    return missing


def members(body: list[ast.stmt]) -> set[str]:
    """The names that the body of a module or class gives, those on `self` among them."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {one.asname or one.name for one in node.names}
        for one in ast.walk(node):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                found.add(one.id)
            elif isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store):
                found.add(one.attr)
    return found


@pytest.fixture(scope="module")
def code() -> dict[str, set[str]]:
    """What each module and class has: `delivery.sender` -> its names, `Sender` -> its members."""
    found: dict[str, set[str]] = {}
    for path in SRC.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")
        found.setdefault(module, set()).update(members(tree.body))
        found.setdefault(module.rpartition(".")[0], set()).add(module.rpartition(".")[2])
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(members(node.body))
    return found


def is_in(code: dict[str, set[str]], name: str) -> bool:
    """True if a dotted name is that of a module, or of something in a module or class, by the end of its path.

    `services.guard` is a member of the class Services.
    """
    owner, _, last = name.rpartition(".")
    inner = owner.rpartition(".")[2]
    classes = {inner, inner.title().replace("_", "")}
    return any(last in names and (f".{one}".endswith(f".{owner}") or one in classes) for one, names in code.items())


def test_every_path_that_the_list_says_is_new_is_there():
    listed = rows("Files and folders")
    assert len(listed) > 80
    assert [name for names in listed for name in missing_paths(names)] == []


def test_every_dotted_name_that_the_list_says_is_new_is_there(code):
    names = [
        one
        for quoted in rows("Values and functions")
        for each in quoted
        if "/" not in each
        for one in DOTTED.findall(each)
    ]
    assert len(names) > 100
    assert [name for name in names if not is_in(code, name)] == []


def test_a_name_that_is_gone_is_noticed(code):
    assert missing_paths(["intake/store/held_rows"]) == ["intake/store/held_rows"]
    assert not is_in(code, "linkage.store.features.outdated")
    assert is_in(code, "linkage.store.features.outdated_revisions")
