"""What people are asked: whether two incidents are one, and whether a report belongs to its incident."""

from dataclasses import replace

import pytest

from tasking.model.incident import Decision

LANE = {"place": "Pells Lane, West Kingsdown", "latitude": 51.3353, "longitude": 0.2697, "kind": "Fly-tipping"}
ROAD = {"place": "Lambarde Road, Sevenoaks", "latitude": 51.2820, "longitude": 0.1863, "kind": "Fly-tipping"}
FLAT = {"place": "Northview, Swanley", "latitude": 51.3946, "longitude": 0.1724, "kind": "Domestic incident"}


@pytest.fixture
def doubtful(reports):
    """Linking that merges what it should only ask about."""
    model = reports.desk.linker.model
    rash = replace(model, merge_above=dict.fromkeys(model.merge_above, -3.0))
    reports.desk = replace(reports.desk, linker=replace(reports.desk.linker, model=rash))
    return reports


def two_heaps(reports, number=1, where=LANE):
    """Two reports that may be of one heap: nobody says more than that there is one."""
    reports.add(f"council:{number}", "2026-11-12 08:41", "Job raised, crew to attend", **where)
    reports.add(f"wardens:{number}", "2026-11-12 13:22", "Fly-tip noted on my round", **where)


def asked(linkage):
    return [(one.kind, one.report_a, one.report_b) for one in linkage.review_pairs]


def test_what_may_be_one_is_asked_about_and_once_it_is_one_whether_it_belongs(reports, doubtful):
    two_heaps(doubtful)
    linkage = doubtful.linkage(most_reviews=5)
    assert len({one.incident_id for one in linkage.memberships}) == 1
    assert asked(linkage) == [("part", "wardens:1", "council:1")]
    assert 0 < linkage.review_pairs[0].score < 1
    assert linkage.review_pairs[0].evidence


def test_both_kinds_share_one_quota_and_the_better_one_is_asked_first(doubtful):
    two_heaps(doubtful)
    two_heaps(doubtful, 2, ROAD)
    both = asked(doubtful.linkage(most_reviews=2))
    assert {kind for kind, _, _ in both} == {"part"}
    assert len({report for _, *pair in both for report in pair}) == 4
    assert asked(doubtful.linkage(most_reviews=1)) == both[:1]
    assert asked(doubtful.linkage()) == []


def test_a_group_with_a_restricted_report_counts_against_the_restricted_ones_alone(doubtful):
    one = {**FLAT, "flag": "domestic_abuse"}
    doubtful.add("police:1", "2026-11-10 21:47", "SCREAMING. DOOR FORCED", about="Kayleigh Burgin", **one)
    doubtful.add("housing:1", "2026-11-10 09:12", "Rang in tears, would not say more", about="K Burgin", **one)
    linkage = doubtful.linkage(most_restricted_reviews=5)
    assert len({one.incident_id for one in linkage.memberships}) == 1
    assert [(one.kind, one.is_restricted) for one in linkage.review_pairs] == [("part", True)]
    assert asked(doubtful.linkage(most_reviews=5, most_restricted_reviews=0)) == []


@pytest.mark.parametrize("pair", [("council:1", "wardens:1"), ("wardens:1", "council:1")])
def test_nobody_is_asked_twice(doubtful, pair):
    two_heaps(doubtful)
    assert asked(doubtful.linkage(most_reviews=5, earlier_review_pairs=[pair])) == []
    assert asked(doubtful.linkage(most_reviews=5, decisions=[Decision(*pair, True)])) == []


def test_an_answered_question_makes_no_room_for_another(doubtful):
    two_heaps(doubtful)
    two_heaps(doubtful, 2, ROAD)
    first, second = asked(doubtful.linkage(most_reviews=2))
    answer = [Decision(first[1], first[2], True)]
    assert asked(doubtful.linkage(most_reviews=1, decisions=answer)) == []
    assert asked(doubtful.linkage(most_reviews=2, decisions=answer)) == [second]


def test_what_people_said_is_one_by_way_of_a_third_report_is_not_asked_about(doubtful):
    two_heaps(doubtful)
    doubtful.add("residents:1", "2026-11-12 19:03", "Rubbish by the gate again", **LANE)
    assert asked(doubtful.linkage(most_reviews=9))
    said = [Decision("council:1", "residents:1", True), Decision("residents:1", "wardens:1", True)]
    assert asked(doubtful.linkage(most_reviews=9, decisions=said)) == []


def test_a_report_of_an_incident_from_before_the_open_days_is_not_in_doubt(doubtful):
    two_heaps(doubtful)
    doubtful.add("residents:1", "2026-11-12 19:03", "Rubbish by the gate again", **LANE)
    frame = doubtful.frame()
    frame.loc[frame["report_id"] != "residents:1", "incident_id"] = "I-old"
    linkage = doubtful.desk.linker.link(frame, most_reviews=9)
    assert {one.incident_id for one in linkage.memberships} == {"I-old"}
    assert [(kind, report) for kind, report, _ in asked(linkage)] == [("part", "residents:1")]
