"""Loading the gazetteer from the declarations: include/places.yml and include/geo.

geo/sites.csv is there for a district that was made from open data; what places.yml says of a name comes before it.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from tasking.config.faults import Source, validated
from tasking.config.layers import Include
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.errors import DeclarationError
from tasking.places.gazetteer import Gazetteer, NamedPlace, Town
from tasking.places.names import words_of
from tasking.places.spots import Spot, spots_by_town, to_grid

_LISTS: Final = ("wards.geojson", "towns.csv", "streets.csv", "postcodes.csv")
_STREET_EXTENT_M = 120.0  # how far a report of a street is from the nearest of its points in the lists


class Place(BaseModel):
    """A public place; position in WGS84 degrees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="the public name, as the briefing shows it")
    latitude: float = Field(description="degrees north in WGS84")
    longitude: float = Field(description="degrees east in WGS84")
    extent_m: float = Field(
        default=120, gt=0, description="how far from the position a report of this place may be, in metres"
    )
    other_names: list[str] = Field(default=[], description="other names that partners use for it")


class PublicPlaces(BaseModel):
    """include/places.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    places: list[Place] | None = Field(description="public places that no list of include/geo has under this name")


def load_gazetteer(include: Include) -> Gazetteer:
    """The gazetteer of include/places.yml and include/geo. Raises DeclarationError."""
    geo = include / "geo"
    if lacking := [name for name in _LISTS if not (geo / name).is_file()]:
        raise DeclarationError(
            f"there is no {lacking[0]} under {geo.parent.name}/geo; `tasking partnerships new` or "
            "`tasking places build` makes it"
        )
    lists = [(geo / name).read_bytes() for name in _LISTS]
    sites = (geo / "sites.csv").read_bytes() if (geo / "sites.csv").is_file() else b""
    return _gazetteer(_public_places(include, geo), *lists, sites)


def declared_places(include: Include) -> list[Place]:
    """The places of places.yml that load_gazetteer takes up. Raises DeclarationError."""
    return _declared(_public_places(include, include / "geo"))


def _declared(source: Source) -> list[Place]:
    return validated(PublicPlaces, parse_yaml(source.text, source.name), source).places or []


def _public_places(include: Include, geo: Path) -> Source:
    """The text of places.yml: the nearest, but none of a district that is further off than the geography in use."""
    nearest = include / "places.yml"
    at = include.folders.index(geo.parent)
    is_anothers = nearest.parent not in include.folders[: at + 1]
    return Source(shown_name(nearest), "places: []" if is_anothers else declared_text(nearest))


@lru_cache(maxsize=16)
def _gazetteer(
    public_places: Source, wards: bytes, towns_csv: bytes, streets_csv: bytes, postcodes_csv: bytes, sites_csv: bytes
) -> Gazetteer:
    places = _declared(public_places)
    with _naming("towns.csv"):
        towns = _towns(towns_csv)
    with _naming("streets.csv"):
        streets = {words: named for words, named in _streets(streets_csv).items() if words not in towns}
    with _naming("sites.csv"):
        sites = _sites(sites_csv)
    with _naming("postcodes.csv"):
        postcodes = _postcodes(postcodes_csv)
    with _naming("wards.geojson"):
        outlines = _outlines(wards)
    return Gazetteer(streets | sites | _places(places), towns, postcodes, outlines)


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Raises DeclarationError, naming the file, for whatever makes one of geo's files unusable."""
    try:
        yield
    except (ValueError, KeyError, TypeError, RuntimeError) as error:  # ShapelyError is a RuntimeError
        raise DeclarationError(f"geo/{name} can't be read ({type(error).__name__}): make it again") from error


def _outlines(content: bytes) -> list[tuple[str, Any]]:
    import shapely

    return [
        (feature["properties"]["name"], shapely.from_geojson(json.dumps(feature["geometry"])))
        for feature in json.loads(content)["features"]
    ]


def _streets(content: bytes) -> dict[tuple[str, ...], NamedPlace]:
    """Streets by their words. Names of one word ("Broadway", "A25") are left out: they are too often part of another
    name."""
    frame = _with_grid(pd.read_csv(BytesIO(content), dtype={"street": "str"}))
    named = {}
    for street, points in frame.groupby("street", sort=False):
        words = tuple(words_of(str(street)))
        if len(words) > 1:
            spots = spots_by_town(points["east_m"].to_numpy(float), points["north_m"].to_numpy(float), _STREET_EXTENT_M)
            named[words] = NamedPlace(str(street), spots, is_street=True)
    return named


def _places(places: Sequence[Place]) -> dict[tuple[str, ...], NamedPlace]:
    degrees = [(place.latitude, place.longitude) for place in places]
    frame = _with_grid(pd.DataFrame(degrees, columns=["latitude", "longitude"]))
    named = {}
    for place, east, north in zip(places, frame["east_m"], frame["north_m"], strict=True):
        value = NamedPlace(place.name, (Spot(float(east), float(north), place.extent_m),))
        for name in [place.name, *place.other_names]:
            named[tuple(words_of(name))] = value
    return named


def _sites(content: bytes) -> dict[tuple[str, ...], NamedPlace]:
    """Sites by the words of each of their names; a name that several bear has a spot for each of them."""
    if not content:
        return {}
    columns = {"name": "str", "kind": "str", "other_names": "str"}
    frame = _with_grid(pd.read_csv(BytesIO(content), dtype=columns, keep_default_na=False))
    bearers: dict[tuple[str, ...], list[tuple[str, str, Spot]]] = defaultdict(list)
    for row in frame.to_dict("records"):
        spot = Spot(float(row["east_m"]), float(row["north_m"]), float(row["extent_m"]))
        for name in dict.fromkeys([row["name"], *filter(None, row["other_names"].split(";"))]):
            bearers[tuple(words_of(name))].append((row["name"], name, spot))
    return {
        words: NamedPlace(found[0][0] if len({one for one, _, _ in found}) == 1 else found[0][1], _distinct(found))
        for words, found in bearers.items()
    }


def _distinct(bearers: Sequence[tuple[str, str, Spot]]) -> tuple[Spot, ...]:
    return tuple(dict.fromkeys(spot for _, _, spot in bearers))


def _towns(content: bytes) -> dict[tuple[str, ...], Town]:
    columns = {"town": "str", "other_names": "str"}
    frame = _with_grid(pd.read_csv(BytesIO(content), dtype=columns, keep_default_na=False))
    towns = {}
    for row in frame.to_dict("records"):
        town = Town(row["town"], Spot(float(row["east_m"]), float(row["north_m"]), float(row["radius_m"])))
        for name in [row["town"], *filter(None, row["other_names"].split(";"))]:
            towns[tuple(words_of(name))] = town
    return towns


def _postcodes(content: bytes) -> pd.DataFrame:
    return _with_grid(pd.read_csv(BytesIO(content), dtype={"postcode": "str", "ward": "str"}).set_index("postcode"))


def _with_grid(frame: pd.DataFrame) -> pd.DataFrame:
    east, north = to_grid(frame["latitude"].to_numpy(float), frame["longitude"].to_numpy(float))
    return frame.assign(east_m=east, north_m=north)
