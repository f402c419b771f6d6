"""What nobody answers lapses, what stays overdue is escalated once, and no tasking is in no list."""

import datetime as dt

import pytest
from pages.conftest import Pages

from tasking import meeting
from tasking.meeting.system_steps import take_system_steps
from tasking.meeting.tasking_lists import listed
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb
from tasking.model.tasking_list import Listed

from .conftest import TODAY

MONDAY = dt.date(2026, 11, 9)
SATURDAY, FRIDAY = dt.date(2026, 11, 7), dt.date(2026, 11, 20)


def run(district, day: dt.date) -> list[str]:
    return take_system_steps(district.on(day, "07:00").meeting, day)


def status(district, tasking_id: str) -> Status:
    return meeting.tasking_of(district.open().meeting, tasking_id).status


@pytest.mark.parametrize("proposed_on", [MONDAY, SATURDAY])
def test_a_proposed_tasking_lapses_after_five_meetings_without_an_answer(district, proposed_on):
    tasking_id = district.proposed(proposed_on)
    for day in range(10, 14):  # the fifth meeting is on Friday 13 November
        assert run(district, dt.date(2026, 11, day)) == []
    assert run(district, dt.date(2026, 11, 14)) == [tasking_id]
    assert status(district, tasking_id) == Status.LAPSED


def test_how_many_meetings_is_declared(district):
    rules = district.open().partnership.taskings.model_copy(update={"lapse_after": 1})
    district.changes["taskings"] = rules
    tasking_id = district.proposed(MONDAY)
    assert run(district, MONDAY) == []
    assert run(district, dt.date(2026, 11, 10)) == [tasking_id]


def test_a_day_that_is_run_again_lapses_nothing_twice_and_nothing_that_was_answered_since(district):
    first, second = district.proposed(MONDAY, 1), district.proposed(MONDAY, 2)
    meeting.decide(district.on(dt.date(2026, 11, 16), "08:10").meeting, second, Verb.TAKE, "Sgt Hale")
    assert run(district, dt.date(2026, 11, 16)) == [first]
    assert run(district, dt.date(2026, 11, 16)) == []
    assert run(district, dt.date(2026, 11, 17)) == []
    assert status(district, second) == Status.OPEN


def test_what_has_lapsed_stands_so_as_of_its_day_and_is_proposed_as_of_the_day_before(district):
    tasking_id = district.proposed(MONDAY)
    run(district, dt.date(2026, 11, 16))
    standing = meeting.tasking_of(district.open().meeting, tasking_id).standing
    assert standing.as_of(dt.date(2026, 11, 16)).status == Status.LAPSED
    assert standing.as_of(dt.date(2026, 11, 15)).status == Status.PROPOSED


@pytest.mark.parametrize("verb", [Verb.TAKE, Verb.DONE])
def test_what_has_lapsed_can_be_taken_up_again(district, verb):
    tasking_id = district.proposed(MONDAY)
    run(district, dt.date(2026, 11, 16))
    assert meeting.decide(district.on(TODAY).meeting, tasking_id, verb, "Sgt Hale").counted
    assert status(district, tasking_id) == {Verb.TAKE: Status.OPEN, Verb.DONE: Status.DONE}[verb]
    assert run(district, TODAY) == []


def test_the_log_says_that_it_lapsed_and_who_did_it(district):
    tasking_id = district.proposed(MONDAY)
    run(district, dt.date(2026, 11, 16))
    entry = max(district.desk.rows("log"), key=lambda row: row["entry_number"])
    assert (entry["actor"], entry["action"], entry["subject"]) == ("tasking", "tasking: lapse", tasking_id)
    assert entry["note"] == "no decision for 5 meetings"


def test_an_overdue_tasking_is_escalated_once_for_each_date(district):
    tasking_id = district.given(due_on=dt.date(2026, 11, 11), day=MONDAY)
    assert run(district, dt.date(2026, 11, 13)) == []
    assert run(district, dt.date(2026, 11, 16)) == [tasking_id]  # the third meeting after the 11th
    assert run(district, dt.date(2026, 11, 17)) == []
    meeting.carry(district.on(dt.date(2026, 11, 17), "08:30").meeting, tasking_id, "Sgt Hale", dt.date(2026, 11, 18))
    assert run(district, dt.date(2026, 11, 20)) == []
    assert run(district, dt.date(2026, 11, 23)) == [tasking_id]


def test_what_is_taken_up_late_is_not_named_before_anybody_had_the_time_to_do_it(district):
    tasking_id = district.proposed(MONDAY)  # due on the 10th
    run(district, dt.date(2026, 11, 16))
    meeting.decide(district.on(dt.date(2026, 11, 18), "08:10").meeting, tasking_id, Verb.TAKE, "Sgt Hale")
    assert run(district, FRIDAY) == []
    assert run(district, dt.date(2026, 11, 23)) == [tasking_id]


def test_a_late_run_escalates_nothing_that_has_a_new_date_since(district):
    tasking_id = district.given(due_on=dt.date(2026, 11, 11), day=MONDAY)
    meeting.carry(district.on(dt.date(2026, 11, 16), "08:30").meeting, tasking_id, "Sgt Hale", dt.date(2026, 11, 25))
    district.on(dt.date(2026, 11, 17))
    assert take_system_steps(district.open().meeting, dt.date(2026, 11, 16)) == []


def test_every_tasking_is_in_a_list_however_old(district):
    old = dt.date(2025, 3, 3)
    done, dropped, lapsed, proposed, open_ = (district.proposed(old, number) for number in range(1, 6))
    gone = district.proposed(old, 6, withdrawn_on=old)
    desk = district.on(dt.date(2025, 3, 4))
    meeting.decide(desk.meeting, done, Verb.DONE, "Sgt Hale")
    meeting.decide(desk.meeting, dropped, Verb.DROP, "Sgt Hale", "not ours")
    meeting.decide(desk.meeting, open_, Verb.TAKE, "Sgt Hale")
    from tasking.model.proposal import Step

    step = Step(lapsed, Verb.LAPSE, "tasking", desk.clock(), dt.date(2025, 3, 11))
    assert desk.meeting.take_step(step, "tasking") is step
    everything = meeting.taskings(district.on(TODAY).meeting, is_all=True)

    def ids(which: Listed, **of) -> set[str]:
        return {one.tasking_id for one in listed(everything, which, **of)}

    assert ids(Listed.OPEN) == ids(Listed.OVERDUE) == {open_}
    assert ids(Listed.PROPOSED) == {proposed}
    assert ids(Listed.LAPSED) == {lapsed, gone}
    assert ids(Listed.DONE) == {done, dropped}
    assert ids(Listed.MINE, names=["sgt hale"]) == {open_}  # who took it
    assert ids(Listed.MINE, names=["PC Moss"]) == set()
    assert ids(Listed.OPEN, owner="town wardens") == {open_}
    assert ids(Listed.OPEN, owner="Kent Police") == set()


def test_a_tasking_has_a_lead_and_others_and_each_finds_it_under_mine(district):
    tasking_id = district.given(owner="Town wardens; Kent Police, crime prevention; Town wardens")
    one = meeting.tasking_of(district.open().meeting, tasking_id)
    assert one.owners == ("Town wardens", "Kent Police, crime prevention")
    meeting.assign(district.open().meeting, tasking_id, "Sgt Hale", ["PC Moss", "Swanley Town Council"])
    one = meeting.tasking_of(district.open().meeting, tasking_id)
    assert (one.owner, one.others) == ("PC Moss", ("Swanley Town Council",))
    for name in ("pc moss", "Swanley Town Council"):
        assert listed([one], Listed.MINE, [name]) == [one]
    assert listed([one], Listed.MINE, ["Town wardens"]) == []
    with pytest.raises(TaskingError, match="Enter who does it"):
        meeting.assign(district.open().meeting, tasking_id, "Sgt Hale", " ; ")


def test_an_account_finds_under_mine_what_was_given_to_the_person(district):
    from tasking.model.partnership import Person

    district.changes["people"] = [Person(name="Sgt Hale", slack="U0HALE", account="hale")]
    tasking_id = district.taken(dt.date(2026, 11, 18), owner="Sgt Hale")
    pages = Pages(district.desk, name="hale")
    pages.opened = district.open()
    assert tasking_id in pages.get("/taskings?show=mine").text
    other = Pages(district.desk, name="moss")
    other.opened = district.open()
    assert tasking_id not in other.get("/taskings?show=mine").text


def test_the_desk_lists_what_lapsed_and_takes_it_up_again_and_assigns_to_several(district):
    tasking_id = district.proposed(MONDAY)
    run(district, dt.date(2026, 11, 16))
    pages = Pages(district.desk)
    pages.opened = district.on(TODAY)
    page = pages.get("/taskings?show=lapsed").text
    assert '<p class="count">1 tasking</p>' in page
    assert "Take up again" in page
    assert "Lapsed, 16 November 2026" in page
    assert "Nobody: it was proposed for" in page
    told = pages.said(pages.post(f"/taskings/{tasking_id}/assign", {"owner": "Town wardens; Sgt Hale"}))
    assert told == "Assigned: Town wardens and Sgt Hale. Sgt Hale: message posted. Town wardens: message posted."
    page = pages.get("/taskings?show=open&owner=Sgt+Hale").text
    assert "Town wardens, with Sgt Hale" in page
    assert tasking_id not in pages.get("/taskings?show=open&owner=Kent+Police").text


def test_more_than_a_page_of_what_is_over_is_paged_through(district):
    from tasking.model.proposal import Step

    desk = district.open()
    for number in range(1, 104):
        tasking_id = district.proposed(dt.date(2025, 3, 3), number)
        step = Step(tasking_id, Verb.LAPSE, "tasking", desk.clock(), dt.date(2025, 3, 11))
        assert desk.meeting.take_step(step, "tasking") is step
    pages = Pages(district.desk)
    first = pages.get("/taskings?show=lapsed").text
    assert "1 to 50 of 103 taskings" in first
    assert first.count('<tbody id="T-') == 50
    assert "start=50" in first
    assert pages.get("/taskings?show=lapsed&start=100").text.count('<tbody id="T-') == 3


def test_a_step_of_an_older_version_that_names_one_owner_is_read_too(district):
    tasking_id = district.given()
    meeting.decide(district.open().meeting, tasking_id, Verb.ASSIGN, "Sgt Hale", details={"owner": "PC Moss"})
    assert meeting.tasking_of(district.open().meeting, tasking_id).owners == ("PC Moss",)


def test_a_tasking_that_is_corrected_and_approved_again_is_escalated_again(district):
    tasking_id = district.taken(MONDAY, due_on=MONDAY)
    assert run(district, dt.date(2026, 11, 12)) == [tasking_id]
    desk = district.on(dt.date(2026, 11, 12), "09:00").meeting
    meeting.undo(desk, tasking_id, "Sgt Hale", "the wrong owner")
    meeting.approve(desk, tasking_id, "Sgt Hale", due_on=dt.date(2026, 11, 13))
    assert run(district, dt.date(2026, 11, 16)) == []
    assert run(district, dt.date(2026, 11, 18)) == [tasking_id]
    assert run(district, TODAY) == []
