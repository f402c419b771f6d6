"""Reads the partnership's own declaration. Light, because the DAGs are parsed with it."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from tasking.model.errors import DeclarationError
from tasking.model.partnership import Partnership


def load_partnership(include: Path) -> Partnership:
    """The partnership that include/partnership.yml declares. Raises DeclarationError."""
    try:
        raw = yaml.safe_load((include / "partnership.yml").read_text(encoding="utf-8"))
        return Partnership.model_validate(raw)
    except (yaml.YAMLError, ValidationError) as error:
        raise DeclarationError(f"partnership.yml: {error}") from error
