"""The plan of an erasure: every change that it would make, before anything is changed; the sure ones and the others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tasking.model.errors import TaskingError
from tasking.privacy.erasure.changes import Change, FileDeletion, OutsideStores, ReferenceReplacement, Replacement
from tasking.privacy.erasure.file_contents import files_under
from tasking.privacy.erasure.other_texts import OtherTexts
from tasking.privacy.erasure.own_records import OwnRecords
from tasking.privacy.erasure.person import Person
from tasking.privacy.erasure.search_terms import SearchTerms, search_terms_of
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import legal_holds
from tasking.privacy.store import people as store
from tasking.privacy.store.people import ReportRevision, ReportRole
from tasking.privacy.store.redaction import Cell


@dataclass(frozen=True)
class Plan:
    """Everything that an erasure would change. `blocked`: changes that a legal hold on others' data prevents.

    `ids`: old id -> new id, of reports and incidents, once the references that identify the person are replaced.
    """

    person: Person
    search_terms: SearchTerms
    changes: tuple[Change, ...]
    blocked: tuple[Change, ...]
    ids: Mapping[str, str]

    def split_by_decision(
        self, decided: Mapping[str, bool], *, is_whole_list: bool = False
    ) -> tuple[list[Change], list[Change]]:
        """(changes to make, changes to leave). `decided`: change id -> whether a person wants it made.

        Without a decision a change is made where it is sure; with `is_whole_list` only references are. Raises
        TaskingError for leaving a reference, and for an unknown id: the data has changed since the changes were listed.
        """
        strange = sorted(set(decided) - {one.change_id for one in self.changes})
        kept = [
            one
            for one in self.changes
            if isinstance(one.target, ReferenceReplacement) and not decided.get(one.change_id, True)
        ]
        if kept:
            raise TaskingError(f"{kept[0].change_id}: a reference that says who they are can't be left as it is")
        if strange:
            raise TaskingError(f"{strange[0]} is no change of this erasure (any more): list them again with --dry-run")
        done = [
            one
            for one in self.changes
            if decided.get(
                one.change_id, one.is_sure and (not is_whole_list or isinstance(one.target, ReferenceReplacement))
            )
        ]
        return done, [one for one in self.changes if one not in done]


def plan(service: PrivacyService, person: Person, outside: OutsideStores) -> Plan:
    """Looks for a person in everything that is kept. Nothing is changed.

    Raises WarehouseError where Airflow's database cannot be opened.
    """
    revisions = store.report_revisions(service.warehouse)
    holds = legal_holds.in_force(service.warehouse)
    with service.warehouse.engine.connect() as connection:
        kept = legal_holds.reports_held(connection, holds)
    names = [name.written for name in person.identifiers.names if name.is_full]
    terms = search_terms_of(names, [*person.identifiers.phones, *person.identifiers.emails])
    own_records = OwnRecords(service, person, revisions, kept)
    changes = own_records.changes()
    texts = OtherTexts(service, person, terms, revisions, own_records)
    changes += texts.cells()
    changes += texts.kept_deliveries()
    for folder in outside.folders:
        for path in files_under(folder):
            changes += texts.file(path, folder)
    for url in outside.databases:
        changes += texts.database(url)
    kept_files = _kept_files(service, revisions, kept)
    blocked = [one for one in changes if _is_blocked(one, kept, kept_files)]
    free = [one for one in changes if not _is_blocked(one, kept, kept_files)]
    return Plan(person, terms, tuple(free), tuple(blocked), own_records.ids)


def _kept_files(service: PrivacyService, revisions: Sequence[ReportRevision], kept: Collection[str]) -> set[str]:
    """The hashes of delivered files that contain a report under a legal hold."""
    return store.files_of(service.warehouse, {one.delivery_id for one in revisions if one.report_id in kept})


def _is_blocked(change: Change, kept: Collection[str], kept_files: Collection[str]) -> bool:
    """Whether a legal hold keeps what would be changed: one of the reports `kept`, or of the files."""
    target = change.target
    if isinstance(target, FileDeletion):
        return target.path.name in kept_files
    if isinstance(target, Replacement) and isinstance(target.cell, Cell):
        return target.cell.table in ("report", "report_person") and target.cell.key[0] in kept
    if isinstance(target, ReferenceReplacement):
        return not target.new
    return isinstance(target, ReportRole) and target.report_id in kept
