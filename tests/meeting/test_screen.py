"""The screen of the meeting: by buttons and keys, on two machines at once, with and without rights."""

import datetime as dt
import re

import pytest

from tasking import meeting
from tasking.briefing import meeting_papers as papers
from tasking.meeting import sessions
from tasking.meeting.minutes import minutes_of
from tasking.model.proposal import Verb

from .conftest import BEFORE, POLICE, TODAY
from .pages import CHAIR, KEEPER, READER, Desk, heading, said


@pytest.fixture
def chair(district) -> Desk:
    return Desk(district)


@pytest.fixture
def started(chair) -> Desk:
    chair.get("/meeting")
    chair.post(
        "/meeting/start", present=["Sgt Hale", "Ama Obi"], others="Łukasz Şahin, Town Council\n\n", apologies="Jo Quiet"
    )
    return chair


def items(desk, part="DECIDE"):
    services = desk.district.open()
    return [one for one in papers.items_on(services.briefings, TODAY) if one.part.name == part]


def show(desk, item) -> str:
    return desk.text(f"/meeting?item={item.key}")


def test_the_meeting_is_started_with_who_is_there(chair):
    page = chair.text("/meeting")
    assert "Meeting of Monday 2 November 2026" in page
    assert all(name in page for name in ("Sgt Hale", "Ama Obi", "Jo Quiet", POLICE))
    answer = chair.post("/meeting/start", present="Sgt Hale", others="Łukasz Şahin", apologies="Jo Quiet")
    page = chair.follow(answer)
    assert "item 1 of" in page
    assert "2 here" in page
    session = sessions.session_of(chair.district.open().meeting, TODAY)
    assert (session.present, session.apologies) == (("Sgt Hale", "Łukasz Şahin"), ("Jo Quiet",))


def test_without_a_briefing_the_page_is_red_and_says_what_to_do(district):
    district.open("08:30", dt.date(2026, 11, 3))
    desk = Desk(district)
    page = desk.text("/meeting")
    assert "There is no briefing for today" in page
    assert "/tonight" in page
    assert "Start the meeting" not in page
    assert desk.post("/meeting/start").status_code == 422
    assert sessions.session_of(district.open().meeting, dt.date(2026, 11, 3)) is None


def test_on_a_day_without_meeting_the_page_says_when_the_next_one_is(district):
    district.open("08:30", dt.date(2026, 11, 7))
    assert "The next one is on Monday 9 November 2026" in Desk(district).text("/meeting")


def test_the_chair_goes_through_the_items_and_another_machine_follows(started):
    reader = Desk(started.district, READER, "reader")
    first = heading(started.text("/meeting"))
    assert heading(reader.text("/meeting")) == first
    keys = [one.key for one in papers.items_on(started.district.open().briefings, TODAY)]
    page = started.follow(started.post("/meeting/go", item=keys[1]))
    assert heading(page) != first
    assert heading(reader.text("/meeting")) == heading(page)
    assert "Approve" not in reader.text(f"/meeting?item={items(started)[0].key}")
    assert heading(reader.text(f"/meeting?item={keys[0]}")) == first  # looks back by itself
    assert "The meeting is at" in reader.text(f"/meeting?item={keys[0]}")
    assert heading(started.text("/meeting")) == heading(page)
    assert 'href="/meeting/agenda"' in page  # also once the meeting has begun
    assert reader.get("/meeting?follow=true").headers["Refresh"] == "15"


def test_approving_goes_on_and_can_be_undone_from_the_next_item(started):
    first, second, *_ = items(started)
    page = show(started, first)
    assert heading(page) == first.named.replace("&", "&amp;")
    page = started.follow(
        started.post("/meeting/approve", item=first.key, owner="Town wardens", due_on="2026-11-05", reason="")
    )
    assert "Approved: Town wardens, by Thu 5 Nov" in said(page)
    assert heading(page).startswith("B.")
    assert len(started.district.mails("wardens@example.org")) == 1
    undo = re.search(r'name="subject" value="([^"]+)"><input type="hidden" name="number" value="(\d+)"', page)
    page = started.follow(started.post("/meeting/undo", item=second.key, subject=undo[1], number=undo[2]))
    assert "Undone" in said(page)
    assert heading(page).startswith("A.")
    assert "Approve and go on" in page


def test_what_was_typed_stays_where_it_can_not_be_used(started):
    first = items(started)[0]
    show(started, first)
    answer = started.post(
        "/meeting/approve", item=first.key, owner="Somebody New", due_on="2026-10-01", reason="as agreed"
    )
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert 'value="Somebody New"' in answer.text
    assert 'value="as agreed"' in answer.text
    assert "The date must be today or later" in answer.text
    answer = started.post("/meeting/reject", item=first.key, reason=" ")
    assert "Enter the reason" in answer.text
    answer = started.post("/meeting/tasking", item=first.key, what="see the gate", owner="", due_on="soon")
    assert 'value="see the gate"' in answer.text
    assert answer.status_code == 422


def test_of_two_chairs_the_first_decision_counts_and_the_second_is_told(started):
    first = items(started)[0]
    deputy = Desk(started.district, CHAIR, "deputy")
    show(started, first), show(deputy, first)
    deputy.post("/meeting/reject", item=first.key, reason="known already")
    answer = started.post("/meeting/approve", item=first.key, owner="Town wardens", due_on="2026-11-05")
    assert answer.status_code == 422
    assert "Rejected already, by deputy on Mon 2 Nov" in answer.text
    assert "Town wardens</pre>" in answer.text
    assert heading(show(started, first)).startswith("A.")
    standing = started.district.open().meeting.standings([first.subject_id])[first.subject_id]
    assert [step.verb for step in standing.steps if step.actor == "chair"] == []


def test_skipping_leaves_a_question_open_and_says_so_in_the_list(started):
    first = items(started)[0]
    page = started.follow(started.post("/meeting/skip", item=first.key))
    assert heading(page).startswith("B.")
    assert "skipped" in page
    assert "Approve and go on" in show(started, first)


def test_a_note_is_shown_at_its_item_and_removed(started):
    first = items(started)[0]
    show(started, first)
    page = started.follow(started.post("/meeting/note", item=first.key, words="<b>gate</b> is mended & shut"))
    assert "&lt;b&gt;gate&lt;/b&gt; is mended &amp; shut" in page
    number = re.search(r'name="number" value="(\d+)"><button class="small">', page)[1]
    assert "gate" not in Desk(started.district, READER, "reader").text(f"/meeting?item={first.key}")
    page = started.follow(started.post("/meeting/note/remove", item=first.key, number=number))
    assert "gate" not in page


def test_a_tasking_is_added_to_the_incident_of_the_item(started):
    night = items(started, "NIGHT")[0]
    show(started, night)
    page = started.follow(
        started.post(
            "/meeting/tasking",
            item=night.key,
            what="light the path",
            owner="Town wardens",
            due_on="2026-11-04",
            place="The Vine",
        )
    )
    assert "Tasking added: light the path" in said(page)
    assert "light the path</a>: Town wardens, due 4 November 2026" in page
    row = next(row for row in started.district.desk.rows("tasking") if row["what"] == "light the path")
    assert row["incident_id"] == night.incident_ids[0]


def test_the_owner_and_date_of_an_overdue_tasking_are_changed(district):
    services = district.open("08:30", dt.date(2026, 10, 28))
    tasking_id = meeting.add_tasking(
        services.meeting, "chair", "mend the gate", "Bob Typed", "The Vine", dt.date(2026, 10, 29)
    )
    district.open("08:30")
    desk = Desk(district)
    desk.get("/meeting")
    desk.post("/meeting/start", present="Sgt Hale")
    page = desk.text(f"/meeting?item={tasking_id}")
    assert heading(page) == "Mend the gate"
    page = desk.follow(desk.post("/meeting/change", item=tasking_id, tasking_id=tasking_id, owner="Town wardens"))
    assert "Assigned" in said(page)
    page = desk.follow(desk.post("/meeting/change", item=tasking_id, tasking_id=tasking_id, due_on="2026-11-06"))
    assert "Carried over" in said(page)
    assert heading(page) == "Mend the gate"
    answer = desk.post("/meeting/change", item=tasking_id, tasking_id=tasking_id, due_on="2026-10-01")
    assert answer.status_code == 422
    page = desk.follow(desk.post("/meeting/change", item=tasking_id, tasking_id=tasking_id, is_done="true"))
    assert "Done" in said(page)


@pytest.mark.parametrize(
    "act", ["go", "approve", "reject", "skip", "note", "tasking", "change", "undo", "start", "people", "finish"]
)
def test_who_only_reads_changes_nothing(started, act):
    reader = Desk(started.district, READER, "reader")
    before = started.district.desk.rows("meeting_entry"), started.district.desk.rows("step")
    first = items(started)[0]
    form = {"item": first.key, "reason": "so", "words": "a note", "what": "what", "owner": "me", "due_on": "2026-11-09",
            "tasking_id": first.key, "subject": first.key, "number": "1", "seen": "0"}  # fmt: skip
    assert reader.post(f"/meeting/{act}", **form).status_code == 403
    assert (started.district.desk.rows("meeting_entry"), started.district.desk.rows("step")) == before


def test_an_item_that_is_not_there_is_refused_whoever_asks(started):
    for key in ("D-20261102-00000000", "", "x" * 60):
        answer = started.post("/meeting/approve", item=key)
        assert answer.status_code in (303, 422)
    assert "item 1 of" in started.text("/meeting?item=nonsense")


def test_the_meeting_is_checked_finished_and_its_minutes_are_sent_once(started):
    first = items(started)[0]
    show(started, first)
    started.post(
        "/meeting/approve", item=first.key, owner="Town wardens", due_on="2026-11-05", reason="ask Zelda Quorn"
    )
    assert "Go to the meeting" in started.text("/today")
    page = started.text("/meeting/finish")
    assert "Check the minutes before you finish" in page
    assert all(
        name in page for name in ("Sgt Hale, who was there", "Town wardens, who was given work", "Chair of the CSU")
    )
    page = started.follow(started.post("/meeting/finish", day=str(TODAY)))
    assert "Minutes, CSU meeting of Monday 2 November 2026" in page
    assert "Zelda Quorn" in page
    for address in ("hale@example.org", "obi@example.org", "chair@example.org"):
        (mail,) = started.district.mails(address)
        (file,) = mail.attachments
        assert (file.name, file.kind) == ("minutes-2026-11-02-v1.pdf", "application/pdf")
        assert "Zelda" not in mail.text
    assert len(started.district.mails("wardens@example.org")) == 2  # the tasking, and the minutes
    started.post(f"/meeting/minutes/{TODAY}/send")
    assert len(started.district.mails("hale@example.org")) == 1
    assert "is finished" in started.text("/meeting")
    assert "Minutes of the meeting" in started.text("/today")
    assert started.post("/meeting/skip", item=first.key).status_code == 422
    assert started.get(f"/meeting/minutes/{TODAY}/pdf").content.startswith(b"%PDF")
    reader = Desk(started.district, READER, "reader")
    assert "Zelda" not in reader.text(f"/meeting/minutes/{TODAY}")


def test_minutes_are_corrected_in_a_new_version_that_is_sent(started):
    started.post("/meeting/finish", day=str(TODAY))
    started.text(f"/meeting/minutes/{TODAY}")
    started.post(f"/meeting/minutes/{TODAY}/note", words="the lamp works")
    answer = started.post(f"/meeting/minutes/{TODAY}/correct", reason="")
    assert (answer.status_code, "Enter what is corrected" in answer.text) == (422, True)
    page = started.follow(started.post(f"/meeting/minutes/{TODAY}/correct", reason="a note was missing"))
    assert "Version 2" in page
    assert "the lamp works" in page
    assert len(started.district.mails("hale@example.org")) == 2
    assert "the lamp works" not in started.text(f"/meeting/minutes/{TODAY}?version=1").split("Correct the minutes")[0]
    assert started.get(f"/meeting/minutes/{TODAY}?version=9").status_code == 404


def test_a_meeting_that_nobody_finished_is_finished_on_the_next_day(district):
    services = district.open("08:30", BEFORE)
    sessions.start_meeting(services.meeting, "chair", ["Sgt Hale"], [])
    district.open("08:30")
    desk = Desk(district)
    assert "The meeting of 30 October 2026 was not finished" in desk.text("/meeting")
    assert "30 October 2026" in desk.text(f"/meeting/finish?day={BEFORE}")
    desk.post("/meeting/finish", day=str(BEFORE))
    assert len(minutes_of(district.open().meeting, BEFORE)) == 1


@pytest.mark.parametrize("today", ["not begun", "going on", "finished", "without items", "without briefing"])
def test_a_meeting_that_nobody_finished_is_reached_from_today_and_from_the_pages_of_meetings(
    district, monkeypatch, today
):
    long_ago = dt.date(2026, 10, 28)  # two meetings before
    sessions.start_meeting(district.open("08:30", long_ago).meeting, "chair", ["Sgt Hale"], [])
    if today == "without briefing":
        district.open("08:30", dt.date(2026, 11, 3))
    else:
        services = district.open("08:30")
        if today != "not begun":
            sessions.start_meeting(services.meeting, "chair", [], [])
        if today == "finished":
            papers.finish(services.briefings, TODAY, "chair")
        if today == "without items":
            monkeypatch.setattr("tasking.pages.meeting_mode.items_of_today", lambda *_: [])
    chair, reader = Desk(district), Desk(district, READER, "reader")
    for path in ("/today", "/meeting", "/meeting/minutes"):
        assert f'href="/meeting/finish?day={long_ago}">Finish it now' in chair.text(path), path
        assert "The meeting of 28 October 2026 was not finished" in reader.text(path)
        assert "/meeting/finish" not in reader.text(path)
    assert "was not finished" not in chair.text(f"/today?day={BEFORE}")
    chair.post("/meeting/finish", day=str(long_ago))
    assert "was not finished" not in "".join(chair.text(path) for path in ("/today", "/meeting", "/meeting/minutes"))


def test_only_those_entitled_learn_of_a_restricted_part(started):
    keeper = Desk(started.district, KEEPER, "keeper")
    last = papers.items_on(started.district.open().briefings, TODAY)[-1]
    assert "Restricted part" in keeper.text(f"/meeting?item={last.key}")
    assert "leave the room now" in keeper.text("/meeting/restricted")
    for desk in (started, Desk(started.district, READER, "reader")):
        assert "estricted part" not in desk.text(f"/meeting?item={last.key}")
        assert desk.get("/meeting/restricted").status_code == 403


def test_the_papers_are_pages_and_files(started):
    reader = Desk(started.district, READER, "reader")
    assert "Agenda, CSU meeting of Monday 2 November 2026" in reader.text("/meeting/agenda")
    assert reader.get("/meeting/agenda/pdf").content.startswith(b"%PDF")
    assert "after the meeting of 30 October 2026" in reader.text("/handover")
    assert reader.get(f"/handover/pdf?since={BEFORE}").headers["content-type"] == "application/pdf"
    assert reader.get("/handover?since=2026-11-02").status_code == 404
    assert reader.get("/meeting/agenda?day=2026-12-01").status_code == 404
    assert "There are no minutes yet" in reader.text("/meeting/minutes")
    assert reader.get("/meeting/minutes/2026-11-02").status_code == 404


def test_a_rejected_and_an_approved_proposal_say_so_on_the_screen(started):
    for number, one in enumerate(items(started)[:2]):
        services = started.district.open()
        if number:
            meeting.approve(services.meeting, one.subject_id, "deputy")
        else:
            meeting.decide(services.meeting, one.subject_id, Verb.REJECT, "deputy", "Zelda Quorn has moved")
        page = show(started, one)
        assert "by deputy" in page
        assert "Approve and go on" not in page
    reader = Desk(started.district, READER, "reader")
    assert "Zelda" not in reader.text(f"/meeting?item={items(started)[0].key}")


def test_a_restricted_tasking_is_changed_by_nobody_who_may_not_see_it(started):
    from tasking.meeting.store import taskings as store

    tasking_id = "T-20261101-0000abcd"
    row = {"tasking_id": tasking_id, "proposed_on": BEFORE, "what": "see Zelda Quorn", "place": "", "owner": POLICE,
           "due_on": BEFORE, "why": "x", "incident_id": None, "proposal_id": None, "is_restricted": True}  # fmt: skip
    store.store_taskings(started.district.open().warehouse, [row])
    meeting.decide(started.district.open().meeting, tasking_id, Verb.TAKE, "keeper")
    night = items(started, "NIGHT")[0]
    for asked in (tasking_id, "T-20261101-0000abce"):
        answer = started.post("/meeting/change", item=night.key, tasking_id=asked, owner="me")
        assert answer.status_code == 404
    everything = [one.key for one in papers.items_on(started.district.open().briefings, TODAY)]
    assert tasking_id not in everything
    assert tasking_id in Desk(started.district, KEEPER, "keeper").text("/meeting/restricted")
    assert "Zelda" not in Desk(started.district, KEEPER, "keeper").text("/meeting/restricted")
