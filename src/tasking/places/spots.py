"""Spots on the British National Grid: a point in metres and how far from it a report of it can be."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_FURTHEST_M = 1e7  # from the grid's origin
_APART_M = 1500.0  # points of one street name further apart than this belong to streets of two towns


class Spot(NamedTuple):
    """`extent_m` is a standard deviation: two thirds of the events reported there happened within it."""

    east_m: float
    north_m: float
    extent_m: float


def to_grid(latitude: Array, longitude: Array) -> tuple[Array, Array]:
    """WGS84 degrees -> eastings and northings in metres (EPSG:27700); NaN for null and for what is far off the grid."""
    east, north = _transformer().transform(longitude, latitude)
    with np.errstate(invalid="ignore"):
        is_somewhere = np.hypot(east, north) < _FURTHEST_M  # false for NaN
    return np.where(is_somewhere, east, np.nan), np.where(is_somewhere, north, np.nan)


def from_grid(east_m: float, north_m: float) -> tuple[float, float]:
    """Eastings and northings in metres (EPSG:27700) -> WGS84 latitude and longitude in degrees."""
    longitude, latitude = _transformer().transform(east_m, north_m, direction="INVERSE")
    return float(latitude), float(longitude)


@cache
def _transformer() -> Any:
    from pyproj import Transformer

    return Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)


def spots_by_town(east: Array, north: Array, extent_m: float) -> tuple[Spot, ...]:
    """The points of one street name, grouped into a spot for each town that has it.

    The extent of a spot is `extent_m` and the spread of its points, added up.
    """
    left = list(range(len(east)))
    spots = []
    while left:
        group, queue = [], [left.pop(0)]
        while queue:
            at = queue.pop()
            group.append(at)
            near = [i for i in left if np.hypot(east[i] - east[at], north[i] - north[at]) <= _APART_M]
            left = [i for i in left if i not in near]
            queue += near
        middle = (float(np.mean(east[group])), float(np.mean(north[group])))
        spread = float(np.sqrt(np.mean((east[group] - middle[0]) ** 2 + (north[group] - middle[1]) ** 2)))
        spots.append(Spot(*middle, extent_m + spread))
    return tuple(spots)
