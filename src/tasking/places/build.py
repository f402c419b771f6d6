"""The gazetteer of a district from open data: Code-Point Open for postcodes, OS Open Names for towns and streets.

Both are folders of CSV files as Ordnance Survey publishes them (OS OpenData, Open Government Licence v3), for 100 km
squares or postcode areas; rows outside the district's outline are left out. Places that are on no map stay in
places.yml.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from tasking.model.errors import DeclarationError

# Code-Point Open has no header: postcode, quality, easting, northing, then codes.
_POSTCODE, _QUALITY, _EAST, _NORTH, _WARD_CODE = 0, 1, 2, 3, 9
_NO_POSITION: Final = 90  # a positional quality indicator from which there is none
_NAMES: Final = (
    "NAME1",
    "TYPE",
    "LOCAL_TYPE",
    "GEOMETRY_X",
    "GEOMETRY_Y",
    "MBR_XMIN",
    "MBR_XMAX",
    "MBR_YMIN",
    "MBR_YMAX",
)
_TOWNS: Final = frozenset({"City", "Town", "Village", "Suburban Area", "Hamlet", "Other Settlement"})
_STREETS: Final = frozenset({"Named Road", "Section Of Named Road"})
_NEIGHBOURS: Final = 7
_EXTENT_M: Final = (40.0, 600.0)
_RADIUS_M: Final = (400.0, 3000.0)
_MARGIN_M: Final = 1000.0


@dataclass(frozen=True)
class BuildCounts:
    """How many rows each file got."""

    postcodes: int
    streets: int
    towns: int


def build(geo: Path, postcodes: Path, names: Path) -> BuildCounts:
    """Writes postcodes.csv, streets.csv and towns.csv into `geo`, for the district of its district.geojson and
    wards.geojson. Raises DeclarationError where a file is not as Ordnance Survey lays it out."""
    district = _District.of(geo)
    in_district = _postcodes(postcodes, district)
    streets, towns = _named(names, district)
    if in_district.empty or streets.empty or towns.empty:
        raise DeclarationError(
            f"{postcodes.name}, {names.name}: no postcode, street or town lies in the district's outline"
        )
    in_district.to_csv(geo / "postcodes.csv", index=False)
    streets.to_csv(geo / "streets.csv", index=False)
    towns.to_csv(geo / "towns.csv", index=False)
    return BuildCounts(len(in_district), len(streets), len(towns))


@dataclass(frozen=True)
class _District:
    """The outline with its margin, and the wards, on the British National Grid."""

    outline: Any
    wards: list[tuple[str, Any]]

    @classmethod
    def of(cls, geo: Path) -> "_District":
        import json

        import shapely
        from pyproj import Transformer

        to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True).transform

        def on_grid(geometry: str) -> Any:
            return shapely.transform(shapely.from_geojson(geometry), to_grid, interleaved=False)

        features = json.loads((geo / "wards.geojson").read_text(encoding="utf-8"))["features"]
        outline = on_grid((geo / "district.geojson").read_text(encoding="utf-8")).buffer(_MARGIN_M)
        shapely.prepare(outline)
        return cls(outline, [(one["properties"]["name"], on_grid(json.dumps(one["geometry"]))) for one in features])

    def within(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows inside the outline and its margin."""
        import shapely

        inside = shapely.contains_xy(self.outline, frame["east_m"].to_numpy(float), frame["north_m"].to_numpy(float))
        return frame[np.asarray(inside, dtype=bool)].reset_index(drop=True)

    def ward(self, frame: pd.DataFrame) -> pd.Series:
        """The name of the ward that each row lies in, or null."""
        import shapely

        tree = shapely.STRtree([outline for _, outline in self.wards])
        points = shapely.points(frame["east_m"].to_numpy(float), frame["north_m"].to_numpy(float))
        row, ward = tree.query(points, predicate="within")
        names = pd.Series(None, index=frame.index, dtype=object)
        names.iloc[row] = np.array([name for name, _ in self.wards], dtype=object)[ward]
        return names


def _postcodes(folder: Path, district: _District) -> pd.DataFrame:
    rows = [
        (" ".join((row[_POSTCODE][:-3].strip(), row[_POSTCODE][-3:])), float(row[_EAST]), float(row[_NORTH]))
        for row in _rows(folder, _WARD_CODE + 1)
        if int(row[_QUALITY]) < _NO_POSITION
    ]
    frame = district.within(pd.DataFrame(rows, columns=["postcode", "east_m", "north_m"]))
    if frame.empty:
        return frame
    frame["extent_m"] = _extents(frame)
    frame["ward"] = district.ward(frame)
    return _with_degrees(frame)[["postcode", "latitude", "longitude", "extent_m", "ward"]].sort_values("postcode")


def _extents(frame: pd.DataFrame) -> np.ndarray:
    """Half the distance to a postcode's sixth neighbour, in metres: about the spread of its addresses."""
    from scipy.spatial import cKDTree

    points = frame[["east_m", "north_m"]].to_numpy(float)
    nearest, _ = cKDTree(points).query(points, k=min(_NEIGHBOURS, len(points)))
    return np.clip(np.atleast_2d(nearest)[:, -1] / 2, *_EXTENT_M).round().astype(int)


def _named(folder: Path, district: _District) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = []
    for path in sorted(folder.glob("**/*.csv")):
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if lacking := [name for name in _NAMES if name not in (reader.fieldnames or ())]:
                raise DeclarationError(f"{path.name}: column {lacking[0]} is missing; OS Open Names has it")
            rows += [{name: row[name] for name in _NAMES} for row in reader if row["LOCAL_TYPE"] in _TOWNS | _STREETS]
    if not rows:
        raise DeclarationError(f"{folder}: there is no CSV of OS Open Names with a street or a town")
    frame = pd.DataFrame(rows).rename(columns={"GEOMETRY_X": "east_m", "GEOMETRY_Y": "north_m"})
    frame = district.within(frame.astype({"east_m": float, "north_m": float}))
    frame = _with_degrees(frame)
    streets = frame[frame["LOCAL_TYPE"].isin(_STREETS)].rename(columns={"NAME1": "street"})
    towns = frame[frame["LOCAL_TYPE"].isin(_TOWNS)].rename(columns={"NAME1": "town"})
    box = towns[["MBR_XMIN", "MBR_XMAX", "MBR_YMIN", "MBR_YMAX"]].apply(pd.to_numeric, errors="coerce").fillna(0.0)
    radius = np.maximum(box["MBR_XMAX"] - box["MBR_XMIN"], box["MBR_YMAX"] - box["MBR_YMIN"]) / 2
    towns = towns.assign(radius_m=np.clip(radius, *_RADIUS_M).round().astype(int), other_names="")
    return (
        streets[["street", "latitude", "longitude"]].drop_duplicates().sort_values(["street", "latitude"]),
        towns[["town", "latitude", "longitude", "radius_m", "other_names"]].drop_duplicates("town").sort_values("town"),
    )


def _with_degrees(frame: pd.DataFrame) -> pd.DataFrame:
    from pyproj import Transformer

    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(frame["east_m"].to_numpy(float), frame["north_m"].to_numpy(float))
    return frame.assign(latitude=np.round(latitude, 6), longitude=np.round(longitude, 6))


def _rows(folder: Path, width: int) -> Iterator[list[str]]:
    paths = sorted(folder.glob("**/*.csv"))
    if not paths:
        raise DeclarationError(f"{folder}: there is no CSV of Code-Point Open")
    for path in paths:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.reader(file), start=1):
                if len(row) < width or not row[_EAST].isdigit() or not row[_QUALITY].isdigit():
                    raise DeclarationError(f"{path.name}, line {number}: not as Code-Point Open is laid out")
                yield row
