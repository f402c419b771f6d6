"""The part of a plan about texts that mention the person: cells of the warehouse, kept deliveries, files, Airflow."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from tasking.privacy.erasure.changes import (
    Change,
    DatabaseReplacement,
    FileDeletion,
    Replacement,
    change_of,
    mention_change,
)
from tasking.privacy.erasure.file_contents import files_under, is_database, kinds_in_file
from tasking.privacy.erasure.mentions import Mention
from tasking.privacy.erasure.own_records import OwnRecords
from tasking.privacy.erasure.person import Person
from tasking.privacy.erasure.search_terms import SearchTerms
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import people as store
from tasking.privacy.store import redaction
from tasking.privacy.store.people import ReportRevision, ReportRole
from tasking.privacy.store.redaction import Cell, leaves
from tasking.privacy.store.text_columns import AIRFLOW_FREE_TEXT, FREE_TEXT
from tasking.warehouse.audit_log import ERASED

_ONLY_SEARCH: Final = "words that only the search afterwards reads as theirs"
_SHOWN: Final = 200  # characters of a text in the list of changes
_SHORTEST_REFERENCE: Final = 6  # of one that is looked for in texts


class OtherTexts:
    """Plans the changes of texts that mention a person, after their own records have been planned."""

    def __init__(
        self,
        service: PrivacyService,
        person: Person,
        terms: SearchTerms,
        revisions: Sequence[ReportRevision],
        own_records: OwnRecords,
    ) -> None:
        self._service, self._person, self._terms = service, person, terms
        self._revisions, self._own_records = revisions, own_records
        self._own_reports = {(one.report_id, one.revision): one for one in person.own_reports}

    def cells(self) -> Iterator[Change]:
        """Mentions in the free text of the warehouse, without what is emptied anyway."""
        emptied = {row.held_id for row in self._own_records.held_rows}
        with self._service.warehouse.engine.connect() as connection:
            for cell in redaction.cells(connection, FREE_TEXT):
                if cell.table == "held" and cell.key[0] in emptied and cell.column in ("row_as_sent", "about"):
                    continue
                is_of_report = cell.table in ("report", "report_person")
                own = self._own_reports.get(cell.key) if is_of_report else None
                if own is not None and _is_emptied(own, cell.column):
                    continue
                is_same_incident = is_of_report and cell.key[0] in self._reports_of_same_incidents
                yield from self._cell(cell, f"{cell.table}.{cell.column}", is_same_incident=is_same_incident)

    def kept_deliveries(self) -> Iterator[Change]:
        """Kept deliveries that contain them. They are deleted whole: a changed file would be no evidence any more."""
        rows = {(one.report_id, one.revision): one for one in self._revisions}
        deliveries = {rows[at].delivery_id for at in self._own_reports}
        deliveries |= {row.delivery_id for row in self._own_records.held_rows}
        theirs = store.files_of(self._service.warehouse, deliveries)
        folder = self._service.archive.folder
        for path in files_under(folder) if folder.is_dir() else ():
            if path.name in theirs:
                kind = "kept delivery with their report"
                yield change_of(kind, "kept file", path.name, True, target=FileDeletion(path))
                continue
            content = path.read_bytes()
            kinds, _ = kinds_in_file(self._terms, content)
            if kinds:
                is_sure = self._is_sure_in_file(kinds, content)
                kind = f"kept delivery with their {' and '.join(sorted(kinds))}"
                yield change_of(kind, "kept file", path.name, is_sure, target=FileDeletion(path))

    def file(self, path: Path, folder: Path) -> Iterator[Change]:
        """Mentions in a file outside the archive; one that is no text is deleted whole."""
        shown = f"{folder.name}/{path.relative_to(folder)}" if path != folder else path.name
        if any(mention.is_sure for mention, _ in self.mentions(path.name)):
            kind = "file whose name says who it is about"
            yield change_of(kind, "other file", shown, True, target=FileDeletion(path))
            return
        content = path.read_bytes()
        changes = list(self._lines(path, content, shown)) if _is_text(content) else []
        kinds, _ = kinds_in_file(self._terms, content)
        yield from changes
        if changes and any(self._is_left_in(text) for text in content.decode("utf-8").splitlines()):
            yield change_of(f"file with {_ONLY_SEARCH}", "other file", shown, False, target=FileDeletion(path))
        if kinds and not changes:
            is_sure = self._is_sure_in_file(kinds, content)
            kind = f"file with their {' and '.join(sorted(kinds))}, which can't be changed"
            yield change_of(kind, "other file", shown, is_sure, target=FileDeletion(path))

    def database(self, url: str) -> Iterator[Change]:
        """Mentions in Airflow's own database."""
        with redaction.open_database(url) as engine, engine.connect() as connection:
            for cell in redaction.cells(connection, AIRFLOW_FREE_TEXT):
                for change in self._cell(cell, f"Airflow: {cell.table}.{cell.column}"):
                    yield replace(change, target=DatabaseReplacement(url, change.target))

    def mentions(self, text: str, *, is_same_incident: bool = False) -> list[tuple[Mention, str]]:
        """The mentions in a text and what each is replaced with; replaced references and ids take precedence."""
        found: list[tuple[Mention, str]] = []
        for old, new in self._replaced_ids():
            if old in text:
                spans = [span for span in _whole_words(text, old) if _is_free(span, found)]
                found += [(Mention(*span, "reference to their report", True), new) for span in spans]
        others = self._person.identifiers.mentions(text, is_same_incident=is_same_incident)
        found += [(one, ERASED) for one in others if _is_free((one.start, one.end), found)]
        return sorted(found)

    @cached_property
    def _reports_of_same_incidents(self) -> set[str]:
        own = {one.report_id for one in self._person.own_reports}
        return store.reports_of_same_incidents(self._service.warehouse, own) | own

    def _cell(self, cell: Cell, where: str, *, is_same_incident: bool = False) -> Iterator[Change]:
        row = ", ".join(map(str, cell.key))
        for path, text in leaves(cell.value):
            for mention, by in self.mentions(text, is_same_incident=is_same_incident):
                target = Replacement(cell, path, mention.start, mention.end, by)
                yield mention_change(mention, where, row, text, target)
            if self._is_left_in(text, is_same_incident=is_same_incident):
                target = Replacement(cell, path, 0, len(text), ERASED)
                yield change_of(_ONLY_SEARCH, where, row, False, match=text[:_SHOWN], target=target)

    def _lines(self, path: Path, content: bytes, shown: str) -> Iterator[Change]:
        """The sure mentions in the lines of a text file."""
        for number, line in enumerate(content.decode("utf-8").splitlines(keepends=True)):
            for inner, text in leaves(line.rstrip("\r\n")):
                for mention, by in self.mentions(text):
                    if mention.is_sure:
                        target = Replacement(path, (number, *inner), mention.start, mention.end, by)
                        yield mention_change(mention, "other file", f"{shown}, line {number + 1}", text, target)

    def _is_left_in(self, text: str, *, is_same_incident: bool = False) -> bool:
        """Whether the search afterwards would still find them in a text once its mentions are replaced."""
        if not self._terms.kinds_in(text):
            return False
        for mention, by in reversed(self.mentions(text, is_same_incident=is_same_incident)):
            text = text[: mention.start] + by + text[mention.end :]
        return bool(self._terms.kinds_in(text))

    def _is_sure_in_file(self, kinds: set[str], content: bytes) -> bool:
        return (self._person.is_sure_by_name or kinds != {"name"}) and not is_database(content)

    def _replaced_ids(self) -> list[tuple[str, str]]:
        """(old, new) of replaced ids and references, the longest first: a report's id contains its reference."""
        replaced = self._own_records.replaced
        references = [(old, new) for (_, old), new in replaced.items() if len(old) >= _SHORTEST_REFERENCE]
        return sorted({*self._own_records.ids.items(), *references}, key=lambda pair: (-len(pair[0]), pair))


def _is_emptied(own: ReportRole, column: str) -> bool:
    """Whether a column is emptied in a report of theirs, so that nothing has to be looked for in it."""
    always = {"text", "place_text"}
    return column in (
        always | ({"caller_name"} if own.is_caller else set()) | ({"subject_name"} if own.is_subject else set())
    )


def _is_text(content: bytes) -> bool:
    if b"\x00" in content or content.startswith((b"%PDF", b"PK\x03\x04")):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _whole_words(text: str, old: str) -> Iterator[tuple[int, int]]:
    """The spans of a text that are a reference, as a word of its own."""
    at = text.find(old)
    while at >= 0:
        end = at + len(old)
        if not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum():
            yield at, end
        at = text.find(old, end)


def _is_free(span: tuple[int, int], taken: Iterable[tuple[Mention, str]]) -> bool:
    return all(span[1] <= one.start or span[0] >= one.end for one, _ in taken)
