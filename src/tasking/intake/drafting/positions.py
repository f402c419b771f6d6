"""Which columns are a position: eastings and northings, degrees, or both degrees in one cell."""

import re
from collections.abc import Sequence
from typing import Final

from tasking.config.feed_columns import Position
from tasking.intake.drafting.column import Column

_LEAST: Final = 0.6  # of a column's values, for it to hold numbers of a kind
_EAST: Final = re.compile(r"\b(?:eastings?|east|osx|x|grid ?x|x ?coord\w*|coord\w* x|grid e|geo ?x)\b")
_NORTH: Final = re.compile(r"\b(?:northings?|north|osy|y|grid ?y|y ?coord\w*|coord\w* y|grid n|geo ?y)\b")
_LATITUDE: Final = re.compile(r"\b(?:lat|latitude)\b")
_LONGITUDE: Final = re.compile(r"\b(?:long|lon|lng|longitude)\b")


def find_position(columns: Sequence[Column]) -> Position | None:
    """The position that the columns declare by their names and cells; None where there is none."""
    if (east := _named(columns, _EAST, 0, 700_000)) and (north := _named(columns, _NORTH, 0, 1_300_000)):
        return Position(easting=east.name, northing=north.name)
    latitude, longitude = _named(columns, _LATITUDE, -90, 90), _named(columns, _LONGITUDE, -180, 180)
    if latitude and longitude and latitude is not longitude:
        return Position(latitude=latitude.name, longitude=longitude.name)
    if pair := next((column for column in columns if column.pairs >= _LEAST), None):
        return Position(pair=pair.name)
    if grid := next((column for column in columns if column.grid_references >= _LEAST), None):
        return Position(grid_reference=grid.name)
    return None


def _named(columns: Sequence[Column], name: re.Pattern[str], least: float, most: float) -> Column | None:
    """The column of such a name whose numbers are in the range, or which has none."""
    fit = [one for one in columns if name.search(one.words) and (one.is_empty or one.between(least, most) >= _LEAST)]
    return max(fit, key=lambda one: one.filled, default=None)
