"""Carries out an erasure: finds the person, makes the changes, searches for what is left, and certifies it.

What was reported, when, and at which public place stays: it is the partnership's history and identifies nobody. The
person's reports still count as one complainant's, under a pseudonym that is nobody's.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from tasking.intake.pseudonyms import ERASED_KEY
from tasking.linkage.lock import linking_lock
from tasking.model.errors import TaskingError
from tasking.privacy.erasure.apply_changes import change_outside, change_warehouse
from tasking.privacy.erasure.certificate import conclude, is_narrower, new_certificate, store_final, subject_hash
from tasking.privacy.erasure.changes import OutsideStores
from tasking.privacy.erasure.person import Person, find_person
from tasking.privacy.erasure.plan import plan
from tasking.privacy.erasure.request import search_terms_for
from tasking.privacy.erasure.search import Exemptions, SearchResult, search
from tasking.privacy.erasure.search_terms import SearchTerms
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import certificates, legal_holds, redaction
from tasking.privacy.store.freed_pages import VacuumResult, vacuum
from tasking.warehouse import audit_log

_WAIT_S: Final = 30.0
_LEFT: Final = ("left_by_decision", "kept_against_the_plan", "kept_by_legal_holds_of_others")


def erase(
    service: PrivacyService,
    ref: str,
    actor: str,
    outside: OutsideStores = OutsideStores(),  # noqa: B008 - a value
    decided: Mapping[str, bool] | None = None,
    *,
    is_whole_list: bool = False,
    wait_s: float = _WAIT_S,
) -> dict[str, Any]:
    """Removes a person from everything that is kept, and stores and returns a certificate; for `ref` see find_person.

    `decided`: change id -> whether it is made; any other change is made where it is sure. `is_whole_list`: of the
    others only references are changed. `wait_s`: how long to wait for others who read the database; if they are not
    done by then, the certificate is not complete, and `finish` is needed.

    Raises TaskingError, before anything is changed, where `ref` means nobody or several people, where the name is too
    short or too common, where a legal hold keeps their data, or for a decision about an unknown change; and afterwards
    where something of them is still found. Safe to interrupt and run again.
    """
    with linking_lock(service.linkage):  # linking would write back ids that it read before they were replaced
        person = find_person(service, ref)
        _refuse_under_hold(service, person)
        planned = plan(service, person, outside)
        done, left = planned.split_by_decision(decided or {}, is_whole_list=is_whole_list)
        if not done:
            hint = f"; {len(left)} places may mention them: see --dry-run" if left else ""
            for one in certificates.unfinished(service.warehouse):
                hint += f"; erasure {one} was cut off: end it with `tasking erase --finish {one}`"
            raise TaskingError(f"there is no record of this person: no report, no held row, no kept file{hint}")
        erasure_id, new_key = f"E-{secrets.token_hex(4)}", ERASED_KEY + secrets.token_hex(16)
        certificate = new_certificate(service, ref, actor, erasure_id, planned, done, left, outside)
        with service.warehouse.writing() as connection:  # before any file is deleted, so that the log says it may be
            audit_log.append_log(connection, service.clock(), actor, "erasure begun", erasure_id, "")
        change_warehouse(service, planned, done, new_key, certificate, change_outside(done))
    pages = _vacuum(service, outside, wait_s)
    found = search(
        service,
        planned.search_terms,
        Exemptions([*left, *planned.blocked], planned.ids),
        outside,
        are_pages_gone=pages.is_done,
    )
    conclude(certificate, pages, found)
    store_final(service, certificate)
    if found.places:
        raise TaskingError(
            f"something of this person is still found in {len(found.places)} places "
            f"({', '.join(found.places[:3])}): run it again; see certificate {erasure_id}"
        )
    return certificate


def finish(
    service: PrivacyService,
    erasure_id: str,
    actor: str,
    outside: OutsideStores = OutsideStores(),  # noqa: B008 - a value
    ref: str = "",
    *,
    wait_s: float = _WAIT_S,
) -> dict[str, Any]:
    """Completes an erasure that others who read the database had delayed: removes the deleted rows from the disk.

    With `ref`, everything is searched once more for that number, address or name. Raises TaskingError for an unknown
    erasure, and where something is found.
    """
    stored = certificates.certificate(service.warehouse, erasure_id)
    if stored is None:
        raise TaskingError(f"there is no erasure {erasure_id}")
    certificate: dict[str, Any] = json.loads(stored)
    terms = _terms_for(service, certificate, ref) if ref else None
    pages = _vacuum(service, outside, wait_s)
    found = SearchResult()
    if terms is not None:
        found = search(service, terms, Exemptions((), {}), outside, are_pages_gone=pages.is_done)
        if any(certificate.get(one) for one in _LEFT):  # which places is not stored: they would identify them
            found.exempt, found.places = found.exempt + len(found.places), []
    certificate["finished_by"] = actor
    certificate["finished_at"] = service.clock().isoformat(timespec="seconds")
    before = certificate["found_afterwards"] or 0
    conclude(certificate, pages, found if ref else None)
    if terms is not None and before > len(found.places) and is_narrower(terms, certificate):
        certificate["found_afterwards"], certificate["is_complete"] = before, False
        certificate["still_to_do"].insert(0, "more was found than this looked for: run `tasking erase` again")
    store_final(service, certificate)
    if found.places:
        raise TaskingError(f"something is still found in {len(found.places)} places: {', '.join(found.places[:3])}")
    return certificate


def _terms_for(service: PrivacyService, certificate: Mapping[str, Any], ref: str) -> SearchTerms:
    """The search terms of `ref`. Raises TaskingError where it is not what the erasure was begun with, or has none."""
    if not hmac.compare_digest(subject_hash(service, ref), certificate["subject"]):
        raise TaskingError(
            f"{certificate['erasure']} is for someone else. Enter the same text that it was started with"
        )
    terms = search_terms_for(service, ref)
    if not (terms.names or terms.phones or terms.emails):
        raise TaskingError("There is nothing to search for in that. Run `tasking erase` again with a number or a name.")
    return terms


def _refuse_under_hold(service: PrivacyService, person: Person) -> None:
    """Raises TaskingError where a legal hold keeps the person or one of their reports."""
    theirs = {one.report_id for one in person.own_reports}
    for hold in legal_holds.in_force(service.warehouse):
        if set(hold.people) & person.keys or set(hold.reports) & theirs:
            raise TaskingError(f"not erased: legal hold {hold.hold_id} keeps what is theirs ({hold.reason})")


def _vacuum(service: PrivacyService, outside: OutsideStores, wait_s: float) -> VacuumResult:
    """Removes deleted rows from the disk, in the warehouse and in Airflow's database."""
    done = [vacuum(service.warehouse.engine, wait_s)]
    for url in outside.databases:
        with redaction.open_database(url) as engine:
            done.append(vacuum(engine, wait_s))
    why = "; ".join(one.why for one in done if not one.is_done)
    notes = tuple(dict.fromkeys(note for one in done for note in one.notes))
    return VacuumResult(all(one.is_done for one in done), why, notes)
