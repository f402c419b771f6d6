"""Whatever the reports and their order: one incident each, no veto broken, every link with its reasons."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasking.linkage import extraction
from tasking.linkage.sensitivity import with_sensitivity
from tasking.model.incident import Decision

from .conftest import ROOT, groups

FEED_REF = "{feed}:{seq}"


@pytest.fixture(scope="session")
def labelled(linking_desk):
    """The labelled fortnight as linking sees it, without a warehouse."""
    rows = [json.loads(line) for line in (ROOT / "tests/gold/dev.jsonl").read_text(encoding="utf-8").splitlines()]
    frame = pd.DataFrame(rows)
    london = linking_desk.partnership.zone

    def moment(column):
        return pd.to_datetime(frame[column]).dt.tz_localize(london, ambiguous=True).dt.tz_convert("UTC")

    reports = pd.DataFrame({
        "report_id": frame["feed"] + ":" + frame["seq"].astype(str), "source_ref": frame["seq"].astype(str), "revision": 1,
        "feed": frame["feed"], "received_at": moment("received"), "occurred_from": moment("occurred"),
        "occurred_to": moment("occurred_to"), "is_occurred_time_known": frame["occurred"].notna(),
        "category_text": frame["kind"], "place_text": frame["place"], "postcode": frame["postcode"],
        "latitude": frame["lat"], "longitude": frame["lon"], "text": frame["text"],
        "caller_name": frame["reporter"].map(lambda one: one["name"] if one else None),
        "subject_name": frame["about"].map(lambda one: one["name"] if one else None),
        "subject_born_on": frame["about"].map(lambda one: one["dob"] if one else None),
        "caller_key": frame["reporter"].map(lambda one: one["phone"] or one["email"] if one else None),
        "sensitivity": frame["sensitive"].where(frame["sensitive"] != "none"),
    })  # fmt: skip
    judged = linking_desk.conventions.categories.classify(reports["category_text"], reports["text"])
    reports = reports.assign(category=judged.category, is_restricted=judged.is_restricted)
    features = extraction.features_for(linking_desk.linkage, reports)
    reports = reports.assign(**extraction.feature_columns(features))
    reports["incident_id"] = pd.Series([None] * len(reports), dtype=object)
    return with_sensitivity(linking_desk.conventions.categories, reports)


def incidents(desk, reports, decisions=()):
    linkage = desk.linker.link(reports.reset_index(drop=True), list(decisions), most_reviews=20)
    assert sorted(one.report_id for one in linkage.memberships) == sorted(reports["report_id"])
    return linkage, groups({one.report_id: one.incident_id for one in linkage.memberships})


SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SLOW
@given(seed=st.integers(0, 2**31))
def test_the_order_of_rows_changes_nothing(linking_desk, labelled, seed):
    linkage, once = incidents(linking_desk, labelled)
    shuffled, again = incidents(linking_desk, labelled.sample(frac=1, random_state=seed))
    assert once == again
    assert linkage.review_pairs == shuffled.review_pairs


@SLOW
@given(seed=st.integers(0, 2**31), share=st.floats(0.1, 1.0))
def test_no_incident_breaks_a_veto_and_every_link_has_reasons(linking_desk, labelled, seed, share):
    some = labelled.sample(frac=share, random_state=seed).sort_values("received_at").reset_index(drop=True)
    linkage, found = incidents(linking_desk, some)
    rows = {report: i for i, report in enumerate(some["report_id"])}
    matrix = linking_desk.linker.feature_matrix(some)
    judged = linking_desk.linker.score(some, matrix, np.ones(matrix.size, dtype=bool), matrix.is_restricted)
    barred = {
        frozenset((int(a), int(b))) for a, b, yes in zip(judged.a, judged.b, judged.is_barred, strict=True) if yes
    }
    for members in found:
        inside = sorted(rows[one] for one in members)
        assert not any(frozenset((a, b)) in barred for a in inside for b in inside if a < b)
        hours = some["received_at"].iloc[inside]
        assert (hours.max() - hours.min()).total_seconds() <= 72 * 3600
    for one in linkage.memberships:
        assert one.link is None or (one.link.reasons and 0 < one.link.score <= 1)
    first = {members: min(members, key=rows.__getitem__) for members in found}
    assert {one.report_id for one in linkage.memberships if one.link is None} == set(first.values())


@SLOW
@given(data=st.data())
def test_a_persons_word_wins_whatever_the_machine_says(linking_desk, labelled, data):
    one, other = data.draw(
        st.lists(st.sampled_from(sorted(labelled["report_id"])), min_size=2, max_size=2, unique=True)
    )
    for is_same in (True, False):
        _, found = incidents(linking_desk, labelled, [Decision(one, other, is_same)])
        assert any({one, other} <= members for members in found) is is_same
