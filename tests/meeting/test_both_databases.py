"""The items, the minutes and the handover are the same on SQLite and PostgreSQL, and leave nothing out."""

import datetime as dt

from conftest import TestDesk, home_for

from tasking import meeting
from tasking.briefing import meeting_papers as papers
from tasking.meeting import sessions
from tasking.meeting.sheet import sheet_text
from tasking.meeting.store import decided as store
from tasking.model.proposal import Status, Verb

from .conftest import TODAY

FIRST, SECOND = dt.date(2026, 10, 22), dt.date(2026, 10, 23)


def held(desk: TestDesk) -> tuple:
    """What the papers say after two days with decisions on both."""
    desk.now = dt.datetime.combine(FIRST, dt.time(8), dt.UTC)
    desk.run(str(FIRST), is_posting=False)
    opened = desk.open()
    questions = [one for one in papers.items_on(opened.briefings, FIRST) if one.is_question]
    sessions.start_meeting(opened.meeting, "chair", ["Sgt Hale"], [])
    meeting.approve(opened.meeting, questions[0].subject_id, "chair", owners=["West Kent Homes"])
    meeting.decide(opened.meeting, questions[1].subject_id, Verb.REJECT, "chair", "known")
    meeting.undo(opened.meeting, questions[1].subject_id, "chair")
    meeting.decide(opened.meeting, questions[2].subject_id, Verb.REJECT, "chair", "known")
    written = papers.finish(opened.briefings, FIRST, "chair")
    desk.now = dt.datetime.combine(SECOND, dt.time(8), dt.UTC)
    desk.run(str(SECOND), is_posting=False)
    opened = desk.open()
    sessions.start_meeting(opened.meeting, "chair", ["Sgt Hale"], [])
    handover = papers.handover_since(opened.briefings, FIRST, SECOND, has_details=True)
    return written, papers.items_on(opened.briefings, SECOND), sheet_text(handover)


def test_the_papers_are_the_same_on_both(database_url, deliveries, tmp_path):
    desk = TestDesk(home_for(tmp_path / "home"), deliveries.folder, database_url)
    reference = TestDesk(desk.home, deliveries.folder, f"sqlite:///{tmp_path / 'reference.db'}")
    written, items, handover = held(desk)
    assert (written, items, handover) == held(reference)
    assert [one.owners for one in written.decided] == [("West Kent Homes",)]
    assert len(written.rejected) == 1
    assert any(one.part.name == "EARLIER" for one in items)
    assert handover.startswith("OFFICIAL")


def test_what_ended_before_is_left_out_and_nothing_else(district):
    """The items read fewer proposals and taskings than there are: they are the same as from all of them."""
    service = district.open().meeting
    everything = meeting.taskings(service, TODAY, is_all=True)
    live = [one.tasking_id for one in everything if one.status in (Status.PROPOSED, Status.OPEN, Status.LAPSED)]
    kept = store.taskings_not_over(service.warehouse, TODAY)
    assert {*live} - {one.tasking_id for one in everything if one.status == Status.LAPSED} <= {*kept}
    for number, one in enumerate(meeting.tracked_proposals(service)[:12]):
        if Verb.APPROVE in one.standing.open_verbs:
            verb = (Verb.APPROVE, Verb.REJECT)[number % 2]
            meeting.decide(service, one.proposal.proposal_id, verb, "chair", "so")
    tomorrow = TODAY + dt.timedelta(days=1)
    found = store.proposals_not_over(service.warehouse, tomorrow, tomorrow - dt.timedelta(days=400))
    some = [one for one in meeting.tracked_proposals(service) if one.proposal in found]
    assert len(some) < len(meeting.tracked_proposals(service))
    assert meeting.groups(service, tomorrow, among=some) == meeting.groups(service, tomorrow)
    assert meeting.case_reviews(service, tomorrow, among=some) == meeting.case_reviews(service, tomorrow)
