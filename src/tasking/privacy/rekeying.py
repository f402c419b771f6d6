"""A new key for the pseudonyms: everything that was under another is read again from what it stands for."""

from collections import Counter
from datetime import date

import pandas as pd

from tasking.intake.pseudonyms import name_keys
from tasking.linkage.linking import read_signals
from tasking.meeting.store.proposals import proposals, rekey_subjects
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import rekeying as store


def rekey(service: PrivacyService) -> int:
    """Puts callers, people, signals, facts and proposals under the key in force. Safe to be cut off and run again.

    Returns how many reports were under another key.
    """
    pseudonyms = service.conventions.pseudonyms
    changed = 0
    while True:
        people = store.under_another_key(service.warehouse, pseudonyms.key_id)
        if people.empty:
            break
        contact = people["caller_phone"].astype("str").fillna(people["caller_email"].astype("str"))
        people["caller_key"] = pseudonyms.for_column("caller", contact)
        people["subject_key"] = pseudonyms.for_column("person", name_keys(people["subject_name"].astype("str")))
        store.store_keys(service.warehouse, people)
        changed += len(people)
    read_signals(service.linkage, date.min, date.max)
    _rekey_proposals(service)
    store.log_rekeyed(service.warehouse, pseudonyms.key_id, changed, service.clock())
    return changed


def keys_in_use(service: PrivacyService) -> dict[str, int]:
    """Key id -> how many reports have a pseudonym under it."""
    return store.keys_in_use(service.warehouse)


def _rekey_proposals(service: PrivacyService) -> None:
    """A proposal about a person is known by what its own reports say of that person now."""
    by_person = {rule.rule for rule in service.rules if rule.reference is not None}
    new = {}
    for one in proposals(service.warehouse):
        if one.rule not in by_person:
            continue
        reports = [report for incident in one.evidence["incidents"] for report in incident["reports"]]
        facts: pd.DataFrame = store.people_of(service.warehouse, reports)
        said = facts["complainant" if one.rule == "case_review" else "person"].dropna()
        if len(said):
            new[one.subject_key] = min(counted := Counter(said), key=lambda key: (-counted[key], key))
    rekey_subjects(service.warehouse, new)
