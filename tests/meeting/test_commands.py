"""The papers from a shell: as text or PDF, and in one sentence where there are none."""

import pytest
from cli.typed import outcome

from tasking.briefing import meeting_papers as papers
from tasking.cli import meeting as commands
from tasking.meeting import sessions

from .conftest import TODAY


@pytest.fixture
def call(district, monkeypatch):
    monkeypatch.setattr(commands, "open_services", lambda: district.open())
    return outcome


def test_the_agenda_is_written_as_text_and_as_pdf(call, tmp_path):
    assert "Agenda, CSU meeting of Monday 2 November 2026" in call("meeting", "agenda", "--day", str(TODAY))
    call("meeting", "agenda", "--day", str(TODAY), "--out", str(tmp_path / "agenda.pdf"))
    assert (tmp_path / "agenda.pdf").read_bytes().startswith(b"%PDF")
    call("meeting", "agenda", "--day", str(TODAY), "--out", str(tmp_path / "agenda.txt"))
    assert (tmp_path / "agenda.txt").read_text().startswith("OFFICIAL\nAgenda")
    assert "no briefing of 1 December 2026" in call("meeting", "agenda", "--day", "2026-12-01", status=2)
    assert "can’t be written" in call(
        "meeting", "agenda", "--day", str(TODAY), "--out", str(tmp_path / "no" / "a.pdf"), status=2
    )


def test_minutes_and_handover_keep_what_was_typed_unless_asked(call, district):
    assert "there are no minutes of 2026-11-02" in call("meeting", "minutes", "--day", str(TODAY), status=2)
    services = district.open()
    sessions.start_meeting(services.meeting, "chair", ["Sgt Hale"], [])
    from tasking import meeting

    meeting.add_tasking(services.meeting, "chair", "visit Zelda Quorn", "Town wardens", "The Vine", TODAY)
    papers.finish(services.briefings, TODAY, "chair")
    assert "Zelda" not in call("meeting", "minutes", "--day", str(TODAY))
    assert "Zelda" in call("meeting", "minutes", "--day", str(TODAY), "--details")
    assert "Zelda" not in call("meeting", "handover", "--day", str(TODAY))
    shown = call("meeting", "handover", "--since", "2026-10-29", "--day", str(TODAY), "--details")
    assert "Zelda" in shown
    assert "after the meeting of 29 October 2026" in shown
    assert "Enter a day before" in call("meeting", "handover", "--since", str(TODAY), "--day", str(TODAY), status=2)
