"""Reads a YAML declaration, fast, with errors that say where."""

import re
from pathlib import Path
from typing import Any

import yaml

from tasking.model.errors import DeclarationError

_BOOL = "tag:yaml.org,2002:bool"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader for which only `true` and `false` are booleans: a partner's column may be called No."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(path: Path) -> Any:
    """What a YAML file says. Raises DeclarationError naming the file and the line."""
    return parse_yaml(declared_text(path), path.name)


def declared_text(path: Path) -> str:
    """The text of a declaration. Raises DeclarationError where there is none.

    Loaders that are called often cache what they make of a text by the text itself, so that an edit is seen at once.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DeclarationError(f"there is no {path.name} under {path.parent.name}/") from error


def parse_yaml(text: str, name: str) -> Any:
    """What a text in YAML says; `name` is for errors. Raises DeclarationError naming the line."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 # nosec B506 - a safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise DeclarationError(f"{name}: not valid YAML{where}") from error
