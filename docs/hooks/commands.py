"""Adds `reference/commands.md`: every command of `tasking`, made from the commands themselves."""

import inspect
import re
from collections.abc import Iterator
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

PAGE = "reference/commands.md"


def on_files(files: Files, config: Any) -> Files:
    files.append(File.generated(config, PAGE, content=page()))
    return files


def page() -> str:
    import typer.main

    from tasking.cli import app

    root = typer.main.get_command(app)
    lines = [
        "# Commands", "",
        "Every command, as `tasking COMMAND --help` prints it. Exit status 0: done; 1: a promise is broken, or",
        "something is ill; 2: the command was refused, with the reason in one sentence.", "",
        "```", "tasking [--partnership NAME] COMMAND ...", "```", "",
        *_table(root, "Options before the command"),
    ]  # fmt: skip
    for path, command in _commands(root):
        heading = " ".join(("tasking", *path))
        lines += [f"## `{heading}`" if len(path) == 1 else f"### `{heading}`", "", _words(command), ""]
        if not hasattr(command, "commands"):
            lines += ["```", _usage(heading, command), "```", "", *_table(command, "")]
    return "\n".join(lines) + "\n"


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in sorted(group.commands):
        command = group.commands[name]
        if command.hidden:
            continue
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))


def _usage(heading: str, command: Any) -> str:
    words = [heading]
    for one in command.params:
        if one.name == "help":
            continue
        shown = one.opts[0] if _is_option(one) else _metavar(one)
        if _is_option(one) and not _is_flag(one):
            shown += f" {_metavar(one)}"
        many = one.nargs == -1 or getattr(one, "multiple", False)
        words.append((shown if one.required else f"[{shown}]") + ("..." if many else ""))
    return " ".join(words)


def _table(command: Any, caption: str) -> list[str]:
    rows = []
    for one in command.params:
        if one.name == "help" or getattr(one, "hidden", False):
            continue
        name = ", ".join(f"`{opt}`" for opt in one.opts) if _is_option(one) else f"`{_metavar(one)}`"
        rows.append(f"| {name} | {_cell(getattr(one, 'help', None) or '')} | {_needed(one)} |")
    if not rows:
        return []
    return [f"| {caption or 'argument or option'} | what it is | |", "| --- | --- | --- |", *rows, ""]


def _needed(one: Any) -> str:
    default = getattr(one.default, "value", one.default)
    if one.required:
        return "required"
    if _choices(one):
        return ", ".join(f"`{name}`" + (" (default)" if name == default else "") for name in _choices(one))
    is_told = not _is_flag(one) and default not in (None, "", (), date.min, date.max)
    return f"default: `{default}`" if is_told else ""


def _is_option(one: Any) -> bool:
    return bool(one.param_type_name == "option")


def _is_flag(one: Any) -> bool:
    return bool(getattr(one, "is_flag", False))


def _metavar(one: Any) -> str:
    of_type = {int: "NUMBER", float: "NUMBER", Path: "PATH"}.get(_type(one), one.name.upper())
    return (one.metavar or of_type).strip("[].") if not _choices(one) else "|".join(_choices(one))


def _type(one: Any) -> Any:
    return one.type_descriptor.annotation


def _choices(one: Any) -> list[str]:
    kind = _type(one)
    return [str(member.value) for member in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []


def _words(command: Any) -> str:
    return inspect.cleandoc(re.sub(r"\[/?\w*\]", "", command.help or ""))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
