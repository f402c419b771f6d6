"""Outlines and wards from GeoJSON as the ONS, OS Boundary-Line or a council publishes it.

In degrees or on the National Grid, with each publisher's own property names; what comes out is in metres on the grid.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tasking.model.errors import DeclarationError

_WARD_NAME: Final = (re.compile(r"WD\d\dNM"), re.compile(r"(?:WARD_?)?(?:NAME|NM)"), re.compile(r"WARD"))
_WARD_CODE: Final = (re.compile(r"WD\d\dCD"), re.compile(r"(?:WARD_?)?(?:CODE|CD)"), re.compile(r"CENSUS_CODE"))
_AREA_NAME: Final = (re.compile(r"(?:LAD|LTLA|UTLA|CTYUA|CSP)\d\dNM"), re.compile(r"(?:LAD_?|AREA_?)?(?:NAME|NM)"))
_FEWEST_IN_OUTLINE: Final = (
    0.2  # of a ward's area: a coastal one may reach far into an estuary, a neighbour has a sliver
)
_FEWEST_COVERED: Final = 0.9  # of the district's area, by its wards
_TOLERANCE_M: Final = 15.0
_GRID: Final = (-100_000.0, -100_000.0, 700_000.0, 1_300_000.0)
_BRITAIN: Final = (-9.0, 49.0, 2.5, 61.5)


class Ward(NamedTuple):
    """`outline`: in metres on the National Grid."""

    name: str
    code: str
    outline: Any


def read_outline(path: Path, names: Sequence[str] = ()) -> Any:
    """A district's outline in metres on the National Grid.

    Of a file with several areas it is the one that bears one of `names`. Raises DeclarationError where there is none.
    """
    areas = _areas(path)
    if len(areas) > 1:
        wanted = {_folded(name) for name in names} - {""}
        named = [(name, geometry) for properties, geometry in areas if (name := _property(properties, _AREA_NAME))]
        mine = [geometry for name, geometry in named if _folded(name) in wanted]
        if len(mine) != 1:
            known = sorted({name for name, _ in named})
            there = ", ".join(known[:3]) + (", …" if len(known) > 3 else "") or "none of them named"
            raise DeclarationError(
                f"{path.name}: it has {len(areas):,} areas ({there}) where the outline of "
                "one district is wanted: give a file with that one alone, or --area-name as the file spells it"
            )
        return mine[0]
    return areas[0][1]


def read_wards(path: Path, outline: Any) -> list[Ward]:
    """The wards of a district, by name, from a file that may have others. `outline` and theirs in metres on the grid.

    Raises DeclarationError where they are no wards, or another district's.
    """
    wards = []
    for properties, geometry in _areas(path):
        name = re.sub(r" ward$", "", _property(properties, _WARD_NAME), flags=re.IGNORECASE)
        if not name:
            there = ", ".join(sorted(map(str, properties))[:5]) or "none"
            raise DeclarationError(
                f"{path.name}: an area has no name: its properties are {there}; ONS's wards have WD24NM or the like"
            )
        if geometry.intersection(outline).area > _FEWEST_IN_OUTLINE * geometry.area:
            wards.append(Ward(name, _property(properties, _WARD_CODE), geometry))
    covered = _covered(wards, outline)
    if covered < _FEWEST_COVERED:
        raise DeclarationError(
            f"{path.name}: its wards cover {covered:.0%} of the district's outline; are they another district's, or is "
            "the outline?"
        )
    return sorted(wards)


def to_geojson(geometry: Any) -> dict[str, Any]:
    """A geometry in metres on the grid as GeoJSON in degrees, to about a metre."""
    import shapely
    from pyproj import Transformer

    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True).transform
    degrees = shapely.set_precision(shapely.transform(geometry, to_degrees, interleaved=False), 1e-5)
    return dict(json.loads(shapely.to_geojson(degrees)))


def simplified(outlines: Sequence[Any]) -> list[Any]:
    """Outlines in metres, some metres coarser, neighbours still touching: they are drawn in pages and mails."""
    import shapely

    return list(shapely.coverage_simplify(list(outlines), _TOLERANCE_M))


def _covered(wards: Sequence[Ward], outline: Any) -> float:
    import shapely

    inside = shapely.union_all([one.outline for one in wards]).intersection(outline)
    return float(inside.area / outline.area) if wards else 0.0


def _areas(path: Path) -> list[tuple[dict[str, Any], Any]]:
    """Properties and geometry, in metres on the grid, of each area in a file."""
    features = _features(path)
    areas = [(_properties_of(one), _polygon(path.name, one.get("geometry"))) for one in features]
    if not areas:
        raise DeclarationError(f"{path.name}: there is no area in it")
    to_grid = _to_grid(path.name, [geometry for _, geometry in areas])
    return [(properties, to_grid(geometry)) for properties, geometry in areas]


def _unread_words(path: Path, error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not text in UTF-8"
    if path.is_dir():
        return "it is a folder"
    return "it can't be read" if path.exists() else "there is no such file"


def _features(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = _unread_words(path, error)
        raise DeclarationError(f"{path.name}: {why}; GeoJSON is wanted, not a shapefile or a GeoPackage") from error
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DeclarationError(f"{path.name}: not valid JSON; GeoJSON is wanted, whole") from error
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        features = found.get("features")
    elif isinstance(found, dict) and found.get("type") == "Feature":
        features = [found]
    else:
        features = [{"properties": {}, "geometry": found}]
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise DeclarationError(f"{path.name}: not GeoJSON: `features` is no list of areas")
    return features


def _properties_of(feature: dict[str, Any]) -> dict[str, Any]:
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def _polygon(name: str, geometry: Any) -> Any:
    import shapely

    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise DeclarationError(f"{name}: GeoJSON with areas is wanted; this has {kind or 'no geometry'}")
    try:
        found = _valid(shapely.force_2d(shapely.from_geojson(json.dumps(geometry))))
    except (shapely.errors.ShapelyError, ValueError, TypeError) as error:
        raise DeclarationError(f"{name}: an area's coordinates can't be read") from error
    if found.is_empty or not found.area:
        raise DeclarationError(f"{name}: an area has no extent")
    return found


def _to_grid(name: str, geometries: Sequence[Any]) -> Any:
    """The function that takes a file's geometries to the National Grid, by where their coordinates lie."""
    import shapely
    from pyproj import Transformer

    bounds = shapely.total_bounds(list(geometries))
    if _is_in(bounds, _BRITAIN):
        transformer = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
        return lambda geometry: _valid(shapely.transform(geometry, transformer.transform, interleaved=False))
    if _is_in(bounds, _GRID) and bounds[2] - bounds[0] > 10:
        return lambda geometry: geometry
    if _is_in(bounds[[1, 0, 3, 2]], _BRITAIN):
        raise DeclarationError(f"{name}: latitude comes before longitude; GeoJSON has longitude first")
    raise DeclarationError(
        f"{name}: its coordinates are neither degrees in Britain nor metres of the National Grid; download it in "
        "EPSG:4326 or EPSG:27700"
    )


def _valid(geometry: Any) -> Any:
    """The geometry with crossing lines repaired; only its areas."""
    import shapely

    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(geometry)))
    return shapely.union_all([part for part in parts if part.geom_type == "Polygon"])


def _is_in(bounds: Sequence[float], frame: Sequence[float]) -> bool:
    west, south, east, north = bounds
    return bool(frame[0] <= west <= east <= frame[2] and frame[1] <= south <= north <= frame[3])


def _property(properties: dict[str, Any], patterns: Sequence[re.Pattern[str]]) -> str:
    for pattern in patterns:
        for key, value in sorted(properties.items()):
            if pattern.fullmatch(key.upper()) and isinstance(value, str | int) and str(value).strip():
                return str(value).strip()
    return ""


def _folded(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.casefold())
    return " ".join(word for word in words if word not in ("district", "borough", "council", "city", "of", "the"))
