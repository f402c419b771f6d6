"""Reads a YAML declaration, fast, with errors that say where."""

from pathlib import Path
from typing import Any

import yaml

from tasking.model.errors import DeclarationError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """What a YAML file says. Raises DeclarationError naming the file and the line."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader, the C one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise DeclarationError(f"{path.name}: not valid YAML{where}") from error
    except FileNotFoundError as error:
        raise DeclarationError(f"there is no {path.name} under {path.parent.name}/") from error
