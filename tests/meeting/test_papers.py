"""The agenda, the minutes and the handover: what is on them, what is not, and how long they are."""

import datetime as dt
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tasking import meeting
from tasking.briefing import meeting_papers as papers
from tasking.meeting import sessions
from tasking.meeting.minutes import minutes_of, minutes_sheet, readable_minutes
from tasking.meeting.sheet import Line, Section, Sheet, sheet_text
from tasking.meeting.sheet_fit import fitted, pages_of
from tasking.meeting.sheet_pdf import sheet_pdf
from tasking.model.errors import TaskingError
from tasking.model.proposal import Verb

from .conftest import BEFORE, TODAY


def items(services, part=None):
    found = papers.items_on(services.briefings, TODAY)
    return [one for one in found if part is None or one.part.name == part]


def held_and_finished(district, *, is_noted=True):
    """A meeting at which A was approved, B rejected, one tasking added; at 09:05 it is finished."""
    services = district.open("08:30")
    sessions.start_meeting(services.meeting, "chair", ["Sgt Hale", "Ama Obi"], ["Jo Quiet"])
    a, b, *_ = items(services, "DECIDE")
    meeting.approve(services.meeting, a.subject_id, "chair", "ask Zelda Quorn", owners=["Town wardens"])
    meeting.decide(services.meeting, b.subject_id, Verb.REJECT, "chair", "Zelda Quorn has moved")
    meeting.add_tasking(services.meeting, "chair", "visit Zelda Quorn", "Bob Typed", "The Vine, Sevenoaks", TODAY)
    if is_noted:
        sessions.add_note(services.meeting, TODAY, "chair", a.key, "the gate is mended")
    services = district.open("09:05")
    return services, papers.finish(services.briefings, TODAY, "chair"), (a, b)


def test_the_items_are_those_of_the_briefing_in_its_order_and_numbers(district):
    services = district.open()
    briefing = papers.desk_briefing(services.briefings, TODAY)
    found = items(services)
    order = list(dict.fromkeys(one.part for one in found))
    assert order == sorted(order, key=list(type(order[0])).index)
    assert [one.label for one in items(services, "NIGHT")] == [str(n) for n in range(1, len(briefing.night) + 1)]
    asked = [*briefing.decisions, *briefing.taskings]
    numbered = sorted((one for one in asked if one.number), key=lambda one: one.number)
    assert [one.subject_id for one in items(services, "DECIDE")] == [one.proposal_id for one in numbered]
    assert [one.label for one in items(services, "DECIDE")][:3] == ["A", "B", "C"]
    assert len({one.key for one in found}) == len(found)


def test_the_items_stay_the_same_while_the_meeting_decides(district):
    services = district.open()
    before = [one.key for one in items(services)]
    for one in items(services, "DECIDE")[:3]:
        meeting.approve(services.meeting, one.subject_id, "chair")
    for one in items(services, "OVERDUE")[:1]:
        meeting.carry(services.meeting, one.subject_id, "chair", TODAY + dt.timedelta(days=3))
    assert [one.key for one in items(services)] == before


def test_an_agenda_has_two_pages_at_most_whatever_there_is(district):
    services = district.open()
    sheet = papers.agenda_of(services.briefings, TODAY)
    assert pages_of(sheet) <= 2
    busy = replace(sheet, sections=tuple(_busy(one) for one in sheet.sections))
    cut = fitted(busy, 2)
    assert pages_of(cut) == 2
    assert "more on the desk" in sheet_text(cut)
    for before, after in zip(busy.sections, cut.sections, strict=True):
        assert len(after.lines) + after.more == len(before.lines)


def _busy(section):
    return replace(section, lines=section.lines * 12)


def test_one_line_of_great_length_still_fits(district):
    sheet = Sheet("Agenda", "", TODAY, district.desk.now, sections=(Section("To decide", (Line("x " * 20_000),)),))
    assert pages_of(sheet) > 2
    assert pages_of(fitted(sheet, 2)) <= 2


def test_the_same_agenda_has_the_same_bytes_today_and_later(district):
    first = sheet_pdf(papers.agenda_of(district.open("08:30").briefings, TODAY))
    later = sheet_pdf(papers.agenda_of(district.open("11:00").briefings, TODAY))
    assert first == later
    assert first.startswith(b"%PDF")
    assert b"/Lang (en-GB)" in first
    assert b"/Outlines" in first


@pytest.mark.parametrize(
    "words",
    ["Łódź, Şişli", "محمد الخطيب and عبد", "שלום 1+1", "नमस्ते", "中文 😀🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\ud83d \x00\x07 \u202e txt", "=cmd|'/c'!A1", "<script>",
     "x" * 3000, "**bold** __u__", "{nb} {0}", "", "\u0301" * 400],
)  # fmt: skip
def test_any_text_can_be_drawn(district, words):
    sheet = Sheet(
        f"Minutes {words}", words, TODAY, district.desk.now, ((words, words),),
        (Section(words or "-", (Line(words, words, "A", 1), Line("Kent Police", words))),), words, words,
    )  # fmt: skip
    assert sheet_pdf(sheet) == sheet_pdf(sheet)
    assert sheet_text(sheet)


def test_minutes_say_what_was_decided_by_whom_until_when_and_what_was_not(district):
    services, written, (a, b) = held_and_finished(district)
    assert written.present == ("Sgt Hale (Kent Police, local policing team)", "Ama Obi (West Kent Homes)")
    assert written.apologies == ("Jo Quiet (Kent Fire & Rescue Service)",)
    assert [one.owners for one in written.decided] == [("Town wardens",), ("owner on the desk",)]
    assert "Town wardens" in written.decided[0].words
    assert [one.subject_ids[0] for one in written.rejected] == [b.subject_id]
    open_ones = {one.subject_ids[0] for one in written.not_decided}
    assert open_ones == {one.subject_id for one in items(services) if one.is_question} - {a.subject_id, b.subject_id}
    assert [(one.about, one.words) for one in written.notes] == [(a.public_name, "the gate is mended")]
    assert written.next_meeting == dt.date(2026, 11, 3)
    assert minutes_of(services.meeting, TODAY)[0].minutes == written


def test_what_people_typed_is_on_the_desk_alone(district):
    services, written, _ = held_and_finished(district)
    outside = minutes_sheet(services.meeting, written, has_details=False)
    assert not re.search("Zelda|Bob Typed", sheet_text(outside))
    assert b"Zelda" not in sheet_pdf(outside)
    assert "the reason is on the desk" in sheet_text(outside)
    assert "Zelda Quorn has moved" in sheet_text(minutes_sheet(services.meeting, written, has_details=True))


def test_a_meeting_is_finished_once(district):
    services, *_ = held_and_finished(district)
    with pytest.raises(TaskingError, match="finished by chair on Mon 2 Nov at 09:05"):
        papers.finish(services.briefings, TODAY, "deputy")
    assert len(minutes_of(services.meeting, TODAY)) == 1


def test_a_correction_is_a_new_version_and_the_old_one_stays(district):
    services, first, (_, b) = held_and_finished(district)
    services = district.open("11:00")
    meeting.undo(services.meeting, b.subject_id, "chair")
    meeting.approve(services.meeting, b.subject_id, "chair", owners=["West Kent Homes"])
    meeting.approve(services.meeting, first.not_decided[0].subject_ids[0], "officer")  # in the afternoon, by itself
    sessions.set_attendance(services.meeting, TODAY, "chair", ["Sgt Hale", "Ama Obi", "Jo Quiet"], [], 99)
    with pytest.raises(TaskingError, match="Enter what is corrected"):
        papers.correct(services.briefings, TODAY, "chair", " ")
    second = papers.correct(services.briefings, TODAY, "chair", "B was approved")
    assert [one.subject_ids[0] for one in second.decided][-1] == b.subject_id
    assert second.rejected == ()
    assert second.not_decided == first.not_decided
    assert (second.version, len(second.present), second.finished_at) == (2, 3, first.finished_at)
    with pytest.raises(TaskingError, match="Nothing has changed since version 2"):  # a form that is sent twice
        papers.correct(services.briefings, TODAY, "chair", "B was approved")
    assert [one.minutes for one in minutes_of(services.meeting, TODAY)] == [first, second]


def test_the_minutes_lose_what_becomes_restricted(district):
    services, written, (a, _) = held_and_finished(district)
    tasking_id = next(one.subject_ids[0] for one in written.decided if one.subject_ids[0] != a.subject_id)
    desk = district.desk
    with desk.open().warehouse.writing() as connection:
        from tasking.warehouse import tables

        of_tasking = tables.tasking.c.tasking_id == tasking_id
        connection.execute(tables.tasking.update().where(of_tasking).values(is_restricted=True))
    left = readable_minutes(services.meeting, written)
    assert tasking_id not in {one for line in left.decided for one in line.subject_ids}
    assert len(left.decided) == len(written.decided) - 1


def test_a_handover_says_what_somebody_missed(district):
    services, *_ = held_and_finished(district)
    sheet = papers.handover_since(services.briefings, BEFORE, TODAY, has_details=False)
    text = sheet_text(sheet)
    assert "after the meeting of 30 October 2026" in text
    assert "Town wardens: " in text
    assert "DECIDED ON MONDAY 2 NOVEMBER 2026" in text
    assert "Rejected: " in text
    assert not re.search("Zelda|Bob Typed", text)
    assert "Zelda" in sheet_text(papers.handover_since(services.briefings, BEFORE, TODAY, has_details=True))
    for wrong in (TODAY, TODAY + dt.timedelta(days=1), TODAY - dt.timedelta(days=200)):
        with pytest.raises(TaskingError, match="Enter a day"):
            papers.handover_since(services.briefings, wrong, TODAY, has_details=False)


def test_without_a_briefing_there_is_no_agenda_and_a_handover_all_the_same(district):
    tomorrow = dt.date(2026, 11, 3)
    services = district.open("08:30", tomorrow)
    with pytest.raises(TaskingError, match="no briefing of 3 November 2026"):
        papers.agenda_of(services.briefings, tomorrow)
    assert sheet_text(papers.handover_since(services.briefings, TODAY, tomorrow, has_details=False))


def test_a_group_that_was_started_by_hand_is_one_line_and_changed_in_the_handover(district):
    services = district.open("08:30")
    sessions.start_meeting(services.meeting, "chair", ["Sgt Hale"], [])
    theme = next(iter(meeting.themes_offered(services.meeting.rules)))
    new = meeting.NewGroup(
        "Operation Zelda", theme, ["The Vine, Sevenoaks"], "West Kent Homes", "fewer nights of noise"
    )
    meeting.start_by_hand(services.meeting, "chair", new)
    written = papers.finish(services.briefings, TODAY, "chair")
    (line,) = written.decided
    assert line.owners == ("West Kent Homes",)
    assert "West Kent Homes leads, first review" in line.words
    text = sheet_text(papers.handover_since(services.briefings, BEFORE, TODAY, has_details=False))
    assert "West Kent Homes leads" in text.partition("GROUPS")[2].partition("PEOPLE TO CONTACT")[0]
    assert "Zelda" not in text


def restrict(services, incident_id: str) -> None:
    """Makes the reports of an incident restricted, as a partner's revision does."""
    from tasking.warehouse import tables

    r, member = tables.report, tables.incident_report
    of_incident = sa.select(member.c.report_id).where(member.c.incident_id == incident_id)
    with services.warehouse.writing() as connection:
        connection.execute(r.update().where(r.c.report_id.in_(of_incident)).values(is_restricted=True))


@pytest.mark.parametrize("part", ["NIGHT", "DECIDE"])
def test_a_note_about_what_becomes_restricted_before_the_meeting_ends_is_in_no_minutes(district, part):
    services = district.open("08:30")
    sessions.start_meeting(services.meeting, "chair", ["Sgt Hale"], [])
    one, *_ = items(services, part)
    sessions.add_note(services.meeting, TODAY, "chair", one.key, "the door is mended")
    sessions.add_note(services.meeting, TODAY, "chair", "", "we start at nine")
    restrict(services, one.incident_ids[0])
    written = papers.finish(services.briefings, TODAY, "chair")
    assert [note.words for note in readable_minutes(services.meeting, written).notes] == ["we start at nine"]
    session = sessions.session_of(services.meeting, TODAY)
    assert [note.words for note in papers.readable_notes(services.briefings, session)] == ["we start at nine"]


def test_a_question_decided_before_the_meeting_of_the_day_before_was_finished_was_not_decided_there(district):
    services = district.open("08:30", BEFORE)
    sessions.start_meeting(services.meeting, "chair", ["Sgt Hale"], [])
    one, *_ = [item for item in papers.items_on(services.briefings, BEFORE) if item.is_question]
    services = district.open("08:30")
    meeting.approve(services.meeting, one.subject_id, "chair", owners=["Town wardens"])
    written = papers.finish(services.briefings, BEFORE, "chair")
    assert written.decided == ()
    assert one.subject_id in {line.subject_ids[0] for line in written.not_decided}
