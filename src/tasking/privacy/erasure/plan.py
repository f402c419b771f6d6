"""What an erasure would change, change by change, before anything is changed: what is sure, and what may be theirs."""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tasking.model.errors import TaskingError
from tasking.privacy.erasure.changes import (
    Change,
    Elsewhere,
    Held,
    Outside,
    Reference,
    Spot,
    Whole,
    change_of,
    in_context,
)
from tasking.privacy.erasure.contacts import emails_in, phones_in
from tasking.privacy.erasure.mentions import Mention, holds_person
from tasking.privacy.erasure.names import is_same_name, names_in
from tasking.privacy.erasure.person import Person
from tasking.privacy.erasure.remains import Statement, files_under, is_database, kinds_in_file, statement_of
from tasking.privacy.erasure.words import words_in
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import erasure as store
from tasking.privacy.store import legal_holds, redaction
from tasking.privacy.store.erasure import HeldRow, Known, Told
from tasking.privacy.store.redaction import Cell, leaves
from tasking.privacy.store.text_columns import AIRFLOW_WORDS, WORDS
from tasking.warehouse.audit_log import ERASED

_ONLY_SEARCH: Final = "words that only the search afterwards reads as theirs"
_SHOWN: Final = 200
_SHORTEST_REFERENCE: Final = 6  # of one that is looked for in texts


@dataclass(frozen=True)
class Plan:
    """Everything that an erasure would change. `blocked`: changes that a legal hold on others' data forbids, in words.

    `ids`: old id -> new one, of reports and incidents, once the sure references are replaced.
    """

    person: Person
    statement: Statement
    changes: tuple[Change, ...]
    blocked: tuple[Change, ...]
    ids: Mapping[str, str]

    def ticked(self, decided: Mapping[str, bool], *, is_whole: bool = False) -> tuple[list[Change], list[Change]]:
        """(what is done, what is left) where a person decided about some changes by id, and the rest is as it is sure.

        `is_whole`: they decided about all of it, so that what is not named is left, references excepted.

        Raises TaskingError for an id that is none of these: the data has changed since it was listed.
        """
        known = {one.change_id for one in self.changes}
        strange = sorted(set(decided) - known)
        kept = [
            one for one in self.changes if isinstance(one.target, Reference) and not decided.get(one.change_id, True)
        ]
        if kept:
            raise TaskingError(f"{kept[0].change_id}: a reference that says who they are can't be left as it is")
        if strange:
            raise TaskingError(f"{strange[0]} is no change of this erasure (any more): list them again with --dry-run")
        done = [
            one
            for one in self.changes
            if decided.get(one.change_id, one.is_sure and (not is_whole or isinstance(one.target, Reference)))
        ]
        return done, [one for one in self.changes if one not in done]


def plan(service: PrivacyService, person: Person, elsewhere: Elsewhere) -> Plan:
    """Looks through everything for a person. Nothing is changed. Raises WarehouseError where Airflow's database does
    not open."""
    told = store.everybody(service.warehouse)
    holds = legal_holds.in_force(service.warehouse)
    with service.warehouse.engine.connect() as connection:
        kept = legal_holds.reports_held(connection, holds)
    planner = _Planner(service, person, told, kept)
    changes = [*planner.reports(), *planner.references(), *planner.held_rows()]
    changes += planner.cells_of_warehouse()
    changes += planner.kept_files()
    for folder in elsewhere.folders:
        for path in files_under(folder):
            changes += planner.file(path, folder)
    for url in elsewhere.databases:
        changes += planner.database(url)
    blocked = tuple(one for one in changes if planner.is_blocked(one))
    free = tuple(one for one in changes if not planner.is_blocked(one))
    return Plan(person, planner.statement, free, blocked, planner.ids)


class _Planner:
    def __init__(self, service: PrivacyService, person: Person, told: Sequence[Told], kept: Collection[str]) -> None:
        self.service, self.person, self.told, self.kept = service, person, told, frozenset(kept)
        self.sought = person.sought
        self.own = {(one.report_id, one.revision): one for one in person.known}
        self.own_ids = {one.report_id for one in person.known}
        self.near = store.reports_near(service.warehouse, self.own_ids) | self.own_ids
        names = [name.written for name in self.sought.names if name.is_full]
        self.statement = statement_of(names, [*self.sought.phones, *self.sought.emails])
        self.held = store.held_rows(service.warehouse)
        self.replaced: dict[tuple[str, str], str] = {}  # (feed, reference) -> another
        self.ids: dict[str, str] = {}
        self.own_held: list[HeldRow] = []
        self.kept_files_of_holds = store.files_of(
            service.warehouse, {one.delivery_id for one in told if one.report_id in self.kept}
        )

    def is_blocked(self, change: Change) -> bool:
        """Whether a legal hold keeps what would be changed."""
        if isinstance(change.target, Whole):
            return change.target.path.name in self.kept_files_of_holds
        if isinstance(change.target, Spot) and isinstance(change.target.cell, Cell):
            cell = change.target.cell
            return cell.table in ("report", "report_person") and cell.key[0] in self.kept
        if isinstance(change.target, Reference):
            return not change.target.new
        return isinstance(change.target, Known) and change.target.report_id in self.kept

    def reports(self) -> Iterator[Change]:
        """Their own reports, whole."""
        rows = {(one.report_id, one.revision): one for one in self.told}
        for is_sure, known in ((True, self.person.known), (False, self.person.possible)):
            for one in known:
                row = rows[one.report_id, one.revision]
                kind = " and ".join(
                    word
                    for word, holds in (("report by them", one.is_caller), ("report about them", one.is_subject))
                    if holds
                )
                cells = (row.caller_name, row.caller_phone, row.subject_name)
                told = "; ".join(str(value) for value in cells if value)
                where = f"{one.report_id} (revision {one.revision})"
                kind = kind if is_sure else f"{kind}, perhaps"
                yield change_of(kind, "report", where, is_sure, match=told, target=one)

    def references(self) -> Iterator[Change]:
        """References that say who they are. Those that surely do are replaced in all that is listed after this."""
        seen: set[tuple[str, str]] = set()
        ids: dict[str, str] = {}
        mine = {(one.feed, one.source_ref) for one in self.told if one.report_id in self.own_ids}
        held = {(one.feed, one.source_ref) for one in self.told if one.report_id in self.kept}
        pairs = [(one.feed, one.source_ref, one.report_id) for one in self.told]
        pairs += [(one.feed, one.source_ref, "") for one in self.held if one.source_ref]
        for feed, reference, report_id in pairs:
            is_theirs = (feed, reference) in mine
            if (feed, reference) not in seen:
                seen.add((feed, reference))
                why = holds_person(reference, self.sought, is_theirs=is_theirs)
                if why and (is_theirs or self.person.is_sure_by_name or "name" not in why):
                    new = "" if (feed, reference) in held else f"erased-{secrets.token_hex(5)}"
                    if new:
                        self.replaced[feed, reference] = new
                    target = Reference(feed, reference, new)
                    yield change_of(why, "reference", feed, True, match=reference, target=target)
            if (feed, reference) in self.replaced and report_id.endswith(reference):
                ids[report_id] = report_id[: -len(reference)] + self.replaced[feed, reference]
        self.ids = store.new_ids(self.service.warehouse, ids) if ids else {}

    def held_rows(self) -> Iterator[Change]:
        """Held rows that are theirs: emptied whole."""
        for row in self.held:
            is_sure = self._is_theirs(row)
            if is_sure is not None and row.row_as_sent:
                if is_sure:
                    self.own_held.append(row)
                told = "; ".join(str(cell) for cell in row.row_as_sent.values() if cell)[:200]
                kind = "held row of theirs" if is_sure else "held row, perhaps theirs"
                yield change_of(kind, "held", row.held_id, is_sure, match=told, target=Held(row.held_id))

    def _is_theirs(self, row: HeldRow) -> bool | None:
        """Whether a held row is by or about them: surely, perhaps, or (None) not."""
        feed = self.service.feeds.get(row.feed)
        if feed is None:
            return None
        contact = " ".join([_cell(row, feed.fields.caller_phone), _cell(row, feed.fields.caller_email)])
        if phones_in(words_in(contact), contact, self.sought.phones) or emails_in(contact, self.sought.emails):
            return True
        caller, subject = _cell(row, feed.fields.caller_name), _cell(row, feed.fields.subject_name)
        named = [
            is_same_name(one, name)
            for cell in (caller, subject)
            for one in names_in(cell)
            for name in self.sought.names
        ]
        if any(named):
            return self.person.is_sure_by_name and (not contact.strip() or not any(
                is_same_name(one, name) for one in names_in(caller) for name in self.sought.names))  # fmt: skip
        return None

    def cells_of_warehouse(self) -> Iterator[Change]:
        """Words of others, and of ours, that speak of them."""
        emptied = {row.held_id for row in self.own_held}
        with self.service.warehouse.engine.connect() as connection:
            for cell in redaction.cells(connection, WORDS):
                if cell.table == "held" and cell.key[0] in emptied and cell.column in ("row_as_sent", "about"):
                    continue
                own = self.own.get(cell.key) if cell.table in ("report", "report_person") else None
                if own is not None and _is_emptied(own, cell.column):
                    continue
                is_near = cell.table in ("report", "report_person") and cell.key[0] in self.near
                yield from self._cell(cell, f"{cell.table}.{cell.column}", is_near=is_near)

    def _cell(self, cell: Cell, where: str, *, is_near: bool = False) -> Iterator[Change]:
        row = ", ".join(map(str, cell.key))
        for path, text in leaves(cell.value):
            for mention, by in self.mentions(text, is_near=is_near):
                spot = Spot(cell, path, mention.start, mention.end, by)
                yield in_context(mention, where, row, text, spot)
            if self._is_left_in(text, is_near=is_near):
                spot = Spot(cell, path, 0, len(text), ERASED)
                yield change_of(_ONLY_SEARCH, where, row, False, match=text[:_SHOWN], target=spot)

    def _is_left_in(self, text: str, *, is_near: bool = False) -> bool:
        """Whether the search afterwards would find them in a text without the mentions."""
        if not self.statement.kinds_in(text):
            return False
        for mention, by in reversed(self.mentions(text, is_near=is_near)):
            text = text[: mention.start] + by + text[mention.end :]
        return bool(self.statement.kinds_in(text))

    def mentions(self, text: str, *, is_near: bool = False) -> list[tuple[Mention, str]]:
        """The mentions in a text with what comes in their place; replaced references and ids first."""
        found: list[tuple[Mention, str]] = []
        for old, new in self._needles():
            if old in text:
                spans = [span for span in _places(text, old) if _is_free(span, found)]
                found += [(Mention(*span, "reference to their report", True), new) for span in spans]
        others = self.sought.mentions(text, is_near=is_near)
        found += [(one, ERASED) for one in others if _is_free((one.start, one.end), found)]
        return sorted(found)

    def _needles(self) -> list[tuple[str, str]]:
        """Ids and references that are replaced, the longest first: a report's id has its reference in it."""
        short = [(old, new) for (_, old), new in self.replaced.items() if len(old) >= _SHORTEST_REFERENCE]
        return sorted({*self.ids.items(), *short}, key=lambda pair: (-len(pair[0]), pair))

    def kept_files(self) -> Iterator[Change]:
        """Kept deliveries with them in it: changed, one would be evidence of nothing, so it goes whole."""
        rows = {(one.report_id, one.revision): one for one in self.told}
        came = {rows[at].delivery_id for at in self.own} | {row.delivery_id for row in self.own_held}
        theirs = store.files_of(self.service.warehouse, came)
        for path in files_under(self.service.archive.folder) if self.service.archive.folder.is_dir() else ():
            if path.name in theirs:
                yield change_of("kept delivery with their report", "kept file", path.name, True, target=Whole(path))
                continue
            kinds, _ = kinds_in_file(self.statement, path.read_bytes())
            if kinds:
                content = path.read_bytes()
                is_sure = (self.person.is_sure_by_name or kinds != {"name"}) and not is_database(content)
                kind = f"kept delivery with their {' and '.join(sorted(kinds))}"
                yield change_of(kind, "kept file", path.name, is_sure, target=Whole(path))

    def file(self, path: Path, folder: Path) -> Iterator[Change]:
        """A file outside: of a text the words go, anything else goes whole."""
        shown = f"{folder.name}/{path.relative_to(folder)}" if path != folder else path.name
        in_name = [mention for mention, _ in self.mentions(path.name) if mention.is_sure]
        if in_name:
            yield change_of("file whose name tells who it is about", "other file", shown, True, target=Whole(path))
            return
        content = path.read_bytes()
        changes = list(self._lines(path, content, shown)) if _is_text(content) else []
        kinds, _ = kinds_in_file(self.statement, content)
        yield from changes
        if changes and any(self._is_left_in(text) for text in content.decode("utf-8").splitlines()):
            yield change_of(f"file with {_ONLY_SEARCH}", "other file", shown, False, target=Whole(path))
        if kinds and not changes:
            is_sure = (self.person.is_sure_by_name or kinds != {"name"}) and not is_database(content)
            kind = f"file with their {' and '.join(sorted(kinds))}, which can't be changed"
            yield change_of(kind, "other file", shown, is_sure, target=Whole(path))

    def _lines(self, path: Path, content: bytes, shown: str) -> Iterator[Change]:
        lines = content.decode("utf-8").splitlines(keepends=True)
        for number, line in enumerate(lines):
            body = line.rstrip("\r\n")
            for inner, text in leaves(body):
                for mention, by in self.mentions(text):
                    spot = Spot(path, (number, *inner), mention.start, mention.end, by)
                    if mention.is_sure:
                        yield in_context(mention, "other file", f"{shown}, line {number + 1}", text, spot)

    def database(self, url: str) -> Iterator[Change]:
        """Airflow's own database."""
        with redaction.opened(url) as engine, engine.connect() as connection:
            for cell in redaction.cells(connection, AIRFLOW_WORDS):
                for change in self._cell(cell, f"Airflow: {cell.table}.{cell.column}"):
                    yield replace(change, target=Outside(url, change.target))


def _is_emptied(own: Known, column: str) -> bool:
    """Whether a column is emptied in a report of theirs, so that nothing in it has to be looked for."""
    always = {"text", "place_text"}
    return column in (
        always | ({"caller_name"} if own.is_caller else set()) | ({"subject_name"} if own.is_subject else set())
    )


def _cell(row: HeldRow, columns: str | Iterable[str] | None) -> str:
    names = [columns] if isinstance(columns, str) else list(columns or ())
    return " ".join(str(row.row_as_sent[name]) for name in names if row.row_as_sent.get(name) is not None)


def _is_text(content: bytes) -> bool:
    if b"\x00" in content or content.startswith((b"%PDF", b"PK\x03\x04")):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _places(text: str, old: str) -> Iterator[tuple[int, int]]:
    """Where a reference stands in a text as a word of its own."""
    at = text.find(old)
    while at >= 0:
        end = at + len(old)
        if not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum():
            yield at, end
        at = text.find(old, end)


def _is_free(span: tuple[int, int], taken: Iterable[tuple[Mention, str]]) -> bool:
    return all(span[1] <= one.start or span[0] >= one.end for one, _ in taken)
