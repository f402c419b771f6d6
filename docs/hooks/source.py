"""What several of the generated pages need: where a class of the project is, and what stands in its source."""

import ast
import importlib
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "tasking"


class NotFoundInSource(Exception):
    """A page is generated from a class that is not there any more, or is there twice."""


def class_named(name: str) -> Any:
    """The one class of the project that has this name, wherever it is."""
    found = [path for path in sorted(PACKAGE.rglob("*.py")) if _defines(path, name)]
    if len(found) != 1:
        raise NotFoundInSource(f"class {name}: looked for one in src/tasking, found {[str(path) for path in found]}")
    return getattr(importlib.import_module(module_of(found[0])), name)


def module_of(path: Path) -> str:
    """The dotted name of a module or package: `tasking.linkage` for its `__init__.py`."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def first_sentence(path: Path) -> str:
    """The first line of a module's docstring."""
    words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return words.partition("\n")[0]


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def _defines(path: Path, name: str) -> bool:
    text = path.read_text(encoding="utf-8")
    if f"class {name}" not in text:
        return False
    return any(isinstance(node, ast.ClassDef) and node.name == name for node in ast.parse(text).body)
