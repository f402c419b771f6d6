"""How much harm an incident comes to, and what of it may be said where."""

import datetime as dt
from dataclasses import replace

import pytest
import yaml
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from tasking.briefing.harm import Surroundings, harm_by_incident
from tasking.briefing.proposals import Proposals
from tasking.config.harm import Harm, load_harm
from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.model.errors import DeclarationError

DAY = dt.date(2026, 10, 22)
CODES = [one["code"] for one in yaml.safe_load((ROOT / "include" / "categories.yml").read_text())["categories"]]
HARM = load_harm(ROOT / "include" / "harm.yml", CODES)
NOON = dt.datetime(2026, 10, 21, 12, tzinfo=dt.UTC)


def report(number: int = 1, **fields) -> dict:
    return {
        "incident_id": "I1", "report_id": f"police:{number}", "feed": "police", "category": "noise",
        "asb_kind": "nuisance", "priority_text": None, "is_vulnerable": False, "is_restricted": False,
        "is_out_of_area": False, "place_name": "The Vine", "town": "Sevenoaks", "occurred_from": NOON,
        "received_at": NOON, "first_day": DAY, "harm": "", "act_by": None, "copy_key": f"copy-{number}",
    } | fields  # fmt: skip


def harm_of(*rows: dict, around: Surroundings | None = None):
    return harm_by_incident(HARM, rows, DAY, DAY, {"I1": around} if around else {})["I1"]


@pytest.mark.parametrize(
    "fields",
    [{"category": "hate"}, {"category": "burglary"}, {"is_vulnerable": True}, {"harm": "weapon", "category": "damage"},
     {"category": "violence", "priority_text": "Grade 1"},
     {"category": "fly_tip", "asb_kind": "environmental", "priority_text": "P1", "harm": "hazard children"}],
    ids=str,
)  # fmt: skip
def test_one_report_of_serious_harm_is_above_the_line(fields):
    assert harm_of(report(**fields)).points >= HARM.line


def test_many_fly_tips_at_one_place_are_not():
    heap = harm_of(*(report(n, category="fly_tip", asb_kind="environmental") for n in range(5)), around=Surroundings(9))
    assert heap.points < HARM.line


def test_copies_of_one_row_are_one_report():
    assert harm_of(report(1), report(2, copy_key="copy-1")).reports == 1
    assert harm_of(report(1), report(2)).reports == 2


def test_what_is_said_in_chat_names_no_condition():
    one = harm_of(report(is_vulnerable=True, harm="frail fear children"))
    assert one.risk == ("a person at risk", "children near")
    assert any("vulnerable" in words for words in one.why)
    assert sum(part.points for part in one.parts) == one.points


def test_a_date_that_the_text_names_is_a_deadline():
    soon, past, far = (harm_of(report(act_by=DAY + dt.timedelta(days=ahead))) for ahead in (1, -1, 40))
    assert soon.act_by == DAY + dt.timedelta(days=1)
    assert "by Fri 23 Oct" in soon.risk
    assert past.act_by is None
    assert far.points == past.points


def test_what_it_came_to_before_today_is_known():
    earlier = report(1, first_day=DAY - dt.timedelta(days=2))
    both = harm_of(earlier, report(2, harm="weapon", is_vulnerable=True))
    assert both.points_before == harm_of(earlier).points < HARM.line <= both.points
    assert harm_of(report()).points_before == 0


def test_an_incident_that_was_reported_before_is_no_new_one():
    assert harm_of(report()).is_new
    assert not harm_of(report(first_day=DAY - dt.timedelta(days=2)), report(2)).is_new


PARTS = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sampled_from([*CODES, "unknown", "gone"]), "harm": st.sets(st.sampled_from([*HARM.signs, "old"])).map(" ".join),
        "priority_text": st.none() | st.text(), "is_vulnerable": st.booleans(), "asb_kind": st.none() | st.text(),
        "act_by": st.none() | st.dates(DAY - dt.timedelta(days=5), DAY + dt.timedelta(days=90)),
    },
)  # fmt: skip


@given(st.lists(PARTS, min_size=1, max_size=5), PARTS)
def test_the_order_of_reports_does_not_matter_and_one_more_takes_no_harm_away(some, more):
    rows = [report(n, **fields) for n, fields in enumerate(some)]
    now = harm_of(*rows)
    assert harm_of(*reversed(rows)).points == now.points
    assert harm_of(*rows, report(9, **more)).points >= now.points


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("He had a knife in his waistband", {"weapon"}),
        ("no knife was seen, not a weapon in sight", set()),
        ("Window shot at with ball bearings above the cot", {"weapon", "children"}),
        ("Bonfire in a field, tyres burning", set()),
        ("Rags pushed through the letterbox, smell of petrol", {"fire_near_people"}),
        ("Corrugated asbestos dumped on the path to school", {"hazard", "children"}),
        ("She is 84 and lives alone", {"frail"}),
        ("the pole is 84 cm", set()),
        ("", set()),
        ("No injuries. Knife seen", {"weapon"}),
        ("Nobody helped, knife to my throat", {"weapon"}),
        ("I could not get away, gun in my face", {"weapon"}),
        ("No police came. Fire at the front door", {"fire_near_people"}),
        ("No. 12: knife attack", {"weapon"}),
        ("caller says no\nknife pulled on clerk", {"weapon"}),
        ("no weapons, knife under the seat", {"weapon"}),
        ("He would not stop stabbing him", {"weapon"}),
        ("he wasn't carrying a knife", set()),
        ("no mention of a knife", set()),
        ("cannot see a knife", set()),
        ("Ｋｎｉｆｅ in hand", {"weapon"}),
    ],
)
def test_what_a_text_says(text, signs):
    assert set(HARM.signs_in(text)) == signs


@given(st.text(max_size=300))
def test_any_text_can_be_read(text):
    assert set(HARM.signs_in(text)) <= set(HARM.signs)


@pytest.mark.parametrize(
    ("text", "points"),
    [("Grade 1", 20), ("IMMEDIATE", 20), ("Critical", 20), ("P1", 10), ("1 - Low", 0), ("Emergency: no", 0),
     ("A - advice only", 0), ("NON-ATT", 0), ("4-No deploy", 0), ("Immediate - follow up", 20), ("Emergency: anonymous", 20), ("Reduced", 0),
     ("Urgent, follow-up", 10), ("High (slow)", 10)],
)  # fmt: skip
def test_a_grade_is_read_as_a_whole(text, points):
    grade = HARM.grade_of([text])
    assert (grade.points if grade else 0) == points


@given(st.text(max_size=80))
def test_any_grade_can_be_read(text):
    assert HARM.grade_of([text]) in (None, *HARM.grades)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"line": 0}, "line"), ({"signs": {"x": {"points": 1, "words": "x", "patterns": ["("]}}}, "is no pattern"),
     ({"weather": "wet"}, "weather"),
     ({"kinds": [{"points": 1, "words": "x", "categories": ["gone"]}]}, "there is no category gone"),
     ({"signs": {"x": {"points": 1, "words": "x", "patterns": ["(?P<a>x)", "(?P<a>y)"]}}}, "used together"),
     ({"signs": {"x": {"points": 1, "words": "x", "patterns": [""]}}}, "nothing is written"),
     ({"signs": {"x": {"points": 1, "words": "x", "patterns": [r"(\w+\s?)+x"]}}}, "takes too long"),
     ({"repeat_person": {"points": 1, "at_most": 2, "words": "{incident}"}}, "can be filled in"),
     ({"deadline": {"points": 1, "days": 2, "words": "{count"}}, "can be filled in")],
)  # fmt: skip
def test_a_declaration_that_is_wrong_is_refused_in_words(tmp_path, change, words):
    declared = yaml.safe_load((ROOT / "include" / "harm.yml").read_text()) | change
    (tmp_path / "harm.yml").write_text(yaml.safe_dump(declared))
    with pytest.raises(DeclarationError, match=words):
        load_harm(tmp_path / "harm.yml", CODES)


def test_the_declared_words_fill_in():
    assert isinstance(HARM, Harm)
    person = harm_of(report(), around=Surroundings(at_place=3, of_person=1))
    assert "3 incidents there in 14 days" in person.risk
    assert any("1 other incident of" in words for words in person.why)


PARTNERSHIP = load_partnership(Include.of(ROOT / "include"))
ROW = {"incident_id": "I1", "category": "noise", "place_name": "The Vine", "town": "Sevenoaks", "ward": None}


@pytest.mark.parametrize(
    ("tasked", "before", "is_asked"),
    [({}, 0, True), ({"I1": True}, 0, False), ({"I1": True}, 10, False), ({"I1": False}, 50, False), ({"I1": False}, 10, True)],
)  # fmt: skip
def test_an_incident_is_asked_once_and_again_when_it_has_become_grave_and_nobody_is_at_it(tasked, before, is_asked):
    harm = replace(harm_of(report(category="hate")), points_before=before)
    proposals = Proposals(PARTNERSHIP, {}, DAY, HARM.line, tasked)
    assert bool(proposals.taskings([ROW], {"I1": ["police"]}, {}, {"I1": harm})) == is_asked


def test_an_open_tasking_hides_others_at_its_place_where_the_place_is_known():
    low = harm_of(report(), report(2, feed="council"))
    owner = PARTNERSHIP.taskings.owner_of("noise").owner
    for row, is_asked in ((ROW, False), (ROW | {"place_name": None}, True)):
        place = row["place_name"] or row["town"]
        proposals = Proposals(PARTNERSHIP, {}, DAY, HARM.line, {}, frozenset({(owner, place)}))
        assert bool(proposals.taskings([row], {"I1": ["police", "council"]}, {}, {"I1": low})) == is_asked
