"""Cells of exported spreadsheets."""

from typing import Any


def escape_formula(value: Any) -> Any:
    """The value, escaped so that no spreadsheet treats it as a formula (CSV injection)."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return value
