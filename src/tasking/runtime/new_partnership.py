"""Sets up a district of its own under include/partnerships, from open data: `tasking partnerships new`."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tasking.config.layers import NAME, PARTNERSHIPS, Include, partnerships_under
from tasking.config.partnership_file import load_partnership
from tasking.model.errors import DeclarationError, TaskingError
from tasking.model.partnership import Box
from tasking.places import BuildCounts, build, load_gazetteer
from tasking.places.open_data.boundaries import read_outline, read_wards, simplified, to_geojson
from tasking.runtime.partnership_text import partner_names, partnership_yml

_COUNTY_MARGIN_M: Final = 30_000.0  # a position further out than this is a slip, not a place
_PLACES: Final = """\
# yaml-language-server: $schema=../../schemas/places.schema.json
# Places of {area} that no map knows under the name that partners use; a name here comes before those of geo/sites.csv.
# {{name: The Rec, latitude: 51.3, longitude: 0.7, extent_m: 150, other_names: [rec, top field]}}
places: []
"""
_LICENCES: Final = """\
Contains OS data © Crown copyright and database right. Contains Royal Mail data © Royal Mail copyright and database
right. Contains National Statistics data © Crown copyright and database right. Contains public sector information
licensed under the Open Government Licence v3.0. The sites file and the outline have the terms of their publishers.
"""


@dataclass(frozen=True)
class OpenData:
    """Where the open data of a district lie: GeoJSON; zips or folders of CSV files; a CSV of sites."""

    outline: Path
    wards: Path
    postcodes: Path
    names: Path
    sites: Path | None = None


@dataclass(frozen=True)
class NewPartnership:
    folder: Path
    area_name: str
    wards: int
    county: Box
    counts: BuildCounts
    partners: Mapping[str, str]  # feed -> what its partner is called until somebody says otherwise
    is_first: bool  # the deployment served one partnership until now


def new_partnership(
    include: Path, name: str, data: OpenData, area_name: str = "", partners: Mapping[str, str] | None = None
) -> NewPartnership:
    """Makes include/partnerships/NAME, completely or not at all, and touches nothing else.

    `partners`: feed -> partner, for those whose name is known. Raises TaskingError where the name is taken or is none,
    DeclarationError where the data are not as they are published or are another district's.
    """
    folder = _free_folder(include, name)
    shared = load_partnership(Include.of(include))
    area_name = " ".join(area_name.split()) or name.replace("_", " ").title()
    named = partner_names(shared.feeds, area_name, partners or {})
    is_first = not partnerships_under(include)
    parent = folder.parent
    is_new = not parent.exists()
    try:
        parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=parent) as inside:
            made = Path(inside) / name
            wards, county, counts = _write_geography(made / "geo", data, [area_name, name])
            (made / "places.yml").write_text(_PLACES.format(area=area_name), encoding="utf-8")
            declared = partnership_yml(name, area_name, county, counts, named)
            (made / "partnership.yml").write_text(declared, encoding="utf-8")
            _see_that_it_loads(Include((made, include)))
            made.rename(folder)
    except OSError as error:
        why = f"{error.filename}: {error.strerror}" if error.strerror else type(error).__name__
        raise TaskingError(f"{folder} could not be made: {why}") from error
    finally:
        if is_new and parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()
    return NewPartnership(folder, area_name, wards, county, counts, named, is_first)


def _free_folder(include: Path, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise TaskingError(f"{name!r} is no name of a partnership: small letters, digits and _, such as mid_devon")
    folder = include / PARTNERSHIPS / name
    if folder.exists():
        raise TaskingError(f"include/{PARTNERSHIPS}/{name} is there already; nothing is overwritten")
    return folder


def _write_geography(geo: Path, data: OpenData, names: list[str]) -> tuple[int, Box, BuildCounts]:
    geo.mkdir(parents=True)
    outline = read_outline(data.outline, names)
    wards = read_wards(data.wards, outline)
    _write_json(geo / "district.geojson", to_geojson(simplified([outline])[0]))
    lines = simplified([ward.outline for ward in wards])
    features = [
        {"type": "Feature", "properties": {"code": ward.code, "name": ward.name}, "geometry": to_geojson(line)}
        for ward, line in zip(wards, lines, strict=True)
    ]
    _write_json(geo / "wards.geojson", {"type": "FeatureCollection", "features": features})
    counts = build(geo, data.postcodes, data.names, data.sites)
    (geo / "README.md").write_text(_about(data, len(wards), counts), encoding="utf-8")
    return len(wards), county_box(outline), counts


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


def county_box(outline: Any) -> Box:
    """The box in which a position can be at all: that of an outline in metres on the grid and 30 km round it."""
    west, south, east, north = to_bounds(outline.buffer(_COUNTY_MARGIN_M))
    return Box(south=round(south, 2), north=round(north, 2), west=round(west, 2), east=round(east, 2))


def to_bounds(geometry: Any) -> tuple[float, float, float, float]:
    """West, south, east and north in degrees of a geometry in metres on the grid."""
    import shapely
    from pyproj import Transformer

    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True).transform
    west, south, east, north = shapely.transform(geometry, to_degrees, interleaved=False).bounds
    return float(west), float(south), float(east), float(north)


def _about(data: OpenData, wards: int, counts: BuildCounts) -> str:
    sites = f", {data.sites.name}" if data.sites else ""
    rows = (
        ("district.geojson", "the outline", data.outline.name),
        ("wards.geojson", f"{wards:,} wards", data.wards.name),
        (
            "postcodes.csv",
            f"{counts.postcodes:,} postcodes, with half the distance to the sixth neighbour",
            data.postcodes.name,
        ),
        ("streets.csv", f"{counts.streets:,} points of streets", data.names.name),
        ("towns.csv", f"{counts.towns:,} settlements with their radius", data.names.name),
        (
            "sites.csv",
            f"{counts.sites:,} stations, schools, parks, woods, waters and other sites",
            data.names.name + sites,
        ),
    )
    table = "".join(f"| {name} | {what} | {source} |\n" for name, what, source in rows)
    return f"# Geography of the district\n\n| file | what | made from |\n| --- | --- | --- |\n{table}\n{_LICENCES}"


def _see_that_it_loads(include: Include) -> None:
    """Raises DeclarationError where what was made can't be used; a fault in Tasking, which must not stay behind."""
    load_partnership(include)
    if load_gazetteer(include).postcodes.empty:
        raise DeclarationError("the gazetteer that was made has no postcode")
