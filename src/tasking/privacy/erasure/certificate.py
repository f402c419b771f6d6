"""The certificate of an erasure: whom it was about, as a keyed hash, what was removed, and what a search found."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tasking.privacy.erasure.changes import Change, OutsideStores
from tasking.privacy.erasure.plan import Plan
from tasking.privacy.erasure.search import SearchResult
from tasking.privacy.erasure.search_terms import SearchTerms
from tasking.privacy.service import PrivacyService
from tasking.privacy.store.certificates import store_certificate
from tasking.privacy.store.freed_pages import VacuumResult
from tasking.privacy.store.people import ReportRole
from tasking.warehouse import audit_log

_NOT_OURS: Final = (
    "the partners' own systems, and deliveries still in their mailboxes and stores: ask them",
    "back-ups made before: destroy them, or erase again after restoring one and make new ones",
    "messages in chat and mail: by design they hold no personal data, and were not searched; the briefings "
    "that they were made from were",
    "the disk's own free space, snapshots of it, and copies that people made",
)


def new_certificate(
    service: PrivacyService,
    ref: str,
    actor: str,
    erasure_id: str,
    planned: Plan,
    done: Sequence[Change],
    left: Sequence[Change],
    outside: OutsideStores,
) -> dict[str, Any]:
    """The certificate of an erasure that has begun. `done`: the changes made; `left`: those that are not."""
    return {
        "schema": 2,
        "erasure": erasure_id,
        "partnership": service.partnership.name,
        "erased_at": service.clock().isoformat(timespec="seconds"),
        "by": actor,
        "subject": subject_hash(service, ref),
        "looked_for": _looked_for(planned.search_terms),
        "reports_whose_caller_could_not_be_read_as_a_name": planned.person.unread_callers,
        "is_complete": False,
        "reports": len({one.target.report_id for one in done if isinstance(one.target, ReportRole)}),
        "removed": {},
        "left_by_decision": dict(sorted(Counter(one.kind for one in left if not one.is_sure).items())),
        "kept_against_the_plan": dict(sorted(Counter(one.kind for one in left if one.is_sure).items())),
        "kept_by_legal_holds_of_others": dict(sorted(Counter(one.kind for one in planned.blocked).items())),
        "looked_through": _looked_through(outside),
        "found_afterwards": None,
        "deleted_pages_given_up": False,
        "still_to_do": [f"not yet: run `tasking erase --finish {erasure_id}`"],
        "back_ups": [
            f"{one.subject}, of {one.at:%Y-%m-%d}"
            for one in audit_log.entries_of(service.warehouse, audit_log.BACKED_UP)
        ],
        "not_ours_to_erase": list(_NOT_OURS),
    }


def conclude(certificate: dict[str, Any], pages: VacuumResult, found: SearchResult | None) -> None:
    """Writes into a certificate how the erasure ended. `found`: what the search came to; None where there was none."""
    certificate["deleted_pages_given_up"] = pages.is_done
    if found is not None:
        certificate["found_afterwards"] = len(found.places)
        certificate["found_where_it_was_left"] = found.exempt
        certificate["in_columns_without_words_of_anybody"] = dict(sorted(found.in_other_columns.items()))
        certificate["could_not_be_looked_into"] = dict(sorted(found.unreadable.items()))
        certificate["back_ups"] = sorted({*certificate["back_ups"], *found.back_ups})
    to_do = list(pages.notes)
    if not pages.is_done:
        to_do.insert(0, f"not yet: close {pages.why} and run `tasking erase --finish {certificate['erasure']}` again")
    if certificate["found_afterwards"] is None:
        number = certificate["erasure"]
        to_do.insert(0, f"not searched yet: run `tasking erase --finish {number} --subject REF`, with who it was")
    if certificate.setdefault("back_ups", []):
        to_do.append("the back-ups named here: destroy them, or erase again after restoring one and make new ones")
    unread = certificate.get("reports_whose_caller_could_not_be_read_as_a_name", 0)
    if unread and not certificate["looked_for"]["names"]:
        to_do.append(
            f"in {unread} reports the caller could not be read as a name, so we did not search for it elsewhere"
        )
    certificate["still_to_do"] = to_do
    certificate["is_complete"] = pages.is_done and certificate["found_afterwards"] == 0


def store_final(service: PrivacyService, certificate: Mapping[str, Any]) -> None:
    """Stores a certificate, and logs its hash."""
    text = json.dumps(certificate, ensure_ascii=False, indent=2)
    note = audit_log.note_of_erasure(f"certificate {hashlib.sha256(text.encode()).hexdigest()}")
    actor = certificate.get("finished_by", certificate["by"])
    with service.warehouse.writing() as connection:
        store_certificate(connection, certificate["erasure"], text, actor, note, service.clock())


def _looked_through(outside: OutsideStores) -> list[str]:
    places = [
        "every cell of the warehouse, and the bytes of its files where it has files of its own",
        "kept deliveries",
    ]
    places += [f"the files under {folder.name}/" for folder in outside.folders]
    places += [f"{folder.name}: searched, not changed" for folder in outside.only_searched]
    return [*places, *(["every cell of Airflow's own database"] if outside.databases else [])]


def _looked_for(terms: SearchTerms) -> dict[str, int]:
    """How many names, numbers and addresses are searched for: all that is stored of them."""
    return {"names": len(terms.names), "numbers": len(terms.phones), "addresses": len(terms.emails)}


def is_narrower(terms: SearchTerms, certificate: Mapping[str, Any]) -> bool:
    """Whether fewer terms are searched for than when the person was erased."""
    before = certificate.get("looked_for") or {}
    return not before or any(count < before.get(kind, 0) for kind, count in _looked_for(terms).items())


def subject_hash(service: PrivacyService, ref: str) -> str:
    """A keyed hash of what a request gave, by which a later search recognises that it is for the same person."""
    key = service.conventions.pseudonyms.key
    return hmac.new(key, f"erasure\x1f{ref}".encode(), hashlib.sha256).hexdigest()[:32]
