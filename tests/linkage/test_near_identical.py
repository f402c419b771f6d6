"""The same thing told twice by one partner is one incident; what only sounds alike is not."""

import pandas as pd
import pytest

from tasking.linkage import link

STORY = "Large group by the bandstand again, shouting and throwing bottles at the wall, about fifteen of them"


def reports(*rows: dict) -> pd.DataFrame:
    plain = {
        "feed": "residents", "received_at": "2026-10-22T20:00Z", "occurred_from": "2026-10-22T19:00Z", "caller_key": None,
        "place_text": "The Vine", "is_restricted": False, "text": STORY, "incident_id": None, "is_occurred_time_known": True,
    }  # fmt: skip
    frame = pd.DataFrame([{"report_id": f"r{number}", **plain, **row} for number, row in enumerate(rows)])
    for column in ("received_at", "occurred_from"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame


def groups(frame: pd.DataFrame) -> list[set[str]]:
    found: dict[str, set[str]] = {}
    for membership in link(frame).memberships:
        found.setdefault(membership.incident_id, set()).add(membership.report_id)
    return sorted(found.values(), key=sorted)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"text": STORY + " UPDATE: police attended, all quiet now"}, "same place"),
        ({"place_text": "The Vine, Sevenoaks"}, "same place"),
        ({"is_restricted": True}, "one text holds 100% of the other"),
    ],
)
def test_a_report_told_again_is_one_incident_and_says_why(second, reason):
    frame = reports({}, second)
    assert groups(frame) == [{"r0", "r1"}]
    assert any(reason in words for words in link(frame).memberships[1].link.reasons)


def test_the_same_caller_in_other_words_is_one_incident():
    frame = reports(
        {"caller_key": "k1:a"},
        {"caller_key": "k1:a", "text": STORY.replace("fifteen", "twenty"), "place_text": "the park"},
    )
    assert groups(frame) == [{"r0", "r1"}]


@pytest.mark.parametrize(
    "second",
    [
        {"place_text": "Bin store, Cherry Avenue"},  # alike in words, elsewhere
        {"occurred_from": "2026-10-22T21:00Z"},  # two hours later
        {"received_at": "2026-10-26T20:00Z"},  # four days later
        {"feed": "police"},  # across partners is for the next form
        {"text": "Loud music"},
        {"text": STORY + " and a fire", "is_restricted": True, "place_text": "High Street"},
    ],
)
def test_what_only_sounds_alike_stays_apart(second):
    assert groups(reports({}, second)) == [{"r0"}, {"r1"}]


def test_the_order_of_reports_does_not_matter():
    frame = reports(
        {}, {"text": STORY + " MORE"}, {"place_text": "Elsewhere", "text": "Dog loose on the green again today"}
    )
    assert groups(frame) == groups(frame.iloc[::-1])


def test_an_incident_keeps_its_id_as_reports_join_it():
    first = reports({})
    given = link(first).memberships[0].incident_id
    both = reports({"incident_id": given}, {"text": STORY + " MORE"})
    assert [(m.report_id, m.incident_id) for m in link(both).memberships] == [("r1", given)]


def test_every_report_is_in_exactly_one_incident():
    frame = reports(
        *({"text": f"{STORY} {n}" if n % 3 else "Something quite different happened here today"} for n in range(30))
    )
    assert sorted(m.report_id for m in link(frame).memberships) == sorted(frame["report_id"])
