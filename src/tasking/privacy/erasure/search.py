"""The search after an erasure: the warehouse by cells and bytes, kept deliveries, other files, Airflow's database."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tasking.privacy.erasure.changes import (
    Change,
    DatabaseReplacement,
    FileDeletion,
    HeldRowErasure,
    OutsideStores,
    ReferenceReplacement,
    Replacement,
)
from tasking.privacy.erasure.file_contents import files_under, kinds_in_file
from tasking.privacy.erasure.search_terms import SearchTerms
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import casefile, redaction
from tasking.privacy.store.freed_pages import database_files
from tasking.privacy.store.people import ReportRole
from tasking.privacy.store.redaction import Cell
from tasking.privacy.store.text_columns import LISTED_REFERENCES, NOT_PERSONAL, REFERENCES
from tasking.warehouse.engine import Warehouse

_CHUNK: Final = 32 * 2**20  # bytes of a database file that are searched at a time
_OVERLAP: Final = 4096
_CACHED: Final = 120  # characters up to which a value that occurs often is searched only once


@dataclass
class SearchResult:
    """What a search came to.

    `places`: where something was found that should be gone. `exempt`: in how many places something was found that was
    left by a person's decision or for a legal hold. `in_other_columns`: columns that hold nothing personal, such as
    names of places -> in how many rows. `unreadable`: kind of file that could not be read -> how many. `back_ups`:
    findings in files that are searched and never changed.
    """

    places: list[str] = field(default_factory=list)
    exempt: int = 0
    in_other_columns: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    back_ups: list[str] = field(default_factory=list)


class Exemptions:
    """What was left unchanged by decision: its cells, rows and files, under the ids that they have after the erasure.

    `changes`: those that were not made. `ids`: old id -> new id.
    """

    def __init__(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        self.cells: set[tuple[str, str, tuple[Any, ...], str]] = set()
        self.rows: set[tuple[str, tuple[Any, ...]]] = set()
        self.files: set[Path] = set()
        self.references: set[str] = set()
        for change in changes:
            target, url = change.target, ""
            if isinstance(target, DatabaseReplacement):
                url, target = target
            if isinstance(target, Replacement) and isinstance(target.cell, Cell):
                key = tuple(ids.get(one, one) if isinstance(one, str) else one for one in target.cell.key)
                self.cells.add((url, target.cell.table, key, target.cell.column))
            elif isinstance(target, Replacement) and isinstance(target.cell, Path):
                self.files.add(target.cell)
            elif isinstance(target, FileDeletion):
                self.files.add(target.path)
            elif isinstance(target, ReferenceReplacement):
                self.references.add(target.old)
            elif isinstance(target, HeldRowErasure):
                self.rows.add(("held", (target.held_id,)))
            elif isinstance(target, ReportRole):
                key = (ids.get(target.report_id, target.report_id), target.revision)
                self.rows |= {("report", key), ("report_person", key)}

    def __contains__(self, at: tuple[str, Cell]) -> bool:
        url, cell = at
        if (url, cell.table, cell.key, cell.column) in self.cells:
            return True
        return not url and ((cell.table, cell.key) in self.rows or self._has_reference(cell))

    def _has_reference(self, cell: Cell) -> bool:
        """Whether a column of references contains one that was left."""
        columns = (*REFERENCES.get(cell.table, ()), *LISTED_REFERENCES.get(cell.table, ()))
        return cell.column in columns and any(one in _text(cell.value) for one in self.references)


def search(
    service: PrivacyService, terms: SearchTerms, exempt: Exemptions, outside: OutsideStores, *, are_pages_gone: bool
) -> SearchResult:
    """Searches everything that is kept for the terms.

    `are_pages_gone`: deleted rows are off the disk, so that the bytes of the database file are searched too.
    """
    found = SearchResult()
    _search_warehouse(service.warehouse, terms, exempt, found, are_pages_gone=are_pages_gone)
    for folder in (service.archive.folder, *outside.folders):
        _search_folder(folder, terms, exempt, found)
    for url in outside.databases:
        with redaction.open_database(url) as engine, engine.connect() as connection:
            for cell in _cells_with(connection, terms):
                if (url, cell) in exempt:
                    found.exempt += 1
                else:
                    found.places.append(f"Airflow: {cell.table}.{cell.column}")
    for folder in outside.only_searched:
        _search_back_ups(folder, terms, found)
    return found


def _search_folder(folder: Path, terms: SearchTerms, exempt: Exemptions, found: SearchResult) -> None:
    for path in files_under(folder) if folder.exists() else ():
        kinds, unreadable = kinds_in_file(terms, path.read_bytes())
        found.unreadable.update(set(unreadable))
        if terms.kinds_in(path.name):
            kinds.add("name of the file")
        if kinds and path in exempt.files:
            found.exempt += 1
        elif kinds:
            found.places.append(f"{folder.name}/{path.relative_to(folder)}")


def _search_back_ups(folder: Path, terms: SearchTerms, found: SearchResult) -> None:
    for path in files_under(folder):
        kinds, unreadable = kinds_in_file(terms, path.read_bytes())
        if kinds:
            found.back_ups.append(f"{path.name}: they are in it")
        elif unreadable:
            found.back_ups.append(f"{path.name}: could not be looked into ({', '.join(sorted(set(unreadable)))})")


def _search_warehouse(
    warehouse: Warehouse, terms: SearchTerms, exempt: Exemptions, found: SearchResult, *, are_pages_gone: bool
) -> None:
    with warehouse.engine.connect() as connection:
        for cell in _cells_with(connection, terms):
            if ("", cell) in exempt:
                found.exempt += 1
            elif cell.column in NOT_PERSONAL.get(cell.table, ()):
                found.in_other_columns[f"{cell.table}.{cell.column}"] += 1
            else:
                found.places.append(f"{cell.table}.{cell.column}")
        for content in casefile.documents(connection):
            kinds, unreadable = kinds_in_file(terms, content)
            found.unreadable.update({*unreadable, *({"a document on an incident, which names them"} if kinds else ())})
        for text in redaction.statistics(connection):
            if terms.kinds_in(text) and not (found.exempt or found.in_other_columns):
                found.places.append("the statistics that PostgreSQL keeps of columns")
    # Exempt rows are in the file too, so the bytes are searched only where there are none.
    if are_pages_gone and not (found.exempt or found.in_other_columns or found.places):
        for path in database_files(warehouse.engine):
            if _is_in_bytes(path, terms) and not _is_in_part(warehouse, terms):
                found.places.append(f"the bytes of {path.name}")


def _cells_with(connection: Any, terms: SearchTerms) -> Iterator[Cell]:
    seen: dict[str, bool] = {}
    for cell in redaction.every_cell(connection):
        text = _text(cell.value)
        if len(text) > _CACHED:
            is_found = _is_in_text(text, terms)
        else:
            is_found = seen[text] if text in seen else seen.setdefault(text, _is_in_text(text, terms))
        if is_found:
            yield cell


def _is_in_part(warehouse: Warehouse, terms: SearchTerms) -> bool:
    """Whether a cell has a term inside something longer, such as `ann@` in `joann@`: bytes do not tell these apart."""
    with warehouse.engine.connect() as connection:
        return any(terms.kinds_in(_text(cell.value), is_raw=True) for cell in redaction.every_cell(connection))


def _is_in_text(text: str, terms: SearchTerms) -> bool:
    return bool(terms.kinds_in(text)) or (
        "\\u" in text and bool(kinds_in_file(terms, text.encode("utf-8", "replace"))[0])
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False, default=str)


def _is_in_bytes(path: Path, terms: SearchTerms) -> bool:
    with path.open("rb") as file:
        before = b""
        while chunk := file.read(_CHUNK):
            if terms.kinds_in_bytes(before + chunk):
                return True
            before = chunk[-_OVERLAP:]
    return False
