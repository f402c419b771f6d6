"""Which places of the gazetteer somebody may mean who typed some words: a public name and a position each."""

from functools import cache
from math import hypot
from typing import Any, Final, NamedTuple

from tasking.places.gazetteer import Gazetteer, NamedPlace, Town
from tasking.places.names import words_of
from tasking.places.spots import Spot

MOST: Final = 12
_TOWN_REACH_M: Final = 6000.0  # a street further than this from every town is shown without one


class PlaceChoice(NamedTuple):
    """A public name, and where it is in degrees (WGS84)."""

    name: str
    latitude: float
    longitude: float

    @property
    def pair(self) -> str:
        """`51.27251,0.19087`, as a feed gives a position."""
        return f"{self.latitude:.6f},{self.longitude:.6f}"


def place_choices(gazetteer: Gazetteer, typed: str) -> list[PlaceChoice]:
    """The places that the words may mean, at most MOST of them, by name.

    The place that they name; without one, every place whose name has all of the words. A street that several towns have
    is a choice for each of them, unless the words name the town.
    """
    words = words_of(typed)
    longest = max(gazetteer.find_names(words), key=lambda match: match.end - match.start, default=None)
    if longest is not None:
        town = gazetteer.find_town(words, range(longest.start, longest.end))
        if town is None:
            return _choices(gazetteer, longest.named)
        spot = min(longest.named.spots, key=lambda one: _apart_m(one, town.spot))
        return [PlaceChoice(gazetteer.public_name(typed)[0] or longest.named.name, *_degrees(spot))]
    wanted = set(words)
    if not wanted:
        return []
    named = (one for key, one in sorted(gazetteer.names.items()) if wanted <= set(key))
    distinct = {one.name: one for one in named}
    return [choice for one in distinct.values() for choice in _choices(gazetteer, one)][:MOST]


def _choices(gazetteer: Gazetteer, named: NamedPlace) -> list[PlaceChoice]:
    found: dict[str, PlaceChoice] = {}
    for spot in named.spots:
        choice = PlaceChoice(_with_town(gazetteer, named, spot), *_degrees(spot))
        found.setdefault(choice.name, choice)
    return sorted(found.values())[:MOST]


def _with_town(gazetteer: Gazetteer, named: NamedPlace, spot: Spot) -> str:
    """`High Street, Westerham`; the name alone for a place that is no street, or that lies far from every town.

    The town is the one that partners' reports there are stored with, so that the place has one name.
    """
    town = gazetteer.town_at(spot) or (_nearest_town(gazetteer, spot) if len(named.spots) > 1 else None)
    if town is None or town.name in named.name or not (named.is_street or len(named.spots) > 1):
        return named.name
    return f"{named.name}, {town.name}"


def _nearest_town(gazetteer: Gazetteer, spot: Spot) -> Town | None:
    """The nearest town, where it is within reach: it tells streets of one name apart that lie in no town."""
    nearest = min(gazetteer.towns.values(), key=lambda town: _apart_m(town.spot, spot), default=None)
    return nearest if nearest is not None and _apart_m(nearest.spot, spot) <= _TOWN_REACH_M else None


def _apart_m(one: Spot, other: Spot) -> float:
    return hypot(one.east_m - other.east_m, one.north_m - other.north_m)


def _degrees(spot: Spot) -> tuple[float, float]:
    longitude, latitude = _to_degrees().transform(spot.east_m, spot.north_m)
    return round(float(latitude), 6), round(float(longitude), 6)


@cache
def _to_degrees() -> Any:
    from pyproj import Transformer

    return Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
