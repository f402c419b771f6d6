"""Figures for SVG charts: the map of the district and bar charts. Without inline styles, which the CSP forbids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians
from typing import Final, NamedTuple, Protocol

from tasking.briefing import Geography

_WIDTH: Final = 640.0
_PLACES_NAMED: Final = 14
SHADES: Final = (1, 2, 4, 7, 12)  # incidents from which a shade is used


class Cell(Protocol):
    """A cell of the H3 grid with what happened in it."""

    @property
    def cell(self) -> str: ...
    @property
    def today(self) -> int: ...
    @property
    def recent(self) -> int: ...


class Shape(NamedTuple):
    path: str
    shade: int  # 1 to 5
    words: str
    cell: str


class Disc(NamedTuple):
    x: float
    y: float
    number: int
    cell: str


class Name(NamedTuple):
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Map:
    """A map of the district, 640 wide and `height` high; `words` is its text alternative."""

    height: float
    outline: str
    cells: tuple[Shape, ...]
    discs: tuple[Disc, ...]
    names: tuple[Name, ...]
    words: str

    @property
    def width(self) -> float:
        return _WIDTH


@dataclass(frozen=True)
class _Frame:
    """Converts degrees to coordinates of the drawing."""

    west: float
    north: float
    scale: float
    squeeze: float

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        x = (longitude - self.west) * self.squeeze * self.scale
        return round(x, 1), round((self.north - latitude) * self.scale, 1)


def district_map(geography: Geography, cells: Sequence[Cell]) -> Map:
    """Ward outlines, cells shaded by `recent`, discs with `today`, the largest towns by name."""
    import h3

    frame, height, outline = _drawn(geography)
    shapes, discs = [], []
    for one in sorted(cells, key=lambda cell: cell.cell):
        if one.recent:
            corners = [frame.point(longitude, latitude) for latitude, longitude in h3.cell_to_boundary(one.cell)]
            words = f"{one.recent} incident{'s' if one.recent != 1 else ''}"
            shapes.append(Shape(_path(corners), sum(one.recent >= step for step in SHADES), words, one.cell))
        if one.today:
            latitude, longitude = h3.cell_to_latlng(one.cell)
            discs.append(Disc(*frame.point(longitude, latitude), one.today, one.cell))
    busiest = max((one.recent for one in cells), default=0)
    total = sum(one.today or 0 for one in cells)
    words = f"Map of the district: {len(shapes)} cells with incidents, {busiest} in the busiest."
    if total:
        words = f"Map of the district: {total} incidents of the day in {len(discs)} cells. {words[20:].strip()}"
    return Map(height, outline, tuple(shapes), tuple(discs), _names(geography, frame, discs), words)


def _names(geography: Geography, frame: _Frame, discs: Sequence[Disc]) -> tuple[Name, ...]:
    names: list[Name] = []
    for town, latitude, longitude in geography.towns:
        x, y = frame.point(longitude, latitude)
        if any(abs(x - other.x) < 78 and abs(y - other.y) < 20 for other in names):
            continue
        under = [disc.y for disc in discs if abs(x - disc.x) < 44 and abs(y - disc.y) < 18]
        names.append(Name(x, min(under) - 20 if under else y, town))
        if len(names) == _PLACES_NAMED:
            break
    return tuple(names)


def ward_names(geography: Geography, centres: Sequence[tuple[str, float, float]]) -> tuple[Name, ...]:
    """Where the names of wards are written. `centres`: name, longitude and latitude of a point in each."""
    frame, _, _ = _drawn(geography)
    return tuple(Name(*frame.point(longitude, latitude), name) for name, longitude, latitude in centres)


@lru_cache(maxsize=4)
def _drawn(geography: Geography) -> tuple[_Frame, float, str]:
    rings = geography.wards
    longitudes = [x for ring in rings for x, _ in ring]
    latitudes = [y for ring in rings for _, y in ring]
    west, east, south, north = min(longitudes), max(longitudes), min(latitudes), max(latitudes)
    squeeze = cos(radians((south + north) / 2))
    frame = _Frame(west, north, _WIDTH / ((east - west) * squeeze), squeeze)
    paths = [_path([frame.point(x, y) for x, y in ring]) for ring in rings]
    return frame, round((north - south) * frame.scale, 1), " ".join(paths)


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A closed SVG path; points less than about a pixel from the last are left out."""
    kept = [points[0]]
    for x, y in points[1:]:
        if abs(x - kept[-1][0]) + abs(y - kept[-1][1]) >= 1.2:
            kept.append((x, y))
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + "Z"


class Bar(NamedTuple):
    """A bar of a chart, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    words: str
    kind: str  # plain, strong, unknown


@dataclass(frozen=True)
class Bars:
    """A bar chart. `top`: the value at full height. `labels`: (x, text) below the bars."""

    width: float
    height: float
    top: int
    bars: tuple[Bar, ...]
    labels: tuple[tuple[float, str], ...]
    words: str


def bars(
    values: Sequence[int | None],
    words: Sequence[str],
    labels: Mapping[int, str],
    summary: str,
    *,
    width: float = 640.0,
    height: float = 96.0,
    strong: frozenset[int] = frozenset(),
) -> Bars:
    """A bar for each value; None means no data, drawn as a hatched bar of full height. `labels`: index -> text."""
    top = max([value for value in values if value is not None] + [1])
    each = width / max(len(values), 1)
    drawn: list[Bar] = []
    for at, (value, told) in enumerate(zip(values, words, strict=True)):
        x, bar = round(at * each + each * 0.1, 1), round(each * 0.8, 1)
        if value is None:
            drawn.append(Bar(x, 0, bar, height, told, "unknown"))
        else:
            tall = round(height * value / top, 1)
            drawn.append(Bar(x, round(height - tall, 1), bar, tall, told, "strong" if at in strong else "plain"))
    marks = tuple(
        (round(min(max(at * each + each / 2, 12), width - 18), 1), text) for at, text in sorted(labels.items())
    )  # fmt: skip
    return Bars(width, height, top, tuple(drawn), marks, summary)


def grid_shade(value: int, top: int) -> int:
    """The shade of a grid cell from 0 (empty) to 5, relative to the largest value `top`."""
    return 0 if not value else max(1, min(5, -(-5 * value // max(top, 1))))
