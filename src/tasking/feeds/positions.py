"""Grid references and degrees -> WGS84, checked against the county and the district; postcodes in one form.

Cells are read where nothing else can be meant; a cell that can be read in two ways is left out.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasking.feeds.declaration import Position
from tasking.feeds.people import Found
from tasking.feeds.remarks import CELL_LOOKED_AT, rows, said, under
from tasking.model.text import fold

_POSTCODE = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][ABD-HJLNP-UW-Z]{2})$")
_POSTCODE_IN_TEXT = re.compile(r"(?<![A-Z0-9])([A-Z]{1,2}[0-9][A-Z0-9]?)[ .-]?([0-9][ABD-HJLNP-UW-Z]{2})(?![A-Z0-9])")
_LONGEST_OUTWARD = 4


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
    cells = [frame[name] for name in field.columns]
    given = pd.concat([said(cell) for cell in cells], axis=1).any(axis=1)
    if field.pair:
        latitude, longitude = _pairs(cells[0])
    elif field.easting:
        east, north = _number(cells[0], "EW", is_grid=True), _number(cells[1], "NS", is_grid=True)
        latitude, longitude = _from_grid(east, north)
    else:
        latitude, longitude = _number(cells[0], "NSEW"), _number(cells[1], "EWNS")
    notes: list[str] = []
    good = area.is_plausible(latitude, longitude)
    swapped = given & ~good & area.is_plausible(longitude, latitude)
    if swapped.any():
        notes += rows(swapped, "latitude and longitude swapped, put right")
        latitude, longitude = latitude.mask(swapped, longitude), longitude.mask(swapped, latitude)
        good |= swapped
    lost = given & ~good
    notes += rows(lost, f"a position {under(field.columns)} outside the county or none at all, taken without it")
    latitude, longitude = latitude.where(good), longitude.where(good)
    return Positions(latitude, longitude, good & ~area.is_ours(latitude, longitude), notes)


_FIGURES = r"^[+-]?[0-9]{1,9}(?:\.[0-9]{1,20})?$"
_ONE_NUMBER = re.compile(
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
_WITH_COMMAS = re.compile(r"([+-]?\d{1,3},\d{1,20})\s?[;/| ,]\s?([+-]?\d{1,3},\d{1,20})")


def _number(text: pd.Series, letters: str, *, is_grid: bool = False) -> pd.Series:
    """The number in each cell; `letters` are the points of the compass that may stand beside it."""
    plain = text.where(text.str.match(_FIGURES).eq(True))
    numbers = pd.to_numeric(plain, errors="coerce").astype("float64")
    unclear = text.notna() & plain.isna()
    if unclear.any():
        known = {cell: _one_number(cell, letters, is_grid=is_grid) for cell in text[unclear].unique()}
        numbers = numbers.fillna(text.where(unclear).map(known).astype("float64"))
    return numbers


def _one_number(text: str, letters: str, *, is_grid: bool) -> float | None:
    """A number as people and spreadsheets write it: `51,27`, `51.27 N`, `51°16'12"N`; in metres also `544,661`."""
    cell = fold(text, CELL_LOOKED_AT).upper()
    if is_grid and _THOUSANDS.fullmatch(cell):
        return float(re.sub("[, ]", "", cell))
    if _EXPONENT.fullmatch(cell):
        return float(cell)
    if match := _ONE_NUMBER.fullmatch(cell):
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


def _pairs(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Latitude and longitude that stand in one cell."""
    known = {cell: _pair(cell) for cell in text.dropna().unique()}
    found = [known.get(cell) or (np.nan, np.nan) for cell in text]
    both = pd.DataFrame(found, index=text.index, columns=["first", "second"], dtype="float64")
    return both["first"], both["second"]


def _pair(text: str) -> tuple[float, float] | None:
    """Two numbers with decimals and no third: `51.28,0.19`, `(51.28 0.19)`, `51.28N 0.19E`, `51,28; 0,19`."""
    cell = fold(text, CELL_LOOKED_AT).upper()
    if re.search(r"\dE[+-]?\d", cell):
        return None
    found = list(_POINTED.finditer(cell))
    if len(found) == 2:
        rest = _POINTED.sub("", cell)
        return (_signed(found[0]), _signed(found[1])) if not re.search(r"\d", rest) else None
    if match := _WITH_COMMAS.fullmatch(cell.strip("()[] ")):
        return float(match[1].replace(",", ".")), float(match[2].replace(",", "."))
    whole = re.fullmatch(r"\(?([+-]?\d{1,3}(?:\.\d{1,20})?) ?[,; ] ?([+-]?\d{1,3}(?:\.\d{1,20})?)\)?", cell)
    if whole and "." in cell:  # two whole numbers are as likely one with a decimal comma
        return float(whole[1]), float(whole[2])
    return None


def _signed(match: re.Match[str]) -> float:
    number = float(match["number"])
    letter = match["before"] or match["after"] or ""
    return -number if match["sign"] == "-" or letter in ("S", "W") else number


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


def read_postcodes(text: pd.Series) -> Found:
    """Postcodes as `TN13 1AB`, found in text too; letters typed for figures are put right (`TN13 IAB`).

    Half a postcode is not told as unusable: it is all that was known.
    """
    known = {value: postcodes_in(value) for value in text.dropna().unique()}
    first = text.map({cell: next(iter(found), None) for cell, found in known.items()}).astype("str")
    several = text.map({cell: len(found) > 1 for cell, found in known.items()}).eq(True)
    found = Found.among(text, first, several)
    is_half = {cell: len(fold(cell, CELL_LOOKED_AT)) <= _LONGEST_OUTWARD for cell in known}
    return Found(first, several, found.is_unusable & ~text.map(is_half).eq(True))


def normalised_postcodes(text: pd.Series) -> pd.Series:
    """The first postcode in each cell; what has none is left out."""
    return read_postcodes(text).first


def postcode(text: str) -> str | None:
    """The first postcode in a text in its usual form, or None."""
    return next(iter(postcodes_in(text)), None)


def postcodes_in(text: str) -> list[str]:
    """Every postcode in a cell, in its order, each once."""
    cell = fold(text, CELL_LOOKED_AT).upper()
    packed = re.sub(r"[^A-Z0-9]", "", cell)
    if 5 <= len(packed) <= 7:
        outward, inward = packed[:-3], packed[-3:]
        inward = inward[0].translate(str.maketrans("OIL", "011")) + inward[1:]
        outward = outward[:2] + outward[2:].translate(str.maketrans("OI", "01"))
        match = _POSTCODE.match(outward + inward)
        return [f"{match[1]} {match[2]}"] if match else []
    return list(dict.fromkeys(f"{match[1]} {match[2]}" for match in _POSTCODE_IN_TEXT.finditer(cell)))
