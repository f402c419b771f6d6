"""Where a report may have happened: up to four weighted spots, not one guess.

A partner may send the position of a call box, the caller's own postcode, or a street name that three towns have. Each
is a candidate with its usual error; linking finds out which was meant from what two reports have in common.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from tasking.places.gazetteer import Gazetteer, NameMatch, Town
from tasking.places.names import words_of
from tasking.places.place_text import PlaceText, parse_place
from tasking.places.spots import Array, Spot, to_grid

MOST: Final = 4  # candidates a report
_WEIGHTS: Final = {"position": 1.0, "postcode": 0.6, "named": 0.8, "mentioned": 0.25, "town": 0.1}
_NEARBY_M: Final = 60.0  # added to the error of a place that follows "opposite", "rear of", "near"
_STREET_REACH_M: Final = 1000.0  # a street counts within this distance of the town, or of the position, in the report
_ANOTHER_TOWN_M: Final = 4000.0
SLACK_M: Final = 200  # added to the error of what is known by its street or its postcode only

KindedSpot = tuple[str, Spot]  # a key of _WEIGHTS, and the spot


class BestLocation(NamedTuple):
    """One spot, and how much further than a position it may be from where it happened."""

    east_m: float
    north_m: float
    slack_m: int


@dataclass(frozen=True)
class LocationCandidates:
    """Arrays of shape (reports, MOST) in metres on the British National Grid; a weight of 0 is no candidate.

    One item a report: `names` in its place (not its text), ours and those that only look like a name ("farm lane");
    `public_names`: those of ours; `names_in_text`: names of ours in its text only; `other_words` of its place ("rear of
    shelter"); `house_numbers` of its place; `is_on_street`: its place is said to be on a street, and nothing else;
    `best`: the one spot to count it at, or None where only a town is known.
    """

    east_m: Array
    north_m: Array
    extent_m: Array
    weight: Array
    names: list[tuple[str, ...]]
    public_names: list[tuple[str, ...]]
    names_in_text: list[tuple[str, ...]]
    other_words: list[tuple[str, ...]]
    house_numbers: list[tuple[str, ...]]
    towns: list[str | None]
    is_on_street: list[bool]
    best: list[BestLocation | None]


def location_candidates(gazetteer: Gazetteer, reports: pd.DataFrame, error_m: float) -> LocationCandidates:
    """The candidates of each report. `reports`: place_text, postcode, latitude, longitude, text; `error_m` is how far
    the feed's positions usually are from where it happened."""
    places = [parse_place(gazetteer, text) for text in reports["place_text"]]
    texts = [tuple(gazetteer.find_names(words_of(text))) if isinstance(text, str) else () for text in reports["text"]]
    positions = zip(_positions(reports, error_m), _postcode_spots(gazetteer, reports["postcode"]), strict=True)
    located = [
        _spots([*position, *postcode], place, text)
        for (position, postcode), place, text in zip(positions, places, texts, strict=True)
    ]
    with_town = [
        [*spots, *([("town", place.town.spot)] if place.town else [])]
        for spots, place in zip(located, places, strict=True)
    ]
    east_m, north_m, extent_m, weight = _arrays(with_town)
    return LocationCandidates(
        east_m=east_m,
        north_m=north_m,
        extent_m=extent_m,
        weight=weight,
        names=[place.names for place in places],
        public_names=[_distinct_names(place.matches) for place in places],
        names_in_text=[
            tuple(name for name in _distinct_names(text) if name not in place.names)
            for text, place in zip(texts, places, strict=True)
        ],
        other_words=[place.other_words for place in places],
        house_numbers=[place.house_numbers for place in places],
        towns=[place.town.name if place.town else None for place in places],
        is_on_street=[place.is_on_street for place in places],
        best=[_best(place, spots) for place, spots in zip(places, located, strict=True)],
    )


def _positions(reports: pd.DataFrame, error_m: float) -> Iterator[list[KindedSpot]]:
    """For each report its own position, if it has one."""
    degrees = (pd.to_numeric(reports[side], errors="coerce").to_numpy(float) for side in ("latitude", "longitude"))
    for east, north in zip(*to_grid(*degrees), strict=True):
        yield [("position", Spot(east, north, error_m))] if np.isfinite(east) else []


def _postcode_spots(gazetteer: Gazetteer, postcodes: pd.Series) -> Iterator[list[KindedSpot]]:
    """For each report its postcode's spot, if the gazetteer has it."""
    rows = {code: row for row, code in enumerate(gazetteer.postcodes.index)}
    spots = gazetteer.postcodes[["east_m", "north_m", "extent_m"]].to_numpy(float)
    for code in postcodes:
        row = rows.get(code)
        yield [("postcode", Spot(*spots[row]))] if row is not None else []


def _spots(known: list[KindedSpot], place: PlaceText, text: Sequence[NameMatch]) -> list[KindedSpot]:
    """The candidates of one report but for its town: `known` by position or postcode, and those of the names in its
    place; those of the names in its text where there are no others."""
    spots = [*known, *_named_spots(place, known)]
    return spots or [("mentioned", spot) for match in text for spot in _in_town(match, place.town)]


def _arrays(candidates: Sequence[Sequence[KindedSpot]]) -> list[Array]:
    """Eastings, northings, extents and weights, each of shape (reports, MOST); the weights of a report add up to 1."""
    arrays = [np.zeros((len(candidates), MOST)) for _ in range(4)]
    for row, spots in enumerate(candidates):
        for column, (kind, spot) in enumerate(spots[:MOST]):
            for array, value in zip(arrays, (*spot, _WEIGHTS[kind]), strict=True):
                array[row, column] = value
    total = arrays[3].sum(axis=1, keepdims=True)
    np.divide(arrays[3], total, out=arrays[3], where=total > 0)
    return arrays


def _distinct_names(matches: Sequence[NameMatch]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.named.name for match in matches))


def _named_spots(place: PlaceText, known: Sequence[KindedSpot]) -> list[KindedSpot]:
    """Spots of the names in a place's wording: those in its town; without one, those near what else is known."""
    spots = []
    for match in place.matches:
        inside = _in_town(match, place.town)
        if known:
            anchor = known[0][1]
            # A position may be a kilometre out; a street further away is another one of the same name.
            reach = _STREET_REACH_M if place.town is None and len(inside) > 1 else _ANOTHER_TOWN_M
            inside = [spot for spot in inside if _apart(spot, anchor) <= reach + spot.extent_m]
        wider = _NEARBY_M if place.is_near else 0.0
        spots += [("named", Spot(spot.east_m, spot.north_m, spot.extent_m + wider)) for spot in inside[:2]]
    return spots[:2]


def _best(place: PlaceText, spots: Sequence[KindedSpot]) -> BestLocation | None:
    """The public place that is named; else the position; else the postcode, street or place in the text, if there is
    one spot of that kind only."""
    public = [one.named for one in place.matches if not one.named.is_street]
    if public and len(public[0].spots) == 1:
        return BestLocation(public[0].spots[0].east_m, public[0].spots[0].north_m, 0)
    only: dict[str, Spot] = {}
    for kind in ("position", "postcode", "named", "mentioned"):
        of_kind = [spot for other, spot in spots if other == kind]
        if len(of_kind) == 1:
            only[kind] = of_kind[0]
    if "postcode" in only and "named" in only and _apart(only["postcode"], only["named"]) > _STREET_REACH_M:
        del only["postcode"]  # the caller's own; it happened elsewhere
    for kind, spot in only.items():
        return BestLocation(spot.east_m, spot.north_m, 0 if kind == "position" else SLACK_M)
    return None


def spots_named(place: PlaceText) -> list[Spot]:
    """Where the names in a place's wording can be: in its town, where it says one."""
    return [spot for match in place.matches for spot in _in_town(match, place.town)]


def _in_town(match: NameMatch, town: Town | None) -> list[Spot]:
    """The spots of a name in a town. A street that the gazetteer has in other towns only has none."""
    spots = list(match.named.spots)
    if town is None:
        return spots
    return [spot for spot in spots if _apart(spot, town.spot) <= town.spot.extent_m + _STREET_REACH_M + spot.extent_m]


def _apart(a: Spot, b: Spot) -> float:
    return float(np.hypot(a.east_m - b.east_m, a.north_m - b.north_m))
