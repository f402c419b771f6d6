"""Postcodes from Code-Point Open, as Ordnance Survey ships it: a zip or folder with Data/CSV and Doc.

The data have no header. Doc/Code-Point_Open_Column_Headers.csv names the columns twice, in short and in full.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tasking.model.errors import DeclarationError
from tasking.places.open_data.csv_sources import CsvFile, csv_files, numbers_at

PRODUCT: Final = "Code-Point Open"
_POSTCODE, _QUALITY, _EAST, _NORTH = range(4)
_WIDTH: Final = 10  # with country, health, county, district and ward codes
_NO_POSITION: Final = 90  # a positional quality indicator from which there is none
_PATTERN: Final = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)([0-9][A-Z]{2})")


class PostcodeRow(NamedTuple):
    """A postcode such as `ME10 1AA`, and its position in metres on the National Grid."""

    postcode: str
    east_m: float
    north_m: float


def read_code_point(source: Path) -> Iterator[PostcodeRow]:
    """Every postcode that has a position. Raises DeclarationError, naming the file and line that is otherwise."""
    for file in csv_files(source, PRODUCT):
        yield from _rows(file)


def postcode_area(postcode: str) -> str:
    """The letters with which a postcode starts: `ME` of `ME10 1AA`."""
    return postcode[: 2 if postcode[1:2].isalpha() else 1]


def _rows(file: CsvFile) -> Iterator[PostcodeRow]:
    for line, row in file.rows():
        if _is_header(row):
            continue
        found = _postcode(row[_POSTCODE])
        numbers = numbers_at(row, (_QUALITY, _EAST, _NORTH))
        if len(row) < _WIDTH or found is None or numbers is None:
            raise DeclarationError(f"{file.name}, line {line}: not as {PRODUCT} is laid out{_what_it_is(row)}")
        if numbers[0] < _NO_POSITION:
            yield PostcodeRow(found, numbers[1], numbers[2])


def _is_header(row: list[str]) -> bool:
    """The two rows of Doc/Code-Point_Open_Column_Headers.csv, which some put at the top of the data."""
    return len(row) >= _WIDTH and [row[_POSTCODE].strip().casefold(), row[_EAST].strip().casefold()] in (
        ["pc", "ea"],
        ["postcode", "eastings"],
    )


def _postcode(cell: str) -> str | None:
    match = _PATTERN.fullmatch(re.sub(r"\s", "", cell).upper())
    return f"{match[1]} {match[2]}" if match else None


def _what_it_is(row: list[str]) -> str:
    is_names = len(row) > 20 and (row[0].strip().casefold() == "id" or numbers_at(row, (8, 9)) is not None)
    return "; this looks like OS Open Names, which belongs to --names" if is_names else ""
