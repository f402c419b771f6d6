"""The gazetteer: what places are called and where they are. A public name always comes from our own lists, never from
a report: a partner's wording may hold a house number or a person."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tasking.declarations import Include
from tasking.model.errors import DeclarationError
from tasking.places.names import words_of
from tasking.places.spots import Spot, grouped, to_grid
from tasking.yaml_file import declared_text, parse_yaml

_LONGEST_NAME = 6  # words
STREET_WORDS = frozenset(
    "road street avenue lane close drive gardens crescent way hill court station park place terrace rise grove walk "
    "view".split()
)  # fmt: skip
_STREET_REACH_M = 120.0  # a street's report stands this far from the nearest point that we have of it


class Place(BaseModel):
    """A public place; position in WGS84 degrees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    latitude: float
    longitude: float
    extent_m: float = Field(default=120, gt=0)
    other_names: list[str] = []


@dataclass(frozen=True)
class Named:
    """A name and the spots that bear it: a place has one, a street of the same name one in each town."""

    name: str
    spots: tuple[Spot, ...]
    is_street: bool = False


@dataclass(frozen=True)
class Town:
    name: str
    spot: Spot  # its extent is the town's radius


class Found(NamedTuple):
    """A name in a partner's wording: which words it took."""

    named: Named
    start: int
    end: int


@dataclass(frozen=True)
class Gazetteer:
    """`names` and `towns` by their words. `postcodes`: frame indexed by postcode with ward, east_m, north_m,
    extent_m."""

    names: dict[tuple[str, ...], Named]
    towns: dict[tuple[str, ...], Town]
    postcodes: pd.DataFrame
    ward_outlines: list[tuple[str, Any]]
    _starts: dict[str, list[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts: dict[str, set[int]] = defaultdict(set)
        for words in self.names:
            starts[words[0]].add(len(words))
        object.__setattr__(self, "_starts", {word: sorted(lengths, reverse=True) for word, lengths in starts.items()})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the names, towns and postcodes, positions to the metre: another one finds other places."""
        digest = hashlib.sha256()
        for words, named in sorted(self.names.items()):
            digest.update(
                repr((words, named.name, named.is_street, [_to_the_metre(one) for one in named.spots])).encode()
            )
        for words, town in sorted(self.towns.items()):
            digest.update(repr((words, town.name, _to_the_metre(town.spot))).encode())
        digest.update(self.postcodes[["latitude", "longitude", "extent_m"]].round(6).to_csv().encode())
        return digest.hexdigest()

    def located(self, reports: pd.DataFrame) -> pd.DataFrame:
        """The reports with `place_name`, `town` and `ward`: public names, or null where we know none."""
        found = {text: self.public_name(text) for text in reports["place_text"].dropna().unique()}
        ward = self._ward_at(reports["latitude"].to_numpy(float), reports["longitude"].to_numpy(float))
        by_postcode = reports["postcode"].map(self.postcodes["ward"].to_dict())
        return reports.assign(
            place_name=reports["place_text"].map({text: names[0] for text, names in found.items()}).astype("str"),
            town=reports["place_text"].map({text: names[1] for text, names in found.items()}).astype("str"),
            ward=pd.Series(ward, index=reports.index).astype("str").fillna(by_postcode.astype("str")),
        )

    def public_name(self, text: str) -> tuple[str | None, str | None]:
        """The longest public name in a partner's wording, and the town: `Manse Way, Swanley` and `Swanley`."""
        words = words_of(text)
        found = max(self.named_in(words), key=lambda one: one.end - one.start, default=None)
        town = self.town_in(words, range(found.start, found.end) if found else range(0))
        if found is None:
            return None, town.name if town else None
        name = found.named.name
        return (name if town is None or town.name in name else f"{name}, {town.name}"), town.name if town else None

    def named_in(self, words: Sequence[str]) -> Iterator[Found]:
        """Every place and street that the words name, from the left, the longest name first, none overlapping."""
        at = 0
        while at < len(words):
            for length in self._starts.get(words[at], ()):
                named = self.names.get(tuple(words[at : at + length]))
                if named is not None:
                    yield Found(named, at, at + length)
                    at += length
                    break
            else:
                at += 1

    def town_in(self, words: Sequence[str], used: range = range(0)) -> Town | None:
        """The town that the words name outside `used`; `Otford Lane` is a lane, not Otford.

        Of several the smallest: `Halstead, Sevenoaks` is Halstead, whose post goes by Sevenoaks.
        """
        free = [
            word if index not in used and not (index + 1 < len(words) and words[index + 1] in STREET_WORDS) else ""
            for index, word in enumerate(words)
        ]
        towns, at = [], 0
        while at < len(free):
            for length in range(min(_LONGEST_NAME, len(free) - at), 0, -1):
                town = self.towns.get(tuple(free[at : at + length]))
                if town is not None:
                    towns.append(town)
                    at += length - 1
                    break
            at += 1
        return min(towns, key=lambda town: town.spot.extent_m, default=None)

    def _ward_at(
        self, latitude: npt.NDArray[np.float64], longitude: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.object_]:
        import shapely

        ward = np.full(len(latitude), None, dtype=object)
        has_position = np.isfinite(latitude) & np.isfinite(longitude)
        if has_position.any():
            points = shapely.points(longitude[has_position], latitude[has_position])
            inside = np.full(int(has_position.sum()), None, dtype=object)
            point_index, ward_index = self._tree.query(points, predicate="within")
            inside[point_index] = np.array([name for name, _ in self.ward_outlines], dtype=object)[ward_index]
            ward[has_position] = inside
        return ward

    @cached_property
    def _tree(self) -> Any:
        import shapely

        return shapely.STRtree([outline for _, outline in self.ward_outlines])


def load_gazetteer(include: Include) -> Gazetteer:
    """The gazetteer of include/places.yml and include/geo. Raises DeclarationError."""
    geo = include / "geo"
    lists = ((geo / name).read_bytes() for name in ("wards.geojson", "towns.csv", "streets.csv", "postcodes.csv"))
    return _gazetteer(declared_text(include / "places.yml"), *lists)


@lru_cache(maxsize=16)
def _gazetteer(
    public_places: str, wards: bytes, towns_csv: bytes, streets_csv: bytes, postcodes_csv: bytes
) -> Gazetteer:
    import json

    import shapely

    try:
        places = [Place.model_validate(place) for place in parse_yaml(public_places, "places.yml")["places"]]
    except (ValidationError, KeyError, TypeError) as error:
        raise DeclarationError(f"places.yml: {error}") from error
    outlines = json.loads(wards)["features"]
    towns = _towns(towns_csv)
    streets = {words: named for words, named in _streets(streets_csv).items() if words not in towns}
    return Gazetteer(
        names=streets | _places(places),
        towns=towns,
        postcodes=_postcodes(postcodes_csv),
        ward_outlines=[
            (feature["properties"]["name"], shapely.from_geojson(json.dumps(feature["geometry"])))
            for feature in outlines
        ],
    )


def _streets(content: bytes) -> dict[tuple[str, ...], Named]:
    """Streets by their words. One word alone ("Broadway", "A25") is too often part of something else to be a place."""
    frame = _with_grid(pd.read_csv(BytesIO(content), dtype={"street": "str"}))
    named = {}
    for street, points in frame.groupby("street", sort=False):
        words = tuple(words_of(str(street)))
        if len(words) > 1:
            spots = grouped(points["east_m"].to_numpy(float), points["north_m"].to_numpy(float), _STREET_REACH_M)
            named[words] = Named(str(street), spots, is_street=True)
    return named


def _places(places: Sequence[Place]) -> dict[tuple[str, ...], Named]:
    frame = _with_grid(pd.DataFrame([{"latitude": place.latitude, "longitude": place.longitude} for place in places]))
    named = {}
    for place, east, north in zip(places, frame["east_m"], frame["north_m"], strict=True):
        value = Named(place.name, (Spot(float(east), float(north), place.extent_m),))
        for name in [place.name, *place.other_names]:
            named[tuple(words_of(name))] = value
    return named


def _towns(content: bytes) -> dict[tuple[str, ...], Town]:
    frame = _with_grid(
        pd.read_csv(BytesIO(content), dtype={"town": "str", "other_names": "str"}, keep_default_na=False)
    )
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


def _to_the_metre(spot: Spot) -> tuple[int, int, int]:
    return round(spot.east_m), round(spot.north_m), round(spot.extent_m)
