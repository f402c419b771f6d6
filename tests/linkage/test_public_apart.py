"""What becomes of public reports shows nothing of restricted ones."""

import json

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .test_properties import labelled  # noqa: F401 - the labelled fortnight


def grouped(linkage, only) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for one in linkage.memberships:
        if one.report_id in only:
            groups.setdefault(one.incident_id, set()).add(one.report_id)
    return {frozenset(group) for group in groups.values()}


def evidence(linkage, only) -> dict[str, object]:
    return {one.report_id: one.link and (one.link.score, one.link.evidence) for one in linkage.memberships
            if one.report_id in only and (one.link is None or one.link.report_b in only)}  # fmt: skip


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**31), kept=st.floats(0.0, 1.0))
def test_other_restricted_reports_change_no_public_incident(linking_desk, labelled, seed, kept):  # noqa: F811
    some = labelled.head(120)
    nobody = {"surname": 1, "forename": 2, "initial": 3, "surname_initial": 4}  # who is in no public report
    restricted = some[some["is_restricted"]].sample(frac=kept, random_state=seed)
    told = [json.dumps({**json.loads(text), "subject": nobody, "caller": nobody, "caller_names": [], "subject_names": [],
                        "references": [], "own_reference": 0, "plates": [], "near_plates": [], "half_plates": []})
            for text in restricted["signals"]]  # fmt: skip
    restricted = restricted.assign(signals=told, caller_key=None)
    public = some[~some["is_restricted"]]
    ids = set(public["report_id"])
    alone = linking_desk.linker.link(public)
    beside = linking_desk.linker.link(pd.concat([public, restricted], ignore_index=True))
    assert grouped(beside, ids) == grouped(alone, ids)
    assert evidence(beside, ids) == evidence(alone, ids)
