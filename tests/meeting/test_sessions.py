"""A meeting is stored as it goes on: who is there, what was noted, where it is; another machine goes on from there."""

import datetime as dt

import pytest
from conftest import TestDesk, home_for

from tasking.meeting import sessions
from tasking.model.errors import TaskingError

from .conftest import BEFORE, TODAY, at


def names(session):
    return session.present, session.apologies


def held(desk: TestDesk) -> tuple:
    """What is stored of a meeting that two people hold at once."""
    service = desk.open().meeting
    sessions.start_meeting(service, "chair", ["Sgt Hale", " Ama  Obi ", "sgt hale"], ["Jo Quiet", "Sgt Hale"])
    sessions.start_meeting(service, "deputy", ["Łukasz Şahin", "محمد الخطيب"], [])
    session = sessions.open_session(service, TODAY)
    seen = len(session.entries)
    sessions.set_attendance(service, TODAY, "chair", [*session.present, "Late Comer"], [], seen)
    sessions.set_attendance(service, TODAY, "deputy", session.present[1:], ["Jo Quiet"], seen)
    sessions.add_note(service, TODAY, "chair", "D-1", "  the gate is mended \n by Friday ")
    sessions.add_note(service, TODAY, "deputy", "", "=1+1 <b>bold</b> \ud83d half")
    sessions.remove_note(service, TODAY, "chair", sessions.open_session(service, TODAY).notes[0].number)
    sessions.skip(service, TODAY, "chair", "D-2")
    sessions.skip(service, TODAY, "chair", "D-2")
    sessions.go_to(service, TODAY, "D-3")
    return sessions.session_of(service, TODAY), [
        (row["actor"], row["action"], row["subject"]) for row in desk.rows("log") if "meeting" in row["action"]
    ]


def test_a_meeting_is_kept_alike_on_both_databases(database_url, deliveries, tmp_path):
    desk = TestDesk(home_for(tmp_path / "home"), deliveries.folder, database_url, now=at("08:30"))
    reference = TestDesk(desk.home, deliveries.folder, f"sqlite:///{tmp_path / 'reference.db'}", now=at("08:30"))
    session, log = held(desk)
    assert (session, log) == held(reference)
    assert names(session) == (("Ama Obi", "Łukasz Şahin", "محمد الخطيب", "Late Comer"), ())
    assert [one.words for one in session.notes] == ["=1+1 <b>bold</b> \ufffd half"]
    assert (session.item, session.skipped, session.started_by) == ("D-3", {"D-2"}, "chair")
    assert ("chair", "meeting: started", str(TODAY)) in log
    assert sum(action == "meeting: started" for _, action, _ in log) == 1


def test_who_is_there_has_sent_no_apologies(district):
    session = sessions.start_meeting(district.open().meeting, "chair", ["Sgt Hale"], ["Sgt Hale", "Ama Obi"])
    assert names(session) == (("Sgt Hale",), ("Ama Obi",))


def test_nothing_is_recorded_before_the_meeting_or_by_a_stale_page(district):
    service = district.open().meeting
    with pytest.raises(TaskingError, match="2 November 2026 has not been started"):
        sessions.add_note(service, TODAY, "chair", "", "a note")
    sessions.start_meeting(service, "chair", ["Sgt Hale"], [])
    with pytest.raises(TaskingError, match="Enter the note"):
        sessions.add_note(service, TODAY, "chair", "", " \u200b\n")
    with pytest.raises(TaskingError, match="no such note"):
        sessions.remove_note(service, TODAY, "chair", 1)  # the first entry is who was there
    with pytest.raises(TaskingError, match="1000 letters"):
        sessions.add_note(service, TODAY, "chair", "", "x" * 1001)


def test_a_note_that_is_sent_twice_is_in_the_minutes_once(district):
    service = district.open().meeting
    sessions.start_meeting(service, "chair", [], [])
    for actor, about in (("chair", "D-1"), ("chair", "D-1"), ("deputy", "D-1"), ("chair", "")):
        sessions.add_note(service, TODAY, actor, about, "the gate is mended")
    noted = sessions.open_session(service, TODAY).notes
    assert [(one.actor, one.about) for one in noted] == [("chair", "D-1"), ("deputy", "D-1"), ("chair", "")]
    sessions.remove_note(service, TODAY, "chair", noted[0].number)
    sessions.add_note(service, TODAY, "chair", "D-1", "the gate is mended")
    assert len(sessions.open_session(service, TODAY).notes) == 3


def test_too_many_or_too_long_names_are_refused(district):
    service = district.open().meeting
    with pytest.raises(TaskingError, match="100 people"):
        sessions.start_meeting(service, "chair", [f"Officer {number}" for number in range(101)], [])
    with pytest.raises(TaskingError, match="120 letters"):
        sessions.start_meeting(service, "chair", ["x" * 121], [])
    assert sessions.session_of(service, TODAY) is None


def test_the_last_meeting_that_somebody_was_at_is_found_by_any_spelling_of_their_name(district):
    for day, present in ((dt.date(2026, 10, 29), ["ŁUKASZ ŞAHİN", "Sgt Hale"]), (BEFORE, ["Sgt Hale", "Łukasz"])):
        service = district.open("08:30", day).meeting
        sessions.start_meeting(service, "chair", present, [])
    session = sessions.session_of(service, BEFORE)
    sessions.set_attendance(service, BEFORE, "chair", ["Łukasz"], [], len(session.entries))  # Hale was a mistake
    assert sessions.last_attended(service, {"sgt HALE"}, TODAY) == dt.date(2026, 10, 29)
    assert sessions.last_attended(service, {"Łukasz"}, TODAY) == BEFORE
    assert sessions.last_attended(service, {"Łukasz"}, BEFORE) is None
    assert sessions.last_attended(service, set(), TODAY) is None
