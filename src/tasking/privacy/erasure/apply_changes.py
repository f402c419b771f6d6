"""Makes the changes of an erasure: in files and Airflow's database first, then in the warehouse."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from tasking.privacy.erasure.changes import (
    Change,
    DatabaseReplacement,
    FileDeletion,
    HeldRowErasure,
    ReferenceReplacement,
    Replacement,
)
from tasking.privacy.erasure.plan import Plan
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import erasure as store
from tasking.privacy.store import redaction
from tasking.privacy.store.certificates import store_certificate
from tasking.privacy.store.freed_pages import merge_words, overwrite_deleted
from tasking.privacy.store.people import ReportRole
from tasking.privacy.store.redaction import Cell, leaves, with_leaves
from tasking.warehouse import audit_log


def change_outside(done: Sequence[Change]) -> Counter[str]:
    """Changes files and Airflow's database. Returns where -> how many.

    Done before the warehouse is changed: as long as that has the person's reports, the erasure can be run again.
    """
    removed: Counter[str] = Counter()
    by_file: dict[Path, list[Replacement]] = defaultdict(list)
    by_database: dict[str, list[Replacement]] = defaultdict(list)
    for change in done:
        target = change.target
        if isinstance(target, FileDeletion):
            target.path.unlink(missing_ok=True)
            removed["kept files" if change.where == "kept file" else "other files"] += 1
        elif isinstance(target, Replacement) and isinstance(target.cell, Path):
            by_file[target.cell].append(target)
        elif isinstance(target, DatabaseReplacement):
            by_database[target.url].append(target.replacement)
    for path, inside in by_file.items():
        if path.exists():  # else it was deleted whole
            _rewrite(path, inside)
            removed["other files"] += 1
    for url, inside in by_database.items():
        with redaction.open_database(url) as engine, engine.begin() as connection:
            values = _new_values(inside)
            redaction.update(connection, values)
            removed["Airflow's database"] += len(values)
    return removed


def _rewrite(path: Path, replacements: Iterable[Replacement]) -> None:
    """Changes lines of a text file in place, so that a task that still has it open can go on writing."""
    by_line: dict[int, list[Replacement]] = defaultdict(list)
    for one in replacements:
        by_line[one.path[0]].append(one._replace(path=one.path[1:]))
    lines = path.read_bytes().decode().splitlines(keepends=True)
    for number, inside in by_line.items():
        body = lines[number].rstrip("\r\n")
        end = lines[number][len(body) :]
        lines[number] = _replaced(body, inside) + end
    with path.open("r+", encoding="utf-8", newline="") as file:
        file.write("".join(lines))
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _new_values(replacements: Iterable[Replacement]) -> list[tuple[Cell, Any]]:
    """Each cell with its new value."""
    cells: dict[tuple[Any, ...], list[Replacement]] = defaultdict(list)
    for one in replacements:
        if isinstance(one.cell, Cell):
            cells[one.cell.table, one.cell.key, one.cell.column].append(one)
    found = []
    for inside in cells.values():
        cell = inside[0].cell
        assert isinstance(cell, Cell)  # noqa: S101 - see above
        found.append((cell, _replaced(cell.value, inside)))
    return found


def _replaced(value: Any, replacements: Iterable[Replacement]) -> Any:
    """The value with all replacements made; one of a whole text takes precedence over those inside it."""
    texts, wanted = dict(leaves(value)), list(replacements)
    whole = {one.path for one in wanted if (one.start, one.end) == (0, len(texts[one.path]))}
    wanted = [one for one in wanted if one.path not in whole or (one.start, one.end) == (0, len(texts[one.path]))]
    new: dict[tuple[Any, ...], str] = {}
    for one in sorted(wanted, key=lambda one: -one.start):
        text = new.get(one.path, texts[one.path])
        new[one.path] = text[: one.start] + one.by + text[one.end :]
    return with_leaves(value, new)


def change_warehouse(
    service: PrivacyService,
    planned: Plan,
    done: Sequence[Change],
    new_key: str,
    certificate: dict[str, Any],
    outside: Counter[str],
) -> None:
    """Changes the warehouse in one transaction, which stores a certificate that says that the work is not done yet."""
    roles = [one.target for one in done if isinstance(one.target, ReportRole)]
    held_ids = {one.target.held_id for one in done if isinstance(one.target, HeldRowErasure)}
    references = {
        (one.target.feed, one.target.old): one.target.new
        for one in done
        if isinstance(one.target, ReferenceReplacement)
    }
    replacements = _cell_replacements(done, roles, held_ids)
    changed_entries = sorted({cell.key[0] for cell, _ in replacements if cell.table == "log"})
    removed: Counter[str] = Counter()
    with service.warehouse.writing() as connection:
        overwrite_deleted(connection)
        removed += store.store_cells(connection, _new_values(one for _, one in replacements))
        removed += store.erase_reports(connection, roles, new_key)
        removed["held rows"] = store.empty_held(connection, held_ids)
        removed += store.replace_references(connection, planned.ids, references)
        merge_words(connection)
        certificate["removed"] = dict(sorted((+(removed + outside)).items()))
        text = json.dumps(certificate, ensure_ascii=False, indent=2)
        note = audit_log.note_of_erasure("begun", changed_entries)
        store_certificate(connection, certificate["erasure"], text, certificate["by"], note, service.clock())


def _cell_replacements(
    done: Sequence[Change], roles: Sequence[ReportRole], held_ids: Collection[str]
) -> list[tuple[Cell, Replacement]]:
    """The replacements in cells of the warehouse, without those in reports and held rows that are emptied anyway."""
    emptied = {(one.report_id, one.revision) for one in roles}
    found = []
    for target in (one.target for one in done if isinstance(one.target, Replacement)):
        cell = target.cell
        if not isinstance(cell, Cell):
            continue
        if cell.table == "held" and cell.key[0] in held_ids and cell.column != "reason":
            continue
        if cell.column in ("text", "place_text") and cell.key in emptied:
            continue
        found.append((cell, target))
    return found
