"""Where a report may have happened: a few weighted spots for each, never one guess.

What a partner sends of a place is a mixture: a position that may be a call box's, a postcode that may be the caller's,
a street that three towns have. Each becomes a candidate with its usual error, and what two reports have in common
decides later which of them was meant.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from tasking.model.text import folded
from tasking.places.gazetteer import Found, Gazetteer, Town
from tasking.places.names import words_of
from tasking.places.spots import Array, Spot, to_grid

MOST: Final = 4  # candidates a report
_MOST_PLACE: Final = 500  # characters read of a place's wording
_MOST_NUMBERS: Final = 20
_WEIGHTS: Final = {"position": 1.0, "postcode": 0.6, "named": 0.8, "mentioned": 0.25, "town": 0.1}
_NEARBY_M: Final = 60.0  # "opposite", "rear of", "near" widen what they stand before
_STREET_REACH_M: Final = 1000.0  # a street is taken in the town, or near the position, that the report names
_ANOTHER_TOWN_M: Final = 4000.0
SLACK_M: Final = 200  # what is known by its street or its postcode only may be so much further
_NEAR_WORDS: Final = frozenset(
    "near nr opp opposite rear behind off by close outside between junction adj back".split()
)
_STREET_KINDS: Final = frozenset(
    "road street avenue lane close drive gardens crescent way hill terrace rise grove walk mews".split()
)
_NO_PLACE: Final = _NEAR_WORDS | frozenset(
    "the and with from into over under along our your their main car bus end half top bottom old new former ex area "
    "his her two both back front side public dual".split()
)


class Likeliest(NamedTuple):
    """One spot, and how much further than a position it may be from where it happened."""

    east_m: float
    north_m: float
    slack_m: int


@dataclass(frozen=True)
class Candidates:
    """Arrays of shape (reports, MOST) in metres on the British National Grid; a weight of 0 is no candidate.

    `names`: for each report the names in its place (not its text), ours and such as look like one ("farm lane");
    `public`: those of ours; `mentioned`: names of ours in its text only; `rest`: what the place says beside them
    ("rear of shelter"); `numbers`: house and flat numbers in it; `on_street`: the place is said to be on a street,
    and nothing else; `likeliest`: the one spot to count it at, or None where only a town is known.
    """

    east_m: Array
    north_m: Array
    extent_m: Array
    weight: Array
    names: list[tuple[str, ...]]
    public: list[tuple[str, ...]]
    mentioned: list[tuple[str, ...]]
    rest: list[tuple[str, ...]]
    numbers: list[tuple[str, ...]]
    towns: list[str | None]
    on_street: list[bool]
    likeliest: list[Likeliest | None]


@dataclass(frozen=True)
class _Reading:
    """What a wording says of where: names with their spots, the town, words that are left, numbers."""

    found: tuple[Found, ...]
    town: Town | None
    rest: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    is_near: bool

    @property
    def on_street(self) -> bool:
        streets = [one.named.is_street for one in self.found] + [True] * (len(self.names) - len(self.found))
        return bool(streets) and all(streets) and not self.is_near


def candidates(gazetteer: Gazetteer, reports: pd.DataFrame, error_m: float) -> Candidates:
    """The candidates of each report. `reports`: place_text, postcode, latitude, longitude, text; `error_m` is how far
    the feed's positions usually are from where it happened."""
    size = len(reports)
    degrees = (pd.to_numeric(reports[side], errors="coerce").to_numpy(float) for side in ("latitude", "longitude"))
    east, north = to_grid(*degrees)
    rows = {code: row for row, code in enumerate(gazetteer.postcodes.index)}
    known = np.array([rows.get(code, np.nan) for code in reports["postcode"]], dtype=float)
    codes = gazetteer.postcodes[["east_m", "north_m", "extent_m"]].to_numpy(float)
    place = [_read_place(gazetteer, text) for text in reports["place_text"]]
    texts = [tuple(gazetteer.named_in(words_of(text))) if isinstance(text, str) else () for text in reports["text"]]
    arrays = [np.zeros((size, MOST)) for _ in range(4)]
    likeliest: list[Likeliest | None] = []
    for i in range(size):
        spots: list[tuple[str, Spot]] = []
        if np.isfinite(east[i]):
            spots.append(("position", Spot(east[i], north[i], error_m)))
        if np.isfinite(known[i]):
            spots.append(("postcode", Spot(*codes[int(known[i])])))
        spots += _named_spots(place[i], spots)
        if not spots:
            spots = [("mentioned", spot) for found in texts[i] for spot in _in_town(found, place[i].town)]
        likeliest.append(_likeliest(place[i], spots))
        town = place[i].town
        if town is not None:
            spots.append(("town", town.spot))
        for k, (kind, spot) in enumerate(spots[:MOST]):
            for array, value in zip(arrays, (*spot, _WEIGHTS[kind]), strict=True):
                array[i, k] = value
    total = arrays[3].sum(axis=1, keepdims=True)
    np.divide(arrays[3], total, out=arrays[3], where=total > 0)
    names = [one.names for one in place]
    east_m, north_m, extent_m, weight = arrays
    return Candidates(
        east_m=east_m,
        north_m=north_m,
        extent_m=extent_m,
        weight=weight,
        names=names,
        public=[tuple(dict.fromkeys(found.named.name for found in one.found)) for one in place],
        mentioned=[
            tuple(dict.fromkeys(found.named.name for found in text if found.named.name not in own))
            for text, own in zip(texts, names, strict=True)
        ],
        rest=[one.rest for one in place],
        numbers=[one.numbers for one in place],
        towns=[one.town.name if one.town else None for one in place],
        on_street=[one.on_street for one in place],
        likeliest=likeliest,
    )


_NOTHING = _Reading((), None, (), (), (), False)


def _read_place(gazetteer: Gazetteer, text: object) -> _Reading:
    if not isinstance(text, str):
        return _NOTHING
    text = folded(text, _MOST_PLACE)
    words = words_of(text)
    found = tuple(gazetteer.named_in(words))
    used = {index for one in found for index in range(one.start, one.end)}
    town = gazetteer.town_in(["" if index in used else word for index, word in enumerate(words)])
    if town is not None:
        found += tuple(_of_the_town(gazetteer, town, words, used))
        used = {index for one in found for index in range(one.start, one.end)}
    town_words = set(words_of(town.name)) if town else set()
    left = [w for i, w in enumerate(words) if i not in used and w not in town_words]
    return _Reading(
        found=found,
        town=town,
        rest=tuple(w for w in left if not w[0].isdigit() and len(w) > 2 and w not in _NO_PLACE),
        names=tuple(dict.fromkeys([one.named.name for one in found] + _unknown_names(words, used))),
        numbers=house_numbers(text),
        is_near=bool(_NEAR_WORDS & set(words)),
    )


def _of_the_town(gazetteer: Gazetteer, town: Town, words: Sequence[str], used: set[int]) -> Iterator[Found]:
    """What is named for its town: `the station forecourt, Sevenoaks` is at Sevenoaks station."""
    of_town = tuple(words_of(town.name))
    for at in range(len(words)):
        for end in (at + 2, at + 1):
            if end <= len(words) and not used & set(range(at, end)):
                named = gazetteer.names.get((*of_town, *words[at:end]))
                if named is not None and not named.is_street:
                    yield Found(named, at, end)
                    return


def _unknown_names(words: Sequence[str], used: set[int]) -> list[str]:
    """What looks like a street's name and is none of ours: `farm lane`."""
    return [
        f"{words[at - 1]} {words[at]}"
        for at in range(1, len(words))
        if words[at] in _STREET_KINDS
        and not {at, at - 1} & used
        and words[at - 1].isalpha()
        and len(words[at - 1]) > 2
        and words[at - 1] not in _NO_PLACE
        and words[at - 1] not in _STREET_KINDS
    ]


_NUMBER = re.compile(
    r"\b(?:(?P<flat>flat|apt|apartment|unit|no|nos|number)\.? ?)?(?P<number>\d{1,4}[a-z]?)(?!\w| ?- ?\d| ?m\b)",
    re.IGNORECASE,
)


def house_numbers(text: str) -> tuple[str, ...]:
    """House and flat numbers in a place's wording, as written: `flat 6`, `40`."""
    found = []
    for match in _NUMBER.finditer(folded(text, _MOST_PLACE)):
        flat = (match["flat"] or "").casefold()
        found.append(
            f"flat {match['number'].casefold()}" if flat in ("flat", "apt", "apartment") else match["number"].casefold()
        )
    return tuple(dict.fromkeys(found))[:_MOST_NUMBERS]


def _named_spots(place: _Reading, known: Sequence[tuple[str, Spot]]) -> list[tuple[str, Spot]]:
    """Spots of the names in a place's wording: those in its town; without one, those near what else is known."""
    spots = []
    for found in place.found:
        inside = _in_town(found, place.town)
        if known:
            anchor = known[0][1]
            # A position may be a kilometre out; a street that is further away is another one of the same name.
            reach = _STREET_REACH_M if place.town is None and len(inside) > 1 else _ANOTHER_TOWN_M
            inside = [spot for spot in inside if _apart(spot, anchor) <= reach + spot.extent_m]
        wider = _NEARBY_M if place.is_near else 0.0
        spots += [("named", Spot(spot.east_m, spot.north_m, spot.extent_m + wider)) for spot in inside[:2]]
    return spots[:2]


def _likeliest(place: _Reading, spots: Sequence[tuple[str, Spot]]) -> Likeliest | None:
    """A public place that is named, wherever the caller stood; else the position; else what there is of one meaning."""
    sites = [one.named for one in place.found if not one.named.is_street]
    if sites and len(sites[0].spots) == 1:
        return Likeliest(sites[0].spots[0].east_m, sites[0].spots[0].north_m, 0)
    only: dict[str, Spot] = {}
    for kind in ("position", "postcode", "named", "mentioned"):
        found = [spot for other, spot in spots if other == kind]
        if len(found) == 1:
            only[kind] = found[0]
    if "postcode" in only and "named" in only and _apart(only["postcode"], only["named"]) > _STREET_REACH_M:
        del only["postcode"]  # the caller's own, and it happened elsewhere
    for kind, spot in only.items():
        return Likeliest(spot.east_m, spot.north_m, 0 if kind == "position" else SLACK_M)
    return None


def _in_town(found: Found, town: Town | None) -> list[Spot]:
    """The spots of a name in a town. A street that we know only in other towns is none of this one."""
    spots = list(found.named.spots)
    if town is None:
        return spots
    return [spot for spot in spots if _apart(spot, town.spot) <= town.spot.extent_m + _STREET_REACH_M + spot.extent_m]


def _apart(a: Spot, b: Spot) -> float:
    return float(np.hypot(a.east_m - b.east_m, a.north_m - b.north_m))
