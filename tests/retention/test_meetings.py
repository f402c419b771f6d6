"""What was typed at a meeting is erased with the person whom it names, and goes when taskings go."""

import datetime as dt

from leaks import leaks

from tasking.briefing import meeting_papers
from tasking.meeting import sessions
from tasking.privacy import erasure, retention

from .conftest import DAYS, NAME, PHONE

TABLES = ("meeting_session", "meeting_entry", "minutes")


def meet(desk) -> None:
    """A meeting of the second day at which she was named where nobody should be, with its minutes, corrected once."""
    desk.now = dt.datetime.combine(DAYS[1], dt.time(8, 30), dt.UTC)
    opened = desk.open()
    sessions.start_meeting(opened.meeting, "chair", ["Sgt Hale", f"{NAME}, a guest"], [])
    sessions.add_note(opened.meeting, DAYS[1], "chair", "", f"{NAME} rang again from {PHONE}")
    meeting_papers.finish(opened.briefings, DAYS[1], "chair")
    sessions.add_note(opened.meeting, DAYS[1], "chair", "", "the gate is mended")
    meeting_papers.correct(opened.briefings, DAYS[1], "chair", f"{NAME} was spelt wrongly")


def test_somebody_who_is_named_at_a_meeting_is_erased_from_it_and_its_minutes(traces):
    meet(traces)
    written = "\n".join(str(traces.rows(table)) for table in TABLES)
    assert "Quarrington" in written
    certificate = erasure.erase(traces.open().privacy, PHONE, "records officer")
    assert (certificate["is_complete"], certificate["found_afterwards"]) == (True, 0)
    left = {table: str(traces.rows(table)).encode() for table in TABLES}
    assert leaks(left, {NAME, "Quarrington", PHONE}) == []
    assert "Sgt Hale" in str(traces.rows("minutes"))


def test_meetings_and_minutes_are_kept_as_long_as_taskings(traces):
    meet(traces)
    retention.purge(traces.open().privacy, DAYS[1] + dt.timedelta(days=2550))
    assert all(traces.rows(table) for table in TABLES)
    gone = retention.purge(traces.open().privacy, DAYS[1] + dt.timedelta(days=2556))
    assert gone["meetings"] == 1
    assert [traces.rows(table) for table in TABLES] == [[], [], []]
