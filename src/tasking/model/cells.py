"""Cells of exported spreadsheets."""

from typing import Any, Final

_MARKS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # and full-width


def escape_formula(value: Any) -> Any:
    """The value, escaped so that no spreadsheet treats it as a formula (CSV injection), even after spaces."""
    if isinstance(value, str) and (value.startswith(("\t", "\r", "\n")) or value.lstrip().startswith(_MARKS)):
        return "'" + value
    return value
