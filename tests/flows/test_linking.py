"""Linking through the warehouse: day by day, late and early, again and again, and with a person's word."""

import datetime as dt
import sqlite3
from dataclasses import replace
from itertools import pairwise

import pytest
import sqlalchemy as sa
from conftest import NOW
from made_desks import MORNINGS, desk_in, link_again, link_each_morning, receive_without_linking

from tasking import flows
from tasking.linkage import decisions, explain, linking
from tasking.linkage.store import incidents as store
from tasking.linkage.store import linked_days, review
from tasking.model.errors import TaskingError
from tasking.warehouse import tables

FIRST, LAST = MORNINGS[0], MORNINGS[-1]


@pytest.fixture
def received(prepared, tmp_path):
    """The labelled fortnight, received and not linked."""
    return desk_in(prepared.folder("received", receive_without_linking, tmp_path / "received"), NOW).open()


def incidents(opened) -> dict[str, str]:
    return {
        f"{row['feed']}:{row['source_ref']}": row["incident_id"] for row in store.links(opened.warehouse, FIRST, LAST)
    }


def groups(of: dict[str, str]) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for report, incident in of.items():
        found.setdefault(incident, set()).add(report)
    return {frozenset(members) for members in found.values()}


def pairs(found: set[frozenset[str]]) -> set[frozenset[str]]:
    return {frozenset((a, b)) for members in found for a in members for b in members if a < b}


@pytest.fixture(scope="module")
def fortnight(tmp_path_factory, prepared):
    """The labelled fortnight, received and linked each morning."""
    desk = desk_in(prepared.folder("linked", link_each_morning, tmp_path_factory.mktemp("fortnight")), NOW)
    return desk, desk.open()


@pytest.fixture
def own_fortnight(fortnight, tmp_path):
    """A copy of it to change."""
    desk, _ = fortnight
    target = tmp_path / "own.db"
    with sqlite3.connect(desk.database_url.removeprefix("sqlite:///")) as source, sqlite3.connect(target) as own:
        source.backup(own)
    return replace(desk, database_url=f"sqlite:///{target}")


def test_the_labelled_fortnight_is_linked_as_well_as_we_say(fortnight, deliveries):
    _, opened = fortnight
    truth = {f"{row['feed']}:{row['source_ref']}": row for row in deliveries.truth()}
    found = incidents(opened)
    made = pairs(groups({report: found[report] for report in truth}))
    right = pairs(groups({report: row["incident"] for report, row in truth.items()}))
    wrong = made - right
    precision, recall = len(made & right) / len(made), len(made & right) / len(right)
    assert precision >= 0.95
    assert recall >= 0.72
    assert not [pair for pair in wrong if any(truth[one]["sensitive"] != "none" for one in pair)]


def test_questions_find_most_of_the_rest_and_are_few(fortnight, deliveries):
    _, opened = fortnight
    truth = {f"{row['feed']}:{row['source_ref']}": row["incident"] for row in deliveries.truth()}
    found = incidents(opened)
    asked = review.open_review_pairs(opened.warehouse, FIRST, LAST)
    assert len(asked) <= 0.2 * len(found)
    for question in asked:
        a, b = question["report_a"], question["report_b"]
        if question["kind"] == "merge" and a in truth and truth[a] == truth.get(b):
            old, new = found[b], found[a]
            found = {report: new if one == old else one for report, one in found.items()}
    made = pairs(groups({report: found[report] for report in truth}))
    right = pairs(groups(truth))
    assert 2 * len(made & right) / (len(made) + len(right)) >= 0.93


def test_what_one_feed_sends_again_or_changes_is_always_one_incident(fortnight):
    _, opened = fortnight
    found = incidents(opened)
    again = [
        ("fire:261023-0006", "fire:261024-0007"), ("residents:CSU-2026-0036", "residents:CSU-2026-0039"),
        ("council:SDC-700002", "council:SDC-700003"), ("housing:ASB260001", "housing:ASB260004"),
        ("residents:CSU-2026-0004", "residents:CSU-2026-0005"), ("council:SDC-700005", "council:SDC-700007"),
        ("residents:CSU-2026-0052", "residents:CSU-2026-0053"), ("council:SDC-700008", "council:SDC-700009"),
        ("police:46/00043/26", "police:46/00045/26"), ("residents:CSU-2026-0065", "residents:CSU-2026-0066"),
    ]  # fmt: skip
    assert [pair for pair in again if found[pair[0]] != found[pair[1]]] == []


def test_linking_all_days_at_once_comes_to_the_same_as_each_morning(fortnight, received):
    _, each_morning = fortnight
    flows.link(received, LAST)
    assert incidents(received) == incidents(each_morning)
    asked, asked_each_morning = (
        review.open_review_pairs(one.warehouse, FIRST, LAST) for one in (received, each_morning)
    )
    assert asked == asked_each_morning


def test_a_feed_that_comes_late_comes_to_the_same(fortnight, desk_with_deliveries):
    _, on_time = fortnight
    desk = desk_with_deliveries
    held_back = desk.drops / "police"
    aside = held_back.rename(desk.drops / "aside")
    opened = desk.open()

    def receive(days):
        for day in days:
            for feed in opened.partnership.feeds:
                flows.receive(opened, feed, day)

    receive(MORNINGS[:6])
    for day in MORNINGS[:6]:
        flows.link(opened, day)
    held_back.rmdir() if held_back.exists() else None
    aside.rename(held_back)
    receive(MORNINGS)
    flows.link(opened, LAST)
    assert groups(incidents(opened)) == groups(incidents(on_time))


def test_linking_again_changes_nothing(own_fortnight):
    opened = own_fortnight.open()

    def stored():
        return [
            sorted(map(str, own_fortnight.rows(table))) for table in ("incident_report", "link_question", "linked_day")
        ]

    before = stored()
    for day in (MORNINGS[3], LAST):
        flows.link(opened, day)
    assert stored() == before


def test_what_another_model_has_linked_stays_and_its_days_are_not_linked_again(own_fortnight):
    opened = own_fortnight.open()
    before, at = incidents(opened), MORNINGS[len(MORNINGS) // 2]
    model = opened.linker.model
    never = replace(model, version="linkage-99", merge_above=dict.fromkeys(model.merge_above, 99.0))
    newer = replace(opened, linker=replace(opened.linker, model=never))
    assert flows.link(newer, at) == 0
    assert linked_version(newer, at) == opened.linker.version
    linking.relink(newer.linkage, FIRST)
    assert groups(incidents(newer)) == groups(before)
    assert linked_version(newer, at) == newer.linker.version


def linked_version(opened, day) -> str:
    return next(one.version for one in linked_days.linked_days(opened.warehouse) if one.day == day)


def test_an_incident_keeps_its_id_as_reports_join_it(received):
    seen: list[dict[str, str]] = []
    for day in MORNINGS:
        flows.link(received, day)
        seen.append(incidents(received))
    for before, after in pairwise(seen):
        kept = [members for members in groups(before) if len({after[one] for one in members}) == 1]
        renamed = [members for members in kept if before[min(members)] != after[min(members)]]
        # An incident that two were put together into has the id of one of them.
        assert all(after[min(members)] in before.values() for members in renamed)


def test_as_of_an_old_day_incidents_are_what_they_were(fortnight):
    desk, late = fortnight
    early = replace(desk, database_url=desk.database_url.replace("tasking.db", "sixth.db")).open()
    day, reports = MORNINGS[5], list(incidents(early))
    assert len(reports) < len(incidents(late))
    assert store.incidents_of(late.warehouse, reports, day) == store.incidents_of(early.warehouse, reports, day)


def test_a_split_lasts_through_every_rerun_and_is_in_the_log(own_fortnight):
    opened = own_fortnight.open()
    name, members = next(
        (found[min(one)], sorted(one)) for found in [incidents(opened)] for one in groups(found) if len(one) >= 4
    )
    gone = members[:2]
    decisions.split(opened.linkage, name, gone, "desk", "two nights")
    link_again(opened, FIRST)
    flows.link(opened, LAST)
    found = incidents(opened)
    assert found[gone[0]] == found[gone[1]]
    assert {found[one] for one in members[2:]} == {found[members[2]]} != {found[gone[0]]}
    assert [(row["actor"], row["action"], row["note"]) for row in own_fortnight.rows("log")] == [
        ("desk", "incident split", "two nights")
    ]


def test_a_merge_lasts_and_never_parts_for_good(own_fortnight):
    opened = own_fortnight.open()
    asked = review.open_review_pairs(opened.warehouse, FIRST, LAST)
    question = next(one for one in asked if one["kind"] == "merge")
    a, b = question["report_a"], question["report_b"]
    merged = decisions.merge(opened.linkage, a, b, "desk")
    assert incidents(opened)[a] == incidents(opened)[b] == merged
    link_again(opened, FIRST)
    assert incidents(opened)[a] == incidents(opened)[b]
    decisions.split(opened.linkage, merged, [b], "desk")
    assert incidents(opened)[a] != incidents(opened)[b]
    assert question not in review.open_review_pairs(opened.warehouse, FIRST, LAST)


def test_two_reports_that_are_one_part_when_a_person_says_never(own_fortnight):
    opened = own_fortnight.open()
    one, other = sorted(next(members for members in groups(incidents(opened)) if len(members) == 2))
    decisions.keep_apart(opened.linkage, one, other, "desk")
    link_again(opened, FIRST)
    assert incidents(opened)[one] != incidents(opened)[other]


def ask_whether_it_belongs(opened, size: int) -> tuple[str, str, frozenset[str]]:
    """Puts a question that parts into the warehouse: a report, the other one, and their incident of `size` reports."""
    members = min((one for one in groups(incidents(opened)) if len(one) == size), key=min)
    report, other = sorted(members)[-1], min(members)
    question = {"asked_on": LAST, "report_a": report, "report_b": other, "place_in_line": 999, "score": 0.4,
                "is_restricted": False, "evidence": [], "kind": "part"}  # fmt: skip
    with opened.warehouse.writing() as connection:
        connection.execute(sa.delete(tables.link_question))
        connection.execute(sa.insert(tables.link_question).values(question))
    return report, other, members


def open_kinds(opened) -> list[str]:
    return [one["kind"] for one in review.open_review_pairs(opened.warehouse, FIRST, LAST)]


def test_a_question_that_parts_is_open_while_the_two_are_one_incident(own_fortnight):
    opened = own_fortnight.open()
    report, *_ = ask_whether_it_belongs(opened, 3)
    assert open_kinds(opened) == ["part"]
    with opened.warehouse.writing() as connection:
        connection.execute(sa.update(tables.link_question).values(kind="merge"))
    assert open_kinds(opened) == []
    with opened.warehouse.writing() as connection:
        i = tables.incident_report
        connection.execute(sa.update(i).where(i.c.report_id == report).values(incident_id="I-alone"))
    assert open_kinds(opened) == ["merge"]
    with opened.warehouse.writing() as connection:
        connection.execute(sa.update(tables.link_question).values(kind="part"))
    assert open_kinds(opened) == []


def test_a_report_that_does_not_belong_goes_and_the_rest_stay_together(own_fortnight):
    opened = own_fortnight.open()
    report, other, members = ask_whether_it_belongs(opened, 4)
    decisions.keep_apart(opened.linkage, report, other, "desk")
    link_again(opened, FIRST)
    assert {members - {report}, frozenset({report})} <= groups(incidents(opened))
    assert not [
        one
        for one in review.open_review_pairs(opened.warehouse, FIRST, LAST)
        if {one["report_a"], one["report_b"]} == {report, other}
    ]


def test_two_reports_that_belong_stay_one_incident_for_good_and_are_confirmed_once(own_fortnight):
    opened = own_fortnight.open()
    report, other, members = ask_whether_it_belongs(opened, 3)
    incident = incidents(opened)[report]
    assert decisions.merge(opened.linkage, report, other, "desk") == incident
    assert [(one.report_a, one.report_b, one.is_same) for one in review.decisions(opened.warehouse)] == [
        (report, other, True)
    ]
    link_again(opened, FIRST)
    assert members in groups(incidents(opened))
    assert own_fortnight.rows("log")[-1]["action"] == "incident confirmed"
    with pytest.raises(TaskingError, match="already one incident"):
        decisions.merge(opened.linkage, report, other, "desk")


def test_what_can_not_be_done_is_said(own_fortnight):
    opened = own_fortnight.open()
    found = incidents(opened)
    one, other = sorted(next(members for members in groups(found) if len(members) == 2))
    with pytest.raises(TaskingError, match="Choose which reports to split off"):
        decisions.keep_apart(opened.linkage, found[one], found[other], "desk")
    with pytest.raises(TaskingError, match="There is no incident I0"):
        decisions.merge(opened.linkage, "I0", one, "desk")
    with pytest.raises(TaskingError, match="is not in"):
        decisions.split(opened.linkage, found[one], ["police:none"], "desk")


def test_a_question_about_a_sensitive_matter_says_neither_what_nor_where(fortnight):
    _, opened = fortnight
    asked = [row for row in explain.review_pairs(opened.linkage, FIRST, LAST) if row["is_restricted"]]
    assert asked
    for row in asked:
        asked = "same incident?" if row["kind"] == "merge" else "in one incident now: same or different?"
        assert row["question"].startswith(f"Restricted: {asked}")
        assert "both say" not in row["question"]
        assert not any(place and place in row["question"] for place in (row["place_name_a"], row["place_name_b"]))


def test_looking_at_a_sensitive_incident_is_in_the_log(own_fortnight):
    opened = own_fortnight.open()
    restricted = next(row for row in own_fortnight.rows("report") if row["is_restricted"])
    explain.explain_incident(opened.linkage, restricted["report_id"], "desk")
    assert [row["action"] for row in own_fortnight.rows("log")] == ["restricted incident looked at"]


def test_what_linking_keeps_says_nobodys_name_number_or_story(fortnight):
    desk, _ = fortnight
    kept = "\n".join(
        str(row) for table in ("report_signal", "incident_report", "link_question") for row in desk.rows(table)
    ).casefold()
    people = desk.rows("report_person")
    names = {
        row[name].casefold()
        for row in people
        for name in ("caller_name", "subject_name")
        if row[name] and " " in row[name]
    }
    numbers = {row[name] for row in people for name in ("caller_phone", "caller_email", "subject_born_on") if row[name]}
    assert [one for one in names | numbers if one in kept] == []
    for row in people:
        words = (row["text"] or "").split()
        assert not any(" ".join(words[at : at + 5]).casefold() in kept for at in range(0, len(words) - 5, 3))


def test_series_tie_incidents_of_one_problem_and_leave_them_apart(fortnight, deliveries):
    _, opened = fortnight
    truth = {f"{row['feed']}:{row['source_ref']}": row for row in deliveries.truth()}
    rows = opened.linkage.series(FIRST, LAST)
    found = {f"{row['feed']}:{row['source_ref']}": row["series_id"] for row in rows}
    lakes = {report for report, row in truth.items() if row["series"] == "DS-01"}
    assert len({found.get(report) for report in lakes}) <= 3
    whitlock = {
        found[report] for report, row in truth.items() if row["series"] == "DS-02" and report.startswith("residents")
    }
    assert len(whitlock) == 1
    assert all(row["why"] for row in rows)


def test_the_briefing_says_how_many_may_be_one_and_leaves_restricted_ones_out(own_fortnight):
    opened = own_fortnight.open()
    day = dt.date(2026, 10, 22)
    asked = [row for row in own_fortnight.rows("link_question") if str(row["asked_on"]) == str(day)]
    asked = [row for row in asked if row["kind"] == "merge" and not row["is_restricted"]]
    briefing, _ = flows.brief(opened, day)
    assert briefing.to_confirm == len(asked) > 0
    decisions.keep_apart(opened.linkage, asked[0]["report_a"], asked[0]["report_b"], "desk")
    answered, _ = flows.brief(opened, day)
    assert answered.to_confirm <= briefing.to_confirm
    pair = {asked[0]["report_a"], asked[0]["report_b"]}
    assert all({row["report_a"], row["report_b"]} != pair for row in own_fortnight.rows("link_question"))


def test_a_merge_of_two_that_lie_too_far_apart_says_that_they_are_still_two(own_fortnight):
    opened = own_fortnight.open()
    days = {row["report_id"]: row["day"] for row in own_fortnight.rows("report")}
    reports = sorted((one for one in incidents(opened) if one in days), key=lambda one: (days[one], one))
    with pytest.raises(TaskingError, match="can’t be one incident"):
        decisions.merge(opened.linkage, reports[0], reports[-1], "desk")
    assert own_fortnight.rows("log")[-1]["action"] == "decision on incidents undone"


def test_a_merge_that_is_undone_leaves_linking_as_before_it(own_fortnight):
    opened = own_fortnight.open()
    before = store.links(opened.warehouse, FIRST, LAST)
    question = next(one for one in review.open_review_pairs(opened.warehouse, FIRST, LAST) if one["kind"] == "merge")
    merged = decisions.merge(opened.linkage, question["report_a"], question["report_b"], "desk")
    assert store.links(opened.warehouse, FIRST, LAST) != before
    decisions.undo(opened.linkage, merged, "another")
    assert store.links(opened.warehouse, FIRST, LAST) == before
    assert question["report_a"] in {
        one["report_a"] for one in review.open_review_pairs(opened.warehouse, FIRST, LAST)
    }  # it is asked again
    kept = own_fortnight.rows("link_decision")
    assert {(row["actor"], row["undoes"] is None) for row in kept} == {("desk", True), ("another", False)}
    assert own_fortnight.rows("log")[-1]["action"] == "decision on incidents undone"


def test_each_act_is_undone_on_its_own_the_newest_first(own_fortnight):
    opened = own_fortnight.open()
    before = store.links(opened.warehouse, FIRST, LAST)
    name, members = min(
        (found[min(one)], sorted(one)) for found in [incidents(opened)] for one in groups(found) if len(one) >= 4
    )
    decisions.split(opened.linkage, name, members[:2], "desk")
    after_split = store.links(opened.warehouse, FIRST, LAST)
    decisions.merge(opened.linkage, members[0], members[2], "desk")
    decisions.undo(opened.linkage, members[0], "desk")
    assert store.links(opened.warehouse, FIRST, LAST) == after_split
    decisions.undo(opened.linkage, members[0], "desk")
    assert store.links(opened.warehouse, FIRST, LAST) == before
    with pytest.raises(TaskingError, match="there is no decision to undo"):
        decisions.undo(opened.linkage, members[0], "desk")


def test_a_decision_of_an_earlier_day_is_corrected_with_a_reason(own_fortnight):
    opened = own_fortnight.open()
    one, other = sorted(min((found for found in groups(incidents(opened)) if len(found) == 2), key=min))
    decisions.keep_apart(opened.linkage, one, other, "desk")
    later = replace(opened, clock=lambda: NOW + dt.timedelta(days=1))
    with pytest.raises(TaskingError, match="enter a reason for the correction"):
        decisions.undo(later.linkage, one, "desk")
    decisions.undo(later.linkage, one, "desk", "the wrong reference was read out")
    assert incidents(opened)[one] == incidents(opened)[other]
    assert own_fortnight.rows("log")[-1]["note"] == "the wrong reference was read out"
