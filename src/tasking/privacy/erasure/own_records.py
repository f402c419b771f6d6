"""The part of a plan about the person's own records: their reports, references that identify them, their held rows."""

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from tasking.privacy.erasure.changes import Change, HeldRowErasure, ReferenceReplacement, change_of
from tasking.privacy.erasure.contacts import emails_in, phones_in
from tasking.privacy.erasure.name_parsing import names_in
from tasking.privacy.erasure.names import is_same_name
from tasking.privacy.erasure.person import Person
from tasking.privacy.erasure.references import kind_in_reference
from tasking.privacy.erasure.words import words_in
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import people as store
from tasking.privacy.store.people import HeldRow, ReportRevision, ReportRole

_SHOWN: Final = 200  # characters of a held row in the list of changes


class OwnRecords:
    """Plans the changes of a person's own records.

    `kept`: ids of reports under legal holds. After `changes()`: `replaced` has (feed, reference) -> new reference,
    `ids` old id -> new id of reports and incidents, and `held_rows` the held rows that are surely theirs.
    """

    def __init__(
        self, service: PrivacyService, person: Person, revisions: Sequence[ReportRevision], kept: Collection[str]
    ) -> None:
        self.replaced: dict[tuple[str, str], str] = {}
        self.ids: dict[str, str] = {}
        self.held_rows: list[HeldRow] = []
        self._service, self._person, self._revisions, self._kept = service, person, revisions, kept
        self._report_ids = {one.report_id for one in person.own_reports}
        self._every_held_row = store.held_rows(service.warehouse)

    def changes(self) -> list[Change]:
        """The changes of reports, references and held rows."""
        return [*self._reports(), *self._references(), *self._held_rows()]

    def _reports(self) -> Iterator[Change]:
        rows = {(one.report_id, one.revision): one for one in self._revisions}
        for is_sure, roles in ((True, self._person.own_reports), (False, self._person.possible_reports)):
            for one in roles:
                row = rows[one.report_id, one.revision]
                cells = (row.caller_name, row.caller_phone, row.subject_name)
                shown = "; ".join(str(value) for value in cells if value)
                where = f"{one.report_id} (revision {one.revision})"
                kind = _role_words(one) if is_sure else f"{_role_words(one)}, perhaps"
                yield change_of(kind, "report", where, is_sure, match=shown, target=one)

    def _references(self) -> Iterator[Change]:
        """References that identify the person. They are replaced in everything that is planned after this."""
        seen: set[tuple[str, str]] = set()
        ids: dict[str, str] = {}
        theirs = {(one.feed, one.source_ref) for one in self._revisions if one.report_id in self._report_ids}
        kept = {(one.feed, one.source_ref) for one in self._revisions if one.report_id in self._kept}
        for feed, reference, report_id in self._every_reference():
            at = feed, reference
            if at not in seen:
                seen.add(at)
                kind = self._kind_in(reference, is_theirs=at in theirs)
                if kind:
                    new = "" if at in kept else f"erased-{secrets.token_hex(5)}"
                    if new:
                        self.replaced[at] = new
                    target = ReferenceReplacement(feed, reference, new)
                    yield change_of(kind, "reference", feed, True, match=reference, target=target)
            if at in self.replaced and report_id.endswith(reference):
                ids[report_id] = report_id[: -len(reference)] + self.replaced[at]
        self.ids = store.new_ids(self._service.warehouse, ids) if ids else {}

    def _every_reference(self) -> Iterator[tuple[str, str, str]]:
        """(feed, reference, report id or "") of every report and held row."""
        yield from ((one.feed, one.source_ref, one.report_id) for one in self._revisions)
        yield from ((one.feed, one.source_ref, "") for one in self._every_held_row if one.source_ref)

    def _kind_in(self, reference: str, *, is_theirs: bool) -> str:
        """What in a reference surely identifies the person, in words; "" where nothing does."""
        kind = kind_in_reference(reference, self._person.identifiers, is_theirs=is_theirs)
        return kind if is_theirs or self._person.is_sure_by_name or "name" not in kind else ""

    def _held_rows(self) -> Iterator[Change]:
        """Held rows that are theirs: emptied whole."""
        for row in self._every_held_row:
            is_sure = self._is_theirs(row)
            if is_sure is not None and row.row_as_sent:
                if is_sure:
                    self.held_rows.append(row)
                shown = "; ".join(str(cell) for cell in row.row_as_sent.values() if cell)[:_SHOWN]
                kind = "held row of theirs" if is_sure else "held row, perhaps theirs"
                yield change_of(kind, "held", row.held_id, is_sure, match=shown, target=HeldRowErasure(row.held_id))

    def _is_theirs(self, row: HeldRow) -> bool | None:
        """Whether a held row is by or about them: surely, perhaps, or (None) not."""
        feed = self._service.feeds.get(row.feed)
        if feed is None:
            return None
        contact = " ".join([_cell(row, feed.fields.caller_phone), _cell(row, feed.fields.caller_email)])
        identifiers = self._person.identifiers
        if phones_in(words_in(contact), contact, identifiers.phones) or emails_in(contact, identifiers.emails):
            return True
        is_caller = self._has_name(_cell(row, feed.fields.caller_name))
        if is_caller or self._has_name(_cell(row, feed.fields.subject_name)):
            return self._person.is_sure_by_name and (not contact.strip() or not is_caller)
        return None

    def _has_name(self, cell: str) -> bool:
        return any(is_same_name(one, name) for one in names_in(cell) for name in self._person.identifiers.names)


def _role_words(role: ReportRole) -> str:
    words = (("report by them", role.is_caller), ("report about them", role.is_subject))
    return " and ".join(word for word, has_role in words if has_role)


def _cell(row: HeldRow, columns: str | Iterable[str] | None) -> str:
    names = [columns] if isinstance(columns, str) else list(columns or ())
    return " ".join(str(row.row_as_sent[name]) for name in names if row.row_as_sent.get(name) is not None)
