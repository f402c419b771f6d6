"""Loads what the steps of a day need, for a process from which those of tasks are forked; it uses nothing of it."""

from importlib import import_module
from typing import Final

_HEAVY: Final = (
    "great_expectations", "matplotlib.figure", "openpyxl", "pandas", "psycopg", "pyarrow", "pyproj",
    "scipy.sparse.csgraph", "scipy.special", "shapely", "slack_sdk", "sqlalchemy.dialects.postgresql.psycopg",
    "tasking.flows", "tasking.runtime.local",
)  # fmt: skip

for name in _HEAVY:
    import_module(name)
