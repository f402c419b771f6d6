"""Reads grid references and degrees as WGS84, and checks them against the county and the district.

An ambiguous cell has no position.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasking.config.feed_columns import Position
from tasking.intake.blank_cells import SEARCHED_LENGTH, has_value
from tasking.intake.row_notes import RowNotes, under_columns
from tasking.model.text import fold


@dataclass(frozen=True)
class Area:
    """The partnership's area. `county` is south, north, west, east in degrees; the outline is GeoJSON."""

    outline: Path
    margin_m: float
    county: tuple[float, float, float, float]

    def is_plausible(self, latitude: pd.Series, longitude: pd.Series) -> pd.Series:
        south, north, west, east = self.county
        return latitude.between(south, north) & longitude.between(west, east)

    def contains(self, latitude: pd.Series, longitude: pd.Series) -> npt.NDArray[np.bool_]:
        """True inside the outline, or at most `margin_m` metres outside it."""
        import shapely

        return np.asarray(shapely.contains_xy(self._buffered, longitude.to_numpy(float), latitude.to_numpy(float)))

    @cached_property
    def _buffered(self) -> object:
        return _with_margin(self.outline.read_text(encoding="utf-8"), self.margin_m)


@lru_cache(maxsize=64)
def _with_margin(outline: str, margin_m: float) -> object:
    """An outline in GeoJSON, `margin_m` wider on every side, in degrees."""
    import shapely
    from pyproj import Transformer

    grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    in_metres = shapely.transform(shapely.from_geojson(outline), grid.transform, interleaved=False)
    ours = shapely.transform(in_metres.buffer(margin_m), _to_degrees().transform, interleaved=False)
    shapely.prepare(ours)
    return ours


@dataclass(frozen=True)
class Positions:
    latitude: pd.Series
    longitude: pd.Series
    is_out_of_area: pd.Series
    notes: RowNotes


def read_positions(frame: pd.DataFrame, field: Position | None, area: Area) -> Positions:
    """Positions in degrees. One outside the county is read with latitude and longitude swapped, or else left out."""
    nowhere = pd.Series(np.nan, index=frame.index, dtype="float64")
    if field is None or frame.empty:
        return Positions(nowhere, nowhere, pd.Series(False, index=frame.index), RowNotes())
    notes = RowNotes()
    cells = [frame[name] for name in field.columns]
    given = pd.concat([has_value(cell) for cell in cells], axis=1).any(axis=1)
    if field.easting:
        latitude, longitude = _from_grid(_number(cells[0], "EW", is_grid=True), _number(cells[1], "NS", is_grid=True))
        good = area.is_plausible(latitude, longitude)
    elif field.grid_reference:
        latitude, longitude = _from_grid(*_grid_references(cells[0]))
        good = area.is_plausible(latitude, longitude)
    else:
        latitude, longitude = _degrees(cells, _LATITUDE, _LONGITUDE)
        good = area.is_plausible(latitude, longitude)
        others = [cell.where(given & ~good) for cell in cells]
        swapped_longitude, swapped_latitude = _degrees(others, _LONGITUDE, _LATITUDE)
        swapped = area.is_plausible(swapped_latitude, swapped_longitude)
        notes.add(swapped, "latitude and longitude swapped; put the right way round")
        latitude, longitude = latitude.mask(swapped, swapped_latitude), longitude.mask(swapped, swapped_longitude)
        good |= swapped
    notes.add(given & ~good, f"no usable position {under_columns(field.columns)}; kept without one", "position")
    latitude, longitude = latitude.where(good), longitude.where(good)
    return Positions(latitude, longitude, good & ~area.contains(latitude, longitude), notes)


_LATITUDE, _LONGITUDE = "NS", "EW"  # compass letters that may be written with each
_FIGURES = r"^[+-]?[0-9]{1,9}(?:\.[0-9]{1,20})?$"
_DECIMAL = re.compile(
    r"(?P<before>[NSEW])? ?(?P<sign>[+-]?)(?P<whole>\d{1,7})(?:[.,](?P<part>\d{1,20}))? ?[°º]? ?(?P<after>[NSEWM])?"
)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[, ]\d{3}){1,2}")
_DEGREES = re.compile(
    r"(?P<before>[NSEW])? ?(?P<degrees>\d{1,3}) ?[°º] ?(?P<minutes>\d{1,2}(?:\.\d{1,9})?) ?['’′] ?"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d{1,9})?) ?(?:[\"”″]|['’′]{2}) ?)?(?P<after>[NSEW])?"
)
_EXPONENT = re.compile(r"\d(?:\.\d{1,20})?E\+?0?\d")
_POINTED = re.compile(
    r"(?:(?<![A-Z])(?P<before>[NSEW]) ?)?(?P<sign>(?<!\d)[+-])?(?P<number>\d{1,3}\.\d{1,20})(?: ?[°º])?"
    r"(?(before)|(?: ?(?P<after>[NSEW])\b)?)"
)
_GRID_LETTERS = ascii_uppercase.replace("I", "")  # of the National Grid's squares: no I
_GRID_REFERENCE = re.compile(r"(?P<square>[HNOST][A-HJ-Z]) ?(?P<figures>\d{2,5} ?\d{2,5})")
_WITH_COMMAS = re.compile(r"([+-]?\d{1,3},\d{1,20})\s?[;/| ,]\s?([+-]?\d{1,3},\d{1,20})")


def _degrees(cells: list[pd.Series], first: str, second: str) -> tuple[pd.Series, pd.Series]:
    """The two numbers of each position, from one column or two; `first` and `second` are the compass letters of
    each."""
    if len(cells) == 1:
        return _pairs(cells[0], first, second)
    return _number(cells[0], first), _number(cells[1], second)


def _number(text: pd.Series, letters: str, *, is_grid: bool = False) -> pd.Series:
    """The number in each cell; `letters` are the compass letters that may be written with it."""
    plain = text.where(text.str.match(_FIGURES).eq(True))
    numbers = pd.to_numeric(plain, errors="coerce").astype("float64")
    unclear = text.notna() & plain.isna()
    if unclear.any():
        known = {cell: _parse_number(cell, letters, is_grid=is_grid) for cell in text[unclear].unique()}
        numbers = numbers.fillna(text.where(unclear).map(known).astype("float64"))
    return numbers


def _parse_number(text: str, letters: str, *, is_grid: bool) -> float | None:
    """A number as people and spreadsheets write it: `51,27`, `51.27 N`, `51°16'12"N`; in metres also `544,661`."""
    cell = fold(text, SEARCHED_LENGTH).upper()
    if is_grid and _THOUSANDS.fullmatch(cell):
        return float(re.sub("[, ]", "", cell))
    if _EXPONENT.fullmatch(cell):
        return float(cell)
    if match := _DECIMAL.fullmatch(cell):
        if match["before"] and match["after"]:
            return None
        number = float(f"{match['sign']}{match['whole']}.{match['part'] or 0}")
    elif match := _DEGREES.fullmatch(cell):
        number = int(match["degrees"]) + float(match["minutes"]) / 60 + float(match["seconds"] or 0) / 3600
        number = round(number, 6)
    else:
        return None
    letter = match["before"] or match["after"] or ""
    if letter and letter not in letters and not (is_grid and letter == "M"):
        return None
    return -abs(number) if letter in ("S", "W") and not is_grid else number


def _pairs(text: pd.Series, first: str, second: str) -> tuple[pd.Series, pd.Series]:
    """The two numbers in each cell; `first` and `second` are the compass letters that may be written with each."""
    known = {cell: _parse_pair(cell, first, second) for cell in text.dropna().unique()}
    found = [known.get(cell) or (np.nan, np.nan) for cell in text]
    both = pd.DataFrame(found, index=text.index, columns=["first", "second"], dtype="float64")
    return both["first"], both["second"]


def _parse_pair(text: str, first: str, second: str) -> tuple[float, float] | None:
    """Two numbers with decimals and no third: `51.28,0.19`, `(51.28 0.19)`, `51.28N 0.19E`, `51,28; 0,19`."""
    cell = fold(text, SEARCHED_LENGTH).upper()
    if re.search(r"\dE[+-]?\d", cell):
        return None
    found = list(_POINTED.finditer(cell))
    if len(found) == 2:
        if re.search(r"\d", _POINTED.sub("", cell)):
            return None
        letters = [match["before"] or match["after"] or "" for match in found]
        if letters[0] not in first or letters[1] not in second:
            return None
        return _signed(found[0], letters[0]), _signed(found[1], letters[1])
    if match := _WITH_COMMAS.fullmatch(cell.strip("()[] ")):
        return float(match[1].replace(",", ".")), float(match[2].replace(",", "."))
    whole = re.fullmatch(r"\(?([+-]?\d{1,3}(?:\.\d{1,20})?) ?[,; ] ?([+-]?\d{1,3}(?:\.\d{1,20})?)\)?", cell)
    if whole and "." in cell:  # `51,28` may be one number with a decimal comma
        return float(whole[1]), float(whole[2])
    return None


def _signed(match: re.Match[str], letter: str) -> float:
    number = float(match["number"])
    return -number if match["sign"] == "-" or letter in ("S", "W") else number


def _grid_references(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Eastings and northings in metres of grid references with letters; null where a cell is none."""
    known = {cell: parse_grid_reference(cell) for cell in text.dropna().unique()}
    found = [known.get(cell) or (np.nan, np.nan) for cell in text]
    both = pd.DataFrame(found, index=text.index, columns=["east", "north"], dtype="float64")
    return both["east"], both["north"]


def parse_grid_reference(text: str) -> tuple[float, float] | None:
    """Easting and northing in metres, in the middle of the square that a reference names: `TQ 5312 5463`, `TQ531546`.

    None for anything else, and for two halves of different lengths.
    """
    cell = fold(text, SEARCHED_LENGTH).upper()
    match = _GRID_REFERENCE.fullmatch(cell)
    if match is None:
        return None
    figures = match["figures"].replace(" ", "")
    half = len(figures) // 2
    parts = match["figures"].split()
    if len(figures) % 2 or (len(parts) == 2 and len(parts[0]) != half):
        return None
    first, second = (_GRID_LETTERS.index(letter) for letter in match["square"])
    east_100_km = (first - 2) % 5 * 5 + second % 5
    north_100_km = 19 - first // 5 * 5 - second // 5
    unit_m = 10 ** (5 - half)
    east, north = int(figures[:half]) * unit_m + unit_m / 2, int(figures[half:]) * unit_m + unit_m / 2
    return east_100_km * 100_000 + east, north_100_km * 100_000 + north


@cache
def _to_degrees() -> Any:
    from pyproj import Transformer

    return Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)  # takes longer than a delivery's rows do


def _from_grid(east: pd.Series, north: pd.Series) -> tuple[pd.Series, pd.Series]:
    is_grid = east.between(1, 700_000) & north.between(1, 1_300_000)
    longitude, latitude = _to_degrees().transform(east.where(is_grid).to_numpy(), north.where(is_grid).to_numpy())
    found = np.isfinite(latitude) & np.isfinite(longitude)
    return (
        pd.Series(np.where(found, np.round(latitude, 6), np.nan), index=east.index),
        pd.Series(np.where(found, np.round(longitude, 6), np.nan), index=east.index),
    )
