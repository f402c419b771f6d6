"""The gazetteer: what places are called and where they are.

A public name always comes from our own lists, never from a report: a partner's wording may hold a house number or the
name of a person.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import hypot
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasking.places.names import words_of
from tasking.places.open_data.code_point import postcode_area
from tasking.places.spots import Spot, from_grid

_LONGEST_NAME = 6  # words
_JUST_OUTSIDE = 1.3  # of a town's radius: what is further off is in no town
STREET_WORDS = frozenset(
    "road street avenue lane close drive gardens crescent way hill court station park place terrace rise grove walk "
    "view".split()
)  # fmt: skip


@dataclass(frozen=True)
class NamedPlace:
    """A name and its spots: a place has one, a street name has one in each town that has such a street."""

    name: str
    spots: tuple[Spot, ...]
    is_street: bool = False


@dataclass(frozen=True)
class Town:
    name: str
    spot: Spot  # its extent is the town's radius


class NameMatch(NamedTuple):
    """A name found in a partner's wording, in the words from `start` to before `end`."""

    named: NamedPlace
    start: int
    end: int


@dataclass(frozen=True)
class Gazetteer:
    """`names` and `towns` by their words. `postcodes`: frame indexed by postcode with ward, east_m, north_m,
    extent_m."""

    names: dict[tuple[str, ...], NamedPlace]
    towns: dict[tuple[str, ...], Town]
    postcodes: pd.DataFrame
    ward_outlines: list[tuple[str, Any]]
    _starts: dict[str, list[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts: dict[str, set[int]] = defaultdict(set)
        for words in filter(None, self.names):  # a name without a letter or a digit names nothing
            starts[words[0]].add(len(words))
        object.__setattr__(self, "_starts", {word: sorted(lengths, reverse=True) for word, lengths in starts.items()})

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the names, towns and postcodes, with positions to the metre."""
        digest = hashlib.sha256()
        for words, named in sorted(self.names.items()):
            digest.update(
                repr((words, named.name, named.is_street, [_to_the_metre(one) for one in named.spots])).encode()
            )
        for words, town in sorted(self.towns.items()):
            digest.update(repr((words, town.name, _to_the_metre(town.spot))).encode())
        digest.update(self.postcodes[["latitude", "longitude", "extent_m"]].round(6).to_csv().encode())
        return digest.hexdigest()

    @cached_property
    def postcode_areas(self) -> frozenset[str]:
        """The letters with which the district's postcodes start: `ME` and `CT`."""
        return frozenset(map(postcode_area, self.postcodes.index))

    def located(self, reports: pd.DataFrame) -> pd.DataFrame:
        """The reports with `place_name`, `town` and `ward`: public names, or null where we know none."""
        public = {text: self.public_name(text) for text in reports["place_text"].dropna().unique()}
        ward = self._ward_at(reports["latitude"].to_numpy(float), reports["longitude"].to_numpy(float))
        by_postcode = reports["postcode"].map(self.postcodes["ward"].to_dict())
        return reports.assign(
            place_name=reports["place_text"].map({text: names[0] for text, names in public.items()}).astype("str"),
            town=reports["place_text"].map({text: names[1] for text, names in public.items()}).astype("str"),
            ward=pd.Series(ward, index=reports.index).astype("str").fillna(by_postcode.astype("str")),
        )

    def public_name(self, text: str) -> tuple[str | None, str | None]:
        """The public name of the place in a partner's wording, and the town: `Manse Way, Swanley` and `Swanley`.

        One place has one name, whether or not the wording says the town: `Bradbourne Lakes`; a street has its town. A
        name that several places have gets the town of the wording.
        """
        words = words_of(text)
        longest = max(self.find_names(words), key=lambda match: match.end - match.start, default=None)
        town = self.find_town(words, range(longest.start, longest.end) if longest else range(0))
        named = longest.named if longest else self._place_of_town(words, town)
        return (_public_name(self, named, town) if named else None), town.name if town else None

    def is_same_place(self, one: str, other: str) -> bool:
        """True for two public names of one place, such as those that earlier versions gave it."""
        if one == other:
            return True
        found, another = self.find_place(one), self.find_place(other)
        return found is not None and another is not None and found[1:] == another[1:]

    def town_at(self, spot: Spot) -> Town | None:
        """The town that a spot lies in, or just outside: the one whose radius it is deepest in."""
        near = {
            town.name: (
                hypot(town.spot.east_m - spot.east_m, town.spot.north_m - spot.north_m) / town.spot.extent_m,
                town,
            )
            for town in self.towns.values()
        }
        share, found = min(near.values(), key=lambda one: one[0], default=(_JUST_OUTSIDE + 1, None))
        return found if share <= _JUST_OUTSIDE else None

    def _place_of_town(self, words: Sequence[str], town: Town | None) -> NamedPlace | None:
        """A place named after its town: `the station forecourt, Sevenoaks` is Sevenoaks station."""
        if town is None:
            return None
        of_town = tuple(words_of(town.name))
        for at in range(len(words)):
            for end in (at + 2, at + 1):
                named = self.names.get((*of_town, *words[at:end]))
                if named is not None and not named.is_street and end <= len(words):
                    return named
        return None

    def find_place(self, text: str) -> tuple[str, float, float] | None:
        """The place that somebody means who typed its name: public name, easting and northing in metres.

        None if the words name no known place, or a street of several towns without its town.
        """
        words = words_of(text)
        longest = max(self.find_names(words), key=lambda match: match.end - match.start, default=None)
        if longest is None:
            return None
        town, spots = self.find_town(words, range(longest.start, longest.end)), longest.named.spots
        if town is None and len(spots) > 1:
            return None
        spot = min(
            spots,
            key=lambda one: hypot(one.east_m - town.spot.east_m, one.north_m - town.spot.north_m) if town else 0.0,
        )
        name, _ = self.public_name(text)
        return name or longest.named.name, spot.east_m, spot.north_m

    def ward_of(self, place: str) -> str | None:
        """The ward of a place by its public name; None where the name or its ward is not known."""
        found = self.find_place(place)
        if found is None:
            return None
        latitude, longitude = from_grid(*found[1:])
        ward = self._ward_at(np.array([latitude]), np.array([longitude]))[0]
        return None if ward is None else str(ward)

    def find_names(self, words: Sequence[str]) -> Iterator[NameMatch]:
        """The places and streets that the words name, from the left: the longest at each word, none overlapping."""
        at = 0
        while at < len(words):
            for length in self._starts.get(words[at], ()):
                named = self.names.get(tuple(words[at : at + length]))
                if named is not None:
                    yield NameMatch(named, at, at + length)
                    at += length
                    break
            else:
                at += 1

    def find_town(self, words: Sequence[str], used: range = range(0)) -> Town | None:
        """The town that the words name outside `used`; `Otford Lane` is a lane, not Otford.

        Of several the smallest: `Halstead, Sevenoaks` is Halstead, whose post town is Sevenoaks.
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
    def ward_names(self) -> list[str]:
        """The names of the wards, each once, in order."""
        return sorted({name for name, _ in self.ward_outlines})

    @cached_property
    def _tree(self) -> Any:
        import shapely

        return shapely.STRtree([outline for _, outline in self.ward_outlines])


def _public_name(gazetteer: Gazetteer, named: NamedPlace, town: Town | None) -> str:
    if len(named.spots) == 1:
        if not named.is_street:
            return named.name
        town = town or gazetteer.town_at(named.spots[0])
    return named.name if town is None or town.name in named.name else f"{named.name}, {town.name}"


def _to_the_metre(spot: Spot) -> tuple[int, int, int]:
    return round(spot.east_m), round(spot.north_m), round(spot.extent_m)
