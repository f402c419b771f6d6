"""Adds a page for each package found under `src/tasking`, and one for the modules beside them, by mkdocstrings."""

import ast
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from source import PACKAGE, cell, first_sentence, module_of

FOLDER = "reference/api"


def packages() -> list[Path]:
    """The folders of `src/tasking` that are packages."""
    return sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))


def modules(package: Path) -> list[Path]:
    """The modules of a package, with those of the packages in it; none that is private or a migration."""
    return sorted(
        path for path in package.rglob("*.py")
        if not any(part.startswith("_") for part in path.relative_to(package).parts) and "versions" not in path.parts
    )  # fmt: skip


def on_config(config: Any) -> Any:
    """The pages stand in the list of pages below `Python API`."""
    for part in config.nav:
        for entry in part.get("Reference", []):
            if isinstance(entry, dict) and "Python API" in entry:
                entry["Python API"] = [f"{FOLDER}/index.md", {"flows and its neighbours": f"{FOLDER}/tasking.md"}] + [
                    {path.name: f"{FOLDER}/{path.name}.md"} for path in packages()
                ]
    return config


def on_files(files: Files, config: Any) -> Files:
    files.append(File.generated(config, f"{FOLDER}/index.md", content=index()))
    files.append(File.generated(config, f"{FOLDER}/tasking.md", content=beside_the_packages()))
    for package in packages():
        files.append(File.generated(config, f"{FOLDER}/{package.name}.md", content=page(package)))
    return files


INDEX = """\
# Python API

For engineers who work on Tasking itself. Nothing here is promised to other programs: they use the
[commands](../commands.md), whose columns and exit statuses stay.

Start at [`flows`](tasking.md): the steps of a day, in order. [Architecture](../../architecture.md) has the picture.

| package | what is in it |
| --- | --- |
{rows}
"""


def index() -> str:
    rows = (
        f"| [`{path.name}`]({path.name}.md) | {cell(first_sentence(path / '__init__.py'))} |" for path in packages()
    )
    return INDEX.format(rows="\n".join(rows))


def beside_the_packages() -> str:
    """The modules that lie in `src/tasking` itself: `flows` first."""
    found = sorted(
        (path for path in PACKAGE.glob("*.py") if not path.name.startswith("_")),
        key=lambda path: (path.stem != "flows", path.stem),
    )
    lines = ["# The steps, and what puts them together", ""]
    for path in found:
        lines += [f"## {path.stem}", "", *_documented(path, level=3)]
    return "\n".join(lines)


def page(package: Path) -> str:
    """What a package offers, its service, and what the packages in it offer; where nothing, each of its modules."""
    lines = [f"# {package.name}", "", *_documented(package / "__init__.py", level=2)]
    parts = [package / "service.py"] if (package / "service.py").exists() else []
    parts += [path for path in sorted(package.rglob("*/__init__.py")) if offers(path)]
    if not parts and not offers(package / "__init__.py") and package.name != "cli":
        parts = [path for path in modules(package) if path.parent == package]
    for path in parts:
        lines += [f"## {_within(path, package)}", "", *_documented(path, level=3)]
    rows = [f"| `{_within(path, package)}` | {cell(first_sentence(path))} |" for path in modules(package)]
    if rows:
        lines += ["## Every module", "", "| module | what is in it |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def offers(path: Path) -> bool:
    """True where a package says what others may take from it."""
    return any(
        isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        for node in ast.parse(path.read_text(encoding="utf-8")).body
    )


def _documented(path: Path, level: int) -> list[str]:
    return [f"::: {module_of(path)}", "    options:", f"      heading_level: {level}", ""]


def _within(path: Path, package: Path) -> str:
    return module_of(path).removeprefix(f"tasking.{package.name}.")
