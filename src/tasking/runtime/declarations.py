"""Reads the partnership's own declaration. Light, because the DAGs are parsed with it."""

from pathlib import Path

from pydantic import ValidationError

from tasking.model.errors import DeclarationError
from tasking.model.partnership import Partnership
from tasking.yaml_file import read_yaml


def load_partnership(include: Path) -> Partnership:
    """The partnership that include/partnership.yml declares. Raises DeclarationError."""
    try:
        return Partnership.model_validate(read_yaml(include / "partnership.yml"))
    except ValidationError as error:
        raise DeclarationError(f"partnership.yml: {error}") from error
