"""Whether what a report says of where agrees: its own position, its postcode and the place that it names.

A call box, a slip of the pen or the caller's own address puts a position or a postcode elsewhere. Where two agree and
the third does not, the third is the odd one; of two that disagree, either may be wrong.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal

import numpy as np

from tasking.places.gazetteer import Gazetteer
from tasking.places.location_candidates import spots_named
from tasking.places.place_text import parse_place
from tasking.places.spots import Spot, to_grid

Said = Literal["position", "postcode", "place"]
_APART_M: Final = 500.0  # beyond what each may be out: less is no contradiction
_ROUND_A_TOWN_M: Final = 1500.0  # an outlying farm is said to be in the village too
_NAMES: Final[Mapping[Said, str]] = {"position": "the position", "postcode": "the postcode", "place": "the place named"}
_MAY_BE: Final[Mapping[Said, str]] = {
    "position": "it may be a mistake, or where the call was made",
    "postcode": "it may be the caller’s own",
    "place": "there may be another place of that name",
}


@dataclass(frozen=True)
class PlaceConflict:
    """`said`: what disagrees. Of three the first is the odd one, and the others agree; of two, either may be wrong.
    `apart_m`: how far the first is from the nearest of the others, in metres; `place`: its public name."""

    said: tuple[Said, ...]
    apart_m: int
    place: str | None

    @property
    def odd(self) -> Said | None:
        """What is probably wrong; None if that is not clear."""
        return self.said[0] if len(self.said) == 3 else None

    @property
    def words(self) -> str:
        """The conflict in one sentence, without a partner's wording: `the position is 2.1 km from High Street; …`."""
        first, *others = (self.place if one == "place" and self.place else _NAMES[one] for one in self.said)
        apart = f"{self.apart_m / 1000:.1f} km" if self.apart_m >= 1000 else f"{round(self.apart_m, -1)} m"
        if self.odd is None:
            return f"{first} is {apart} from {others[0]}; one of them may be wrong"
        return f"{first} is {apart} or more from {others[0]} and {others[1]}, which agree: {_MAY_BE[self.odd]}"


def place_conflict(gazetteer: Gazetteer, report: Mapping[str, Any], error_m: float) -> PlaceConflict | None:
    """The conflict in a report (place_text, postcode, latitude, longitude); None where what it says of where agrees.

    `error_m`: how far the feed's positions usually are from where it happened.
    """
    found: dict[Said, tuple[Spot, ...]] = {}
    if position := _position(report, error_m):
        found["position"] = (position,)
    if report["postcode"] in gazetteer.postcodes.index:
        row = gazetteer.postcodes.loc[report["postcode"]]
        found["postcode"] = (Spot(float(row["east_m"]), float(row["north_m"]), float(row["extent_m"])),)
    place, spots = _named(gazetteer, report["place_text"])
    if spots:
        found["place"] = spots
    return _conflict(found, place)


def conflict_words(
    gazetteer: Gazetteer, reports: Iterable[Mapping[str, Any]], error_m: Callable[[str], float]
) -> dict[str, str]:
    """Report id -> its conflict in words, of those reports (report_id, feed, and what place_conflict reads) that have
    one. `error_m`: of a feed."""
    found = {str(one["report_id"]): place_conflict(gazetteer, one, error_m(str(one["feed"]))) for one in reports}
    return {report_id: conflict.words for report_id, conflict in found.items() if conflict}


def _position(report: Mapping[str, Any], error_m: float) -> Spot | None:
    degrees = (
        np.array([np.nan if report[side] is None else float(report[side])]) for side in ("latitude", "longitude")
    )
    east, north = (float(one[0]) for one in to_grid(*degrees))
    return Spot(east, north, error_m) if np.isfinite(east) else None


def _named(gazetteer: Gazetteer, text: object) -> tuple[str | None, tuple[Spot, ...]]:
    """The public name of the place and where it can be; of a settlement alone, its middle and radius."""
    place = parse_place(gazetteer, text)
    spots = spots_named(place)
    if spots:
        return gazetteer.public_name(str(text))[0], tuple(spots)
    if place.town is None:
        return None, ()
    town = place.town.spot
    return place.town.name, (town._replace(extent_m=town.extent_m + _ROUND_A_TOWN_M),)


def _conflict(found: Mapping[Said, tuple[Spot, ...]], place: str | None) -> PlaceConflict | None:
    gaps = {frozenset((a, b)): _gap(found[a], found[b]) for a, b in combinations(found, 2)}
    apart = [pair for pair, (beyond_m, _) in gaps.items() if beyond_m > _APART_M]
    if len(found) == 2 and apart:
        first, second = found
        return PlaceConflict((first, second), round(gaps[apart[0]][1]), place)
    if len(apart) == 2:
        (odd,) = apart[0] & apart[1]
        others = tuple(one for one in found if one != odd)
        return PlaceConflict((odd, *others), round(min(gaps[pair][1] for pair in apart)), place)
    if len(apart) == 3:
        pair = min(apart, key=lambda one: (gaps[one][1], sorted(one)))
        first, second = (one for one in found if one in pair)
        return PlaceConflict((first, second), round(gaps[pair][1]), place)
    return None  # of three, each of two is near the third: none is out


def _gap(some: tuple[Spot, ...], others: tuple[Spot, ...]) -> tuple[float, float]:
    """How far the nearest two are apart beyond their extents, and how far between their middles, in metres."""
    return min(
        (max(0.0, distance - one.extent_m - other.extent_m), distance)
        for one in some
        for other in others
        for distance in [float(np.hypot(one.east_m - other.east_m, one.north_m - other.north_m))]
    )
