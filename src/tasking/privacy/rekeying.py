"""Rekeying: pseudonyms under an old key are made again under the key in force, from what they stand for."""

from collections import Counter
from datetime import date

import pandas as pd

from tasking.intake.pseudonyms import name_keys
from tasking.linkage.extraction import extract_features
from tasking.meeting.store.proposals import proposals, rekey_subjects
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import rekeying as store


def rekey(service: PrivacyService) -> int:
    """Makes the pseudonyms of callers, people, signals, facts and proposals again under the key in force.

    Safe to interrupt and run again. Returns how many reports were under another key.
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
    extract_features(service.linkage, date.min, date.max)
    _rekey_proposals(service)
    store.log_rekeyed(service.warehouse, pseudonyms.key_id, changed, service.clock())
    return changed


def keys_in_use(service: PrivacyService) -> dict[str, int]:
    """Key id -> how many revisions of reports have a caller's pseudonym under it."""
    return store.keys_in_use(service.warehouse)


def _rekey_proposals(service: PrivacyService) -> None:
    """Gives proposals about a person the pseudonym that most of their own reports have for that person now."""
    by_person = {rule.rule for rule in service.rules if rule.reference is not None}
    new = {}
    for one in proposals(service.warehouse):
        if one.rule not in by_person:
            continue
        reports = [report for incident in one.evidence["incidents"] for report in incident["reports"]]
        facts: pd.DataFrame = store.people_of(service.warehouse, reports)
        keys = facts["complainant" if one.rule == "case_review" else "person"].dropna()
        if len(keys):
            new[one.subject_key] = min(counted := Counter(keys), key=lambda key: (-counted[key], key))
    rekey_subjects(service.warehouse, new)
