"""The gazetteer of a district from open data: Code-Point Open for postcodes, OS Open Names for settlements, streets and
sites, and a file of sites of one's own.

Rows outside the district's outline and a margin are left out. Places that are on no map are in places.yml.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from tasking.model.errors import DeclarationError
from tasking.places.open_data.boundaries import read_outline, read_wards
from tasking.places.open_data.code_point import postcode_area, read_code_point
from tasking.places.open_data.open_names import Box, NamedRow, read_open_names
from tasking.places.open_data.sites import Site, is_site, merge_sites, outside_words, read_sites, site_of

_TOWNS: Final = frozenset({"City", "Town", "Village", "Suburban Area", "Hamlet", "Other Settlement"})
_STREETS: Final = frozenset({"Named Road", "Section Of Named Road"})
_NEIGHBOURS: Final = 7
_EXTENT_M: Final = (40.0, 600.0)
_RADIUS_M: Final = (400.0, 3000.0)
_MARGIN_M: Final = 1000.0
_FEWEST_WARDS: Final = 0.5  # of the wards that must have a postcode, and a street: else it is another district's data


@dataclass(frozen=True)
class BuildCounts:
    """How many rows each file got. `areas`: the letters with which the postcodes start, the most frequent first;
    `notes`: what was left out, in words."""

    postcodes: int
    streets: int
    towns: int
    sites: int = 0
    areas: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def build(geo: Path, postcodes: Path, names: Path, sites: Path | None = None) -> BuildCounts:
    """Writes postcodes.csv, streets.csv, towns.csv and sites.csv into `geo`, for the district of its district.geojson
    and wards.geojson. `postcodes` and `names` are zips or folders of CSV files as Ordnance Survey ships them.

    Raises DeclarationError where a file is not as it is published, or is another district's; then nothing is written.
    """
    district = _District.of(geo)
    in_district = _postcodes(postcodes, district)
    named = list(read_open_names(names, district.box))
    streets, towns = _streets(named, district), _towns(named, district)
    if streets.empty or towns.empty:
        raise DeclarationError(f"{names.name}: no street or settlement is in the district's outline")
    district.refuse_others(in_district, postcodes.name, "postcode")
    district.refuse_others(streets, names.name, "street")
    given = read_sites(sites) if sites else []
    ours, outside = district.split(given)
    if sites and not ours:
        raise DeclarationError(f"{sites.name}: none of its sites is in the district's outline")
    of_names, _ = district.split([site_of(row) for row in named if is_site(row)])
    merged = merge_sites([*ours, *of_names], [*streets["street"], *towns["town"]])
    _with_degrees(in_district)[["postcode", "latitude", "longitude", "extent_m", "ward"]].to_csv(
        geo / "postcodes.csv", index=False
    )
    streets[["street", "latitude", "longitude"]].to_csv(geo / "streets.csv", index=False)
    towns.to_csv(geo / "towns.csv", index=False)
    _site_frame(merged).to_csv(geo / "sites.csv", index=False)
    return BuildCounts(
        len(in_district), len(streets), len(towns), len(merged), _areas(in_district["postcode"]),
        tuple(filter(None, [outside_words([site.name for site in outside])])),
    )  # fmt: skip


@dataclass(frozen=True)
class _District:
    """The outline with its margin, and the wards, in metres on the National Grid."""

    outline: Any
    wards: list[tuple[str, Any]]

    @classmethod
    def of(cls, geo: Path) -> "_District":
        import shapely

        line = read_outline(geo / "district.geojson")
        outline = line.buffer(_MARGIN_M)
        shapely.prepare(outline)
        return cls(outline, [(ward.name, ward.outline) for ward in read_wards(geo / "wards.geojson", line)])

    @property
    def box(self) -> Box:
        west, south, east, north = self.outline.bounds
        return float(west), float(south), float(east), float(north)

    @cached_property
    def _tree(self) -> Any:
        import shapely

        return shapely.STRtree([outline for _, outline in self.wards])

    def within(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows inside the outline and its margin."""
        import shapely

        inside = shapely.contains_xy(self.outline, frame["east_m"].to_numpy(float), frame["north_m"].to_numpy(float))
        return frame[np.asarray(inside, dtype=bool)].reset_index(drop=True)

    def ward(self, frame: pd.DataFrame) -> pd.Series:
        """The name of the ward that each row is in, or null."""
        import shapely

        points = shapely.points(frame["east_m"].to_numpy(float), frame["north_m"].to_numpy(float))
        row, ward = self._tree.query(points, predicate="within")
        names = pd.Series(None, index=frame.index, dtype=object)
        names.iloc[row] = np.array([name for name, _ in self.wards], dtype=object)[ward]
        return names

    def split(self, sites: Sequence[Site]) -> tuple[list[Site], list[Site]]:
        """The sites inside the outline and its margin, and those outside."""
        import shapely

        at = np.array([(site.east_m, site.north_m) for site in sites]).reshape(-1, 2)
        inside = np.asarray(shapely.contains_xy(self.outline, at[:, 0], at[:, 1]), dtype=bool).reshape(-1)
        pairs = list(zip(sites, inside, strict=True))
        return [site for site, is_in in pairs if is_in], [site for site, is_in in pairs if not is_in]

    def refuse_others(self, frame: pd.DataFrame, name: str, what: str) -> None:
        """Raises DeclarationError where most wards have no row of the frame."""
        with_one = self.ward(frame).nunique()
        if with_one < _FEWEST_WARDS * len(self.wards):
            raise DeclarationError(
                f"{name}: only {with_one} of the district's {len(self.wards)} wards have a {what} in it: is it "
                "another district's, or a part of the data?"
            )


def _postcodes(source: Path, district: _District) -> pd.DataFrame:
    """The district's postcodes on the grid, with extent and ward. Raises DeclarationError where there is none."""
    west, south, east, north = district.box
    rows, elsewhere = [], Counter[str]()
    for row in read_code_point(source):
        if west <= row.east_m <= east and south <= row.north_m <= north:
            rows.append(row)
        else:
            elsewhere[postcode_area(row.postcode)] += 1
    frame = district.within(pd.DataFrame(rows, columns=["postcode", "east_m", "north_m"]))
    frame = frame.drop_duplicates("postcode").reset_index(drop=True)
    if frame.empty:
        there = ", ".join(area for area, _ in elsewhere.most_common(5)) or "none at all"
        raise DeclarationError(
            f"{source.name}: no postcode is in the district's outline; the file's postcodes begin with {there}"
        )
    return frame.assign(extent_m=_extents(frame), ward=district.ward(frame)).sort_values("postcode")


def _extents(frame: pd.DataFrame) -> np.ndarray:
    """Half the distance to a postcode's sixth neighbour, in metres: about the spread of its addresses."""
    from scipy.spatial import cKDTree

    points = frame[["east_m", "north_m"]].to_numpy(float)
    nearest, _ = cKDTree(points).query(points, k=min(_NEIGHBOURS, len(points)))
    return np.clip(np.asarray(nearest).reshape(len(points), -1)[:, -1] / 2, *_EXTENT_M).round().astype(int)


def _areas(postcodes: pd.Series) -> tuple[str, ...]:
    return tuple(area for area, _ in Counter(map(postcode_area, postcodes)).most_common())


def _streets(rows: Sequence[NamedRow], district: _District) -> pd.DataFrame:
    """Each point of a street under each name that it has, in English and in Welsh."""
    found = [(name, row.east_m, row.north_m) for row in rows if row.local_type in _STREETS for name in row.names]
    frame = _with_degrees(district.within(pd.DataFrame(found, columns=["street", "east_m", "north_m"])))
    return frame.drop_duplicates(["street", "latitude", "longitude"]).sort_values(["street", "latitude", "longitude"])


def _towns(rows: Sequence[NamedRow], district: _District) -> pd.DataFrame:
    columns = ["town", "east_m", "north_m", "size_m", "other_names"]
    found = [
        (row.names[0], row.east_m, row.north_m, row.size_m, ";".join(row.names[1:]))
        for row in rows
        if row.local_type in _TOWNS and row.names
    ]
    frame = _with_degrees(district.within(pd.DataFrame(found, columns=columns)))
    frame["radius_m"] = np.clip(frame["size_m"] / 2, *_RADIUS_M).round().astype(int)
    frame = frame[["town", "latitude", "longitude", "radius_m", "other_names"]]
    frame = frame.sort_values(["town", "radius_m", "latitude"], ascending=[True, False, True])
    return frame.drop_duplicates("town")


def _site_frame(sites: Sequence[Site]) -> pd.DataFrame:
    columns = ["name", "kind", "east_m", "north_m", "extent_m", "other_names"]
    rows = [
        (one.name, one.kind, one.east_m, one.north_m, round(one.extent_m), ";".join(one.other_names)) for one in sites
    ]
    frame = _with_degrees(pd.DataFrame(rows, columns=columns))
    return frame[["name", "kind", "latitude", "longitude", "extent_m", "other_names"]]


def _with_degrees(frame: pd.DataFrame) -> pd.DataFrame:
    from pyproj import Transformer

    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(frame["east_m"].to_numpy(float), frame["north_m"].to_numpy(float))
    return frame.assign(latitude=np.round(latitude, 6), longitude=np.round(longitude, 6))
