"""Pages, commands and channels ask a subject's service: they neither hold the warehouse nor import what opens it."""

import ast
from pathlib import Path
from typing import get_args

from conftest import ROOT

from tasking.briefing.sections import DeskPage
from tasking.pages.render import NAV

SOURCE = ROOT / "src" / "tasking"
OUTERMOST = [SOURCE / "pages", SOURCE / "cli", SOURCE / "delivery" / "channels"]
TYPES_ALONE = {"faults", "log_list", "pagination", "visibility"}  # how a service is asked, and what its errors mean


def reaches(source: str) -> list[str]:
    """What of a module's text reaches the warehouse, by line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ("warehouse", "engine"):
            found.append(f"{node.lineno}: .{node.attr}")
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tasking.warehouse"):
            of = node.module.removeprefix("tasking.warehouse").removeprefix(".")
            found += [f"{node.lineno}: {of}"] if of not in TYPES_ALONE else []
        if isinstance(node, ast.Import):
            found += [f"{node.lineno}: {one.name}" for one in node.names if one.name.startswith("tasking.warehouse")]
    return found


def test_none_of_them_reaches_the_warehouse():
    files = [path for folder in OUTERMOST for path in folder.rglob("*.py")]
    assert len(files) > 50
    at_fault = {str(path.relative_to(ROOT)): found for path in files if (found := reaches(Path(path).read_text()))}
    assert at_fault == {}


def test_what_reaches_it_is_found():
    assert reaches("services.warehouse.engine.connect()") == ["1: .engine", "1: .warehouse"]
    assert reaches("from tasking.warehouse import open_warehouse\nimport tasking.warehouse.locks") == [
        "1: ", "2: tasking.warehouse.locks",
    ]  # fmt: skip
    assert reaches("from tasking.warehouse.visibility import PUBLIC_VISIBILITY") == []


def test_every_page_that_a_briefing_names_is_a_page_of_the_desk():
    assert set(get_args(DeskPage)) <= {key for group in NAV for key, *_ in group}
