"""Sites that people name: stations, schools, parks, woods, waters.

From OS Open Names by type, and from a file of one's own, each with the other names under which partners write it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from tasking.model.errors import DeclarationError
from tasking.places.names import words_of
from tasking.places.open_data.csv_sources import CsvFile, csv_files
from tasking.places.open_data.open_names import NamedRow
from tasking.places.spots import to_grid

_KINDS: Final = frozenset({"other", "landcover", "landform", "hydrography"})
_STOPS: Final = re.compile(r"station|airport|airfield|heliport|harbour|port\b|terminal", re.IGNORECASE)
_WIDEST_M: Final = 3000.0  # what is wider, such as an estuary, says too little of where
_EXTENT_M: Final = (80.0, 1200.0)
_USUAL_EXTENT_M: Final = 120.0
_SAME_M: Final = 1000.0  # two of a name this near are one site
_MOST_NAMES: Final = 20
_CHURCH: Final = re.compile(
    r"\b(?:church of england|c of e|cofe|roman catholic|catholic|rc|community|voluntary (?:aided|controlled))\b ?",
    re.IGNORECASE,
)
_COLUMNS: Final = {
    "name": ("name",),
    "other_names": ("other_names", "other names", "aliases"),
    "kind": ("kind", "type", "category"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "long", "lon", "lng"),
    "east_m": ("easting", "eastings", "geometry_x", "east_m"),
    "north_m": ("northing", "northings", "geometry_y", "north_m"),
    "extent_m": ("extent_m", "radius_m"),
}


@dataclass(frozen=True)
class Site:
    """`extent_m`: how far from its point a report of it can be."""

    name: str
    kind: str
    east_m: float
    north_m: float
    extent_m: float
    other_names: tuple[str, ...] = ()


def is_site(row: NamedRow) -> bool:
    """Whether a name of OS Open Names is one of a site: a station, a school, a wood, not a road or a settlement.

    One word alone ("Blackdown") is none: it is too often part of another name.
    """
    if row.local_type == "Postcode" or row.size_m > _WIDEST_M or not row.names:
        return False
    if len(words_of(_public_name(row.names[0], row.local_type))) < 2:
        return False
    return row.kind in _KINDS or (row.kind == "transportNetwork" and bool(_STOPS.search(row.local_type)))


def site_of(row: NamedRow) -> Site:
    """A site of OS Open Names, with the other names that its kind usually has."""
    name = _public_name(row.names[0], row.local_type)
    extent_m = float(np.clip(row.size_m / 2 or _USUAL_EXTENT_M, *_EXTENT_M))
    return Site(
        name, row.local_type.casefold(), row.east_m, row.north_m, extent_m, (*row.names[1:], *usual_names(name))
    )


def _public_name(name: str, local_type: str) -> str:
    """`Sevenoaks station` of `Sevenoaks`, `Winterhill School` of `Winterhill`: a name that is not a town's alone."""
    if local_type == "Railway Station":
        words = name.split()
        while len(words) > 1 and words[-1].casefold() in ("railway", "rail", "train", "station"):
            words.pop()
        return " ".join(words) + " station"
    if "Education" in local_type and len(name.split()) == 1:
        return f"{name} School"
    return name


def usual_names(name: str) -> Iterator[str]:
    """What people say and write for a name: `X rec` for `X Recreation Ground`, `X railway station` for `X station`."""
    plain = _CHURCH.sub("", name).strip()
    if plain != name:
        yield plain
        yield from usual_names(plain)
        return
    base, _, last = name.rpartition(" ")
    last = last.casefold()
    if not base:
        return
    if last == "station" and not base.casefold().endswith(("bus", "fire", "police", "coach", "power")):
        yield from (f"{base} {kind} station" for kind in ("railway", "train", "rail"))
    elif last == "school" and base.casefold().endswith((" primary", " junior", " infant", " high", " grammar")):
        yield base
        yield f"{base.rpartition(' ')[0]} school"
    elif last == "academy":
        yield f"{base} school"
    elif last in ("wood", "woods"):
        yield f"{base} {'woods' if last == 'wood' else 'wood'}"
    elif last == "ground" and base.casefold().endswith(" recreation"):
        yield base
        yield f"{base.rpartition(' ')[0]} park"


def read_sites(source: Path) -> list[Site]:
    """The sites of a CSV with `name`, a position (`lat`, `lon` or `easting`, `northing`), and, where one likes, `kind`,
    `extent_m` and `other_names` between `|` or `;`. Raises DeclarationError naming the line."""
    return [site for file in csv_files(source, "a CSV of sites") for site in _of_file(file)]


def _of_file(file: CsvFile) -> Iterator[Site]:
    rows = file.rows()
    _, header = next(rows, (0, []))
    names = [cell.strip().casefold() for cell in header]
    at = {field: next((names.index(one) for one in known if one in names), None) for field, known in _COLUMNS.items()}
    has_position = None not in (at["latitude"], at["longitude"]) or None not in (at["east_m"], at["north_m"])
    if at["name"] is None or not has_position:
        raise DeclarationError(
            f"{file.name}: a file of sites has the columns name, lat and lon (or easting and northing) in its first "
            "row; this has not"
        )
    for line, row in rows:
        cells = {field: row[place].strip() for field, place in at.items() if place is not None and place < len(row)}
        try:
            yield _site(cells)
        except ValueError as error:
            raise DeclarationError(f"{file.name}, line {line}: {error}") from error


def _site(cells: dict[str, str]) -> Site:
    if not words_of(cells.get("name", "")):
        raise ValueError("a site without a name")
    try:
        extent_m = float(cells.get("extent_m") or _USUAL_EXTENT_M)
        if cells.get("latitude"):
            degrees = (np.array([float(cells.get(side, ""))]) for side in ("latitude", "longitude"))
            east_m, north_m = (float(one[0]) for one in to_grid(*degrees))
        else:
            east_m, north_m = float(cells.get("east_m", "")), float(cells.get("north_m", ""))
    except ValueError as error:
        raise ValueError("its position or extent is no number") from error
    if not (np.isfinite([east_m, north_m, extent_m]).all() and extent_m > 0):
        raise ValueError("its position or extent can't be right")
    others = [one.strip() for one in re.split(r"[|;]", cells.get("other_names", ""))]
    usual = tuple(filter(None, others))[:_MOST_NAMES]
    name = cells["name"]
    return Site(name, cells.get("kind", ""), east_m, north_m, extent_m, (*usual, *usual_names(name)))


def merge_sites(sites: Iterable[Site], taken: Iterable[str]) -> list[Site]:
    """The sites by name, two of a name within a kilometre put together: the first one's position counts.

    `taken`: names of streets and settlements. A name that is one of these, or that another site has for its own, is no
    other name of a site; a site that has such a name itself is left out, since the street or settlement stands for it.
    """
    kept: list[Site] = []
    by_words: dict[tuple[str, ...], list[int]] = {}
    for site in sites:
        words = tuple(words_of(site.name))
        same = [at for at in by_words.get(words, ()) if _is_near(kept[at], site)]
        if same:
            kept[same[0]] = replace(kept[same[0]], other_names=(*kept[same[0]].other_names, *site.other_names))
        elif words:
            by_words.setdefault(words, []).append(len(kept))
            kept.append(site)
    streets = {tuple(words_of(name)) for name in taken}
    own = by_words.keys() | streets
    kept = [one for one in kept if tuple(words_of(one.name)) not in streets]
    return sorted((replace(one, other_names=_others(one, own)) for one in kept), key=lambda one: (one.name, one.east_m))


def _others(site: Site, own: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    found: dict[tuple[str, ...], str] = {}
    for name in site.other_names:
        words = tuple(words_of(name))
        if words and words not in own:
            found.setdefault(words, name.replace(";", " "))
    return tuple(found.values())[:_MOST_NAMES]


def _is_near(one: Site, other: Site) -> bool:
    return float(np.hypot(one.east_m - other.east_m, one.north_m - other.north_m)) <= _SAME_M


def outside_words(names: Sequence[str]) -> str:
    """`3 sites lie outside the district and are left out: A, B, C`, for who gave them."""
    if not names:
        return ""
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    plural = "1 site is" if len(names) == 1 else f"{len(names):,} sites are"
    return f"{plural} outside the district and {'is' if len(names) == 1 else 'are'} left out: {shown}"
