"""Grid references and degrees -> WGS84, checked against the county and the district; postcodes in one form."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasking.feeds.declaration import Position

_POSTCODE = re.compile(r"^([A-Z]{1,2}\d[A-Z\d]?)(\d[ABD-HJLNP-UW-Z]{2})$")


@dataclass(frozen=True)
class Area:
    """Where the partnership is. `county` is south, north, west, east in degrees; the outline is GeoJSON."""

    outline: Path
    margin_m: float
    county: tuple[float, float, float, float]

    def is_plausible(self, latitude: pd.Series, longitude: pd.Series) -> pd.Series:
        south, north, west, east = self.county
        return latitude.between(south, north) & longitude.between(west, east)

    def is_ours(self, latitude: pd.Series, longitude: pd.Series) -> npt.NDArray[np.bool_]:
        """True inside the outline or within `margin_m` of it."""
        import shapely

        return np.asarray(shapely.contains_xy(self._buffered, longitude.to_numpy(float), latitude.to_numpy(float)))

    @cached_property
    def _buffered(self) -> object:
        import shapely
        from pyproj import Transformer

        grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
        degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
        outline = shapely.from_geojson(self.outline.read_text(encoding="utf-8"))
        in_metres = shapely.transform(outline, grid.transform, interleaved=False)
        ours = shapely.transform(in_metres.buffer(self.margin_m), degrees.transform, interleaved=False)
        shapely.prepare(ours)
        return ours


@dataclass(frozen=True)
class Positions:
    latitude: pd.Series
    longitude: pd.Series
    is_out_of_area: pd.Series
    notes: list[str]


def read_positions(frame: pd.DataFrame, field: Position | None, area: Area) -> Positions:
    """Positions in degrees; one outside the county is put right where swapping the two does it, else left out."""
    nowhere = pd.Series(np.nan, index=frame.index, dtype="float64")
    if field is None or frame.empty:
        return Positions(nowhere, nowhere, pd.Series(False, index=frame.index), [])
    if field.pair:
        parts = frame[field.pair].str.split(",", n=1, expand=True).reindex(columns=[0, 1])
        latitude, longitude = _number(parts[0]), _number(parts[1])
        given = frame[field.pair].notna()
    elif field.easting:
        east, north = _number(frame[field.easting]), _number(frame[str(field.northing)])
        latitude, longitude = _from_grid(east, north)
        given = frame[field.easting].notna() | frame[str(field.northing)].notna()
    else:
        latitude, longitude = _number(frame[str(field.latitude)]), _number(frame[str(field.longitude)])
        given = frame[str(field.latitude)].notna() | frame[str(field.longitude)].notna()
    notes = []
    good = area.is_plausible(latitude, longitude)
    swapped = given & ~good & area.is_plausible(longitude, latitude)
    if swapped.any():
        notes.append(f"{int(swapped.sum())} row(s) with latitude and longitude swapped, put right")
        latitude, longitude = latitude.mask(swapped, longitude), longitude.mask(swapped, latitude)
        good |= swapped
    lost = given & ~good
    if lost.any():
        notes.append(f"{int(lost.sum())} row(s) with a position outside the county or none at all, taken without it")
    latitude, longitude = latitude.where(good), longitude.where(good)
    return Positions(latitude, longitude, good & ~area.is_ours(latitude, longitude), notes)


def _number(text: pd.Series) -> pd.Series:
    return pd.to_numeric(text, errors="coerce").astype("float64")


def _from_grid(east: pd.Series, north: pd.Series) -> tuple[pd.Series, pd.Series]:
    from pyproj import Transformer

    is_grid = east.between(1, 700_000) & north.between(1, 1_300_000)
    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(east.where(is_grid).to_numpy(), north.where(is_grid).to_numpy())
    found = np.isfinite(latitude) & np.isfinite(longitude)
    return (
        pd.Series(np.where(found, np.round(latitude, 6), np.nan), index=east.index),
        pd.Series(np.where(found, np.round(longitude, 6), np.nan), index=east.index),
    )


def normalised_postcodes(text: pd.Series) -> pd.Series:
    """Postcodes as `TN13 1AB`; letters typed for figures put right (`TN13 IOO`), what is no postcode left out."""
    return text.map({value: postcode(value) for value in text.dropna().unique()}).astype("str")


def postcode(text: str) -> str | None:
    """One postcode in its usual form, or None."""
    packed = re.sub(r"[^A-Z0-9]", "", text.upper())
    if not 5 <= len(packed) <= 7:
        return None
    outward, inward = packed[:-3], packed[-3:]
    inward = inward[0].translate(str.maketrans("OIL", "011")) + inward[1:]
    outward = outward[:2] + outward[2:].translate(str.maketrans("OI", "01"))
    match = _POSTCODE.match(outward + inward)
    return f"{match[1]} {match[2]}" if match else None
