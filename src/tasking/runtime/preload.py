"""Imports the heavy modules that a day's steps need, so that forked task processes have them already."""

from importlib import import_module
from typing import Final

_HEAVY: Final = (
    "lightgbm", "matplotlib.figure", "openpyxl", "pandas", "psycopg", "pyarrow", "pyproj", "scipy.sparse.csgraph",
    "scipy.special", "shapely", "slack_sdk", "sqlalchemy.dialects.postgresql.psycopg", "tasking.flows",
    "tasking.runtime.local",
)  # fmt: skip

for name in _HEAVY:
    import_module(name)
