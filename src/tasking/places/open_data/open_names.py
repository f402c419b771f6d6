"""Streets, settlements and sites from OS Open Names, as Ordnance Survey ships it: a zip or folder with Data and Doc.

The data have no header; Doc/OS_Open_Names_Header.csv has it. The national set has 819 files, one for each 20 km square
of the National Grid, of which only those that the district reaches are read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Final, NamedTuple

from tasking.model.errors import DeclarationError
from tasking.places.open_data.csv_sources import CsvFile, csv_files, numbers_at

PRODUCT: Final = "OS Open Names"
_COLUMNS: Final = (
    "ID", "NAMES_URI", "NAME1", "NAME1_LANG", "NAME2", "NAME2_LANG", "TYPE", "LOCAL_TYPE", "GEOMETRY_X", "GEOMETRY_Y",
    "MOST_DETAIL_VIEW_RES", "LEAST_DETAIL_VIEW_RES", "MBR_XMIN", "MBR_YMIN", "MBR_XMAX", "MBR_YMAX",
)  # fmt: skip
_NEEDED: Final = ("NAME1", "TYPE", "LOCAL_TYPE", "GEOMETRY_X", "GEOMETRY_Y")
_BOX: Final = ("MBR_XMIN", "MBR_YMIN", "MBR_XMAX", "MBR_YMAX")
_SQUARE: Final = re.compile(r"([A-HJ-Z])([A-HJ-Z])(?:(\d)(\d))?\.csv", re.IGNORECASE)
_LETTERS: Final = ascii_uppercase.replace("I", "")  # of the National Grid
_MOST_NAME: Final = 250  # characters, as the product's specification has it

Box = tuple[float, float, float, float]  # west, south, east, north in metres


class NamedRow(NamedTuple):
    """A row. `names`: the one or two that it has; `size_m`: the longer side of its bounding box, 0 without one."""

    names: tuple[str, ...]
    kind: str  # TYPE, such as populatedPlace
    local_type: str  # LOCAL_TYPE, such as Village
    east_m: float
    north_m: float
    size_m: float


def read_open_names(source: Path, within: Box) -> Iterator[NamedRow]:
    """The names in a box. Raises DeclarationError, naming the file and what is otherwise than OS lays it out."""
    files = csv_files(source, PRODUCT)
    columns: Mapping[str, int] | None = None
    for file in files:
        first = next(file.rows(), None)
        if first is not None and not _is_data(first[1]):
            columns = _columns_of(file.name, first[1])
            break
    for file in files:
        yield from _rows(file, columns or {name: at for at, name in enumerate(_COLUMNS)}, within)


def _rows(file: CsvFile, columns: Mapping[str, int], within: Box) -> Iterator[NamedRow]:
    for number, (line, row) in enumerate(file.rows()):
        if not number and not _is_data(row):
            columns = _columns_of(file.name, row)
            continue
        at = numbers_at(row, (columns["GEOMETRY_X"], columns["GEOMETRY_Y"]))
        if at is None or len(row) <= max(columns[name] for name in _NEEDED):
            raise DeclarationError(f"{file.name}, line {line}: not as {PRODUCT} is laid out{_what_it_is(row)}")
        if not number and _is_elsewhere(file.name, at, within):
            return
        if within[0] <= at[0] <= within[2] and within[1] <= at[1] <= within[3]:
            yield _named(row, columns, at)


def _named(row: Sequence[str], columns: Mapping[str, int], at: Sequence[float]) -> NamedRow:
    def cell(name: str) -> str:
        place = columns.get(name, len(row))
        return row[place].strip()[:_MOST_NAME] if place < len(row) else ""

    box = numbers_at(list(row), [columns.get(name, len(row)) for name in _BOX])
    names = tuple(dict.fromkeys(filter(None, (cell("NAME1"), cell("NAME2")))))
    size_m = max(box[2] - box[0], box[3] - box[1], 0.0) if box else 0.0
    return NamedRow(names, cell("TYPE"), cell("LOCAL_TYPE"), at[0], at[1], size_m)


def _is_data(row: Sequence[str]) -> bool:
    """Whether a row has a position where OS puts it; a header has not."""
    return numbers_at(list(row), (8, 9)) is not None


def _columns_of(name: str, header: Sequence[str]) -> dict[str, int]:
    found = {cell.strip().upper(): place for place, cell in reversed(list(enumerate(header)))}
    if lacking := [one for one in _NEEDED if one not in found]:
        raise DeclarationError(f"{name}: column {lacking[0]} is missing; {PRODUCT} has it{_what_it_is(header)}")
    return found


def _what_it_is(row: Sequence[str]) -> str:
    is_postcodes = 10 <= len(row) < 20 and numbers_at(list(row), (1, 2, 3)) is not None
    return "; this looks like Code-Point Open, which belongs to --postcodes" if is_postcodes else ""


def _is_elsewhere(name: str, first: Sequence[float], within: Box) -> bool:
    """Whether a file is of a square that the box does not touch, by its name and its first row."""
    square = square_of(name)
    if square is None:
        return False
    west, south, east, north = square
    if not (west <= first[0] <= east and south <= first[1] <= north):
        return False  # the name says nothing of what is in it
    return west > within[2] or east < within[0] or south > within[3] or north < within[1]


def square_of(name: str) -> Box | None:
    """The square of the National Grid that a file's name stands for: `TQ.csv` is 100 km wide, `TQ64.csv` 20 km."""
    match = _SQUARE.fullmatch(name)
    if match is None:
        return None
    first, second = (_LETTERS.index(match[one].upper()) for one in (1, 2))
    west = ((first - 2) % 5 * 5 + second % 5) * 100_000
    south = (19 - first // 5 * 5 - second // 5) * 100_000
    size = 100_000
    if match[3]:
        west, south, size = west + int(match[3]) * 10_000, south + int(match[4]) * 10_000, 20_000
    return float(west), float(south), float(west + size), float(south + size)
