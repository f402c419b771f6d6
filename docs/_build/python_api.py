"""Adds a page for each package found under `src/tasking`, and one for the modules beside them, by mkdocstrings."""

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


def index() -> str:
    rows = [
        f"| [`{path.name}`]({path.name}.md) | {cell(first_sentence(path / '__init__.py'))} |" for path in packages()
    ]
    return "\n".join((
        "# Python API", "",
        "For engineers who work on Tasking itself. Nothing here is promised to other programs: they use the",
        "[commands](../commands.md), whose columns and exit statuses stay.", "",
        "Start at [`flows`](tasking.md): the steps of a day, in order. [Architecture](../../architecture.md) has the picture.",
        "", "| package | what is in it |", "| --- | --- |", *rows, "",
    ))  # fmt: skip


def beside_the_packages() -> str:
    """The modules that lie in `src/tasking` itself: `flows` first."""
    found = sorted(
        (path for path in PACKAGE.glob("*.py") if not path.name.startswith("_")),
        key=lambda path: (path.stem != "flows", path.stem),
    )
    lines = ["# The steps, and what puts them together", ""]
    for path in found:
        lines += [f"## {path.stem}", "", f"::: {module_of(path)}", "    options:", "      heading_level: 3", ""]
    return "\n".join(lines)


def page(package: Path) -> str:
    lines = [f"# {package.name}", "", f"::: {module_of(package / '__init__.py')}", ""]
    rows = [
        f"| `{module_of(path).removeprefix(f'tasking.{package.name}.')}` | {cell(first_sentence(path))} |"
        for path in modules(package)
    ]
    if rows:
        lines += ["## Modules", "", "| module | what is in it |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)
