"""The search afterwards: the warehouse by cells and by bytes, kept deliveries, other files, Airflow's database."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tasking.privacy.erasure.changes import Change, Elsewhere, Held, Outside, Reference, Spot, Whole
from tasking.privacy.erasure.remains import Statement, files_under, kinds_in_file
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import redaction
from tasking.privacy.store.erasure import Known
from tasking.privacy.store.freed_pages import files_of
from tasking.privacy.store.redaction import Cell
from tasking.privacy.store.text_columns import LISTED_REFERENCES, OURS, REFERENCES
from tasking.warehouse.engine import Warehouse

_CHUNK: Final = 32 * 2**20  # bytes of a database's file that are looked at at a time
_OVERLAP: Final = 4096
_REMEMBERED: Final = 120  # characters of a value that is looked at once, however often it stands there


@dataclass
class Found:
    """What a search came to.

    `places`: where something was found that should be gone. `left`: in how many places something was left by a
    person's decision or a legal hold. `ours`: columns that hold no words of anybody, such as names of places -> in how
    many rows. `closed`: what could not be looked into. `back_ups`: files that were only looked through.
    """

    places: list[str] = field(default_factory=list)
    left: int = 0
    ours: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    back_ups: list[str] = field(default_factory=list)


class Left:
    """What was not changed, on somebody's word: its cells, rows and files, under the ids that they have now."""

    def __init__(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        self.cells: set[tuple[str, str, tuple[Any, ...], str]] = set()
        self.rows: set[tuple[str, tuple[Any, ...]]] = set()
        self.files: set[Path] = set()
        self.references: set[str] = set()
        for change in changes:
            target, url = change.target, ""
            if isinstance(target, Outside):
                url, target = target
            if isinstance(target, Spot) and isinstance(target.cell, Cell):
                key = tuple(ids.get(one, one) if isinstance(one, str) else one for one in target.cell.key)
                self.cells.add((url, target.cell.table, key, target.cell.column))
            elif isinstance(target, Spot) and isinstance(target.cell, Path):
                self.files.add(target.cell)
            elif isinstance(target, Whole):
                self.files.add(target.path)
            elif isinstance(target, Reference):
                self.references.add(target.old)
            elif isinstance(target, Held):
                self.rows.add(("held", (target.held_id,)))
            elif isinstance(target, Known):
                key = (ids.get(target.report_id, target.report_id), target.revision)
                self.rows |= {("report", key), ("report_person", key)}

    def __contains__(self, at: tuple[str, Cell]) -> bool:
        url, cell = at
        if (url, cell.table, cell.key, cell.column) in self.cells:
            return True
        return not url and ((cell.table, cell.key) in self.rows or self._has_reference(cell))

    def _has_reference(self, cell: Cell) -> bool:
        """Whether a column of references has one that has to stay."""
        columns = (*REFERENCES.get(cell.table, ()), *LISTED_REFERENCES.get(cell.table, ()))
        return cell.column in columns and any(one in _text(cell.value) for one in self.references)


def search(
    service: PrivacyService, statement: Statement, left: Left, elsewhere: Elsewhere, *, are_pages_gone: bool
) -> Found:
    """Looks through everything for what `statement` says may not be found."""
    found = Found()
    _search_warehouse(service.warehouse, statement, left, found, are_pages_gone=are_pages_gone)
    folders = [service.archive.folder, *elsewhere.folders]
    for folder in folders:
        for path in files_under(folder) if folder.exists() else ():
            kinds, closed = kinds_in_file(statement, path.read_bytes())
            found.closed.update(set(closed))
            if statement.kinds_in(path.name):
                kinds.add("name of the file")
            if kinds and path in left.files:
                found.left += 1
            elif kinds:
                found.places.append(f"{folder.name}/{path.relative_to(folder)}")
    for url in elsewhere.databases:
        with redaction.opened(url) as engine, engine.connect() as connection:
            for cell in _cells_with(connection, statement):
                if (url, cell) in left:
                    found.left += 1
                else:
                    found.places.append(f"Airflow: {cell.table}.{cell.column}")
    for folder in elsewhere.only_searched:
        for path in files_under(folder):
            kinds, closed = kinds_in_file(statement, path.read_bytes())
            if kinds:
                found.back_ups.append(f"{path.name}: they are in it")
            elif closed:
                found.back_ups.append(f"{path.name}: could not be looked into ({', '.join(sorted(set(closed)))})")
    return found


def _search_warehouse(
    warehouse: Warehouse, statement: Statement, left: Left, found: Found, *, are_pages_gone: bool
) -> None:
    with warehouse.engine.connect() as connection:
        for cell in _cells_with(connection, statement):
            if ("", cell) in left:
                found.left += 1
            elif cell.column in OURS.get(cell.table, ()):
                found.ours[f"{cell.table}.{cell.column}"] += 1
            else:
                found.places.append(f"{cell.table}.{cell.column}")
        for text in redaction.statistics(connection):
            if statement.kinds_in(text) and not (found.left or found.ours):
                found.places.append("the statistics that PostgreSQL keeps of columns")
    # Rows that were left on purpose are in the file too. That nothing else is, the emptied pages say.
    if are_pages_gone and not (found.left or found.ours or found.places):
        for path in files_of(warehouse.engine):
            if _is_in_bytes(path, statement) and not _is_in_part(warehouse, statement):
                found.places.append(f"the bytes of {path.name}")


def _cells_with(connection: Any, statement: Statement) -> Iterator[Cell]:
    seen: dict[str, bool] = {}
    for cell in redaction.every_cell(connection):
        text = _text(cell.value)
        if len(text) > _REMEMBERED:
            is_found = _is_in_text(text, statement)
        else:
            is_found = seen[text] if text in seen else seen.setdefault(text, _is_in_text(text, statement))
        if is_found:
            yield cell


def _is_in_part(warehouse: Warehouse, statement: Statement) -> bool:
    """Whether a cell has it as a part of something longer: `ann@` in `joann@`. In bytes the two look the same."""
    with warehouse.engine.connect() as connection:
        return any(statement.kinds_in(_text(cell.value), is_raw=True) for cell in redaction.every_cell(connection))


def _is_in_text(text: str, statement: Statement) -> bool:
    return bool(statement.kinds_in(text)) or (
        "\\u" in text and bool(kinds_in_file(statement, text.encode("utf-8", "replace"))[0])
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_in_bytes(path: Path, statement: Statement) -> bool:
    with path.open("rb") as file:
        before = b""
        while chunk := file.read(_CHUNK):
            if statement.kinds_in_bytes(before + chunk):
                return True
            before = chunk[-_OVERLAP:]
    return False
