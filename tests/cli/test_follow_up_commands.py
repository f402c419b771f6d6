"""Follow-ups from a shell, and their export."""

import csv
import io
import shutil
from dataclasses import replace

import pytest

from tasking import meeting
from tasking.cli import export, follow_ups, shell
from tasking.model.follow_up import State
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .typed import outcome


@pytest.fixture
def opened(faulty, tmp_path):
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    return replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", others={}).open()


@pytest.fixture
def call(opened, monkeypatch):
    for module in (follow_ups, export):
        monkeypatch.setattr(module, "open_services", lambda: opened)
    monkeypatch.setattr(shell.output, "width", 250)
    return outcome


@pytest.fixture
def one(opened):
    return meeting.follow_ups(opened.meeting, PUBLIC_VISIBILITY)[0]


def state(opened, one) -> State:
    return meeting.follow_up_of(opened.meeting, one.follow_up_id).state


def test_the_list_counts_people_and_reports_and_has_nothing_restricted(call, opened, one):
    listed = call("follow-ups", "list")
    everything = meeting.follow_ups(opened.meeting, FULL_VISIBILITY)
    assert one.follow_up_id in listed
    assert "people to contact (" in listed
    assert not any(other.follow_up_id in listed for other in everything if other.is_restricted)
    restricted = call("follow-ups", "list", "--restricted")
    assert all((other.follow_up_id in restricted) == other.is_restricted for other in everything)


def test_one_partners_list_counts_what_it_lists(call, opened):
    police = [one for one in meeting.follow_ups(opened.meeting, PUBLIC_VISIBILITY) if "police" in one.feeds]
    assert meeting.counts_of(opened.meeting, police).words in call("follow-ups", "list", "--partner", "Kent Police")
    assert "nobody to contact" in call("follow-ups", "list", "--partner", "Nobody")
    overdue = call("follow-ups", "list", "--overdue")
    counts = meeting.counts_of(opened.meeting, meeting.follow_ups(opened.meeting, PUBLIC_VISIBILITY))
    assert f"{counts.overdue} people to contact" in overdue


def test_a_contact_without_an_answer_is_a_try_and_one_that_reached_them_settles_it(call, opened, one):
    how = ("--how", "call", "--by", "Kent Police")
    assert "it stays open" in call("follow-ups", "record", one.follow_up_id, *how, "--result", "no answer")
    assert state(opened, one) == State.OPEN
    done = call(
        "follow-ups", "record", one.follow_up_id, *how, "--result", "reached", "--on", "2026-11-01", "--at", "10:00"
    )
    assert "has been contacted" in done
    assert one.follow_up_id not in call("follow-ups", "list")
    assert one.follow_up_id in call("follow-ups", "list", "--all")
    assert "undone" in call("follow-ups", "undo", one.follow_up_id)
    assert state(opened, one) == State.OPEN


def test_a_day_without_a_time_is_refused(call, opened, one):
    said = call("follow-ups", "record", one.follow_up_id, "--how", "call", "--by", "Kent Police", "--result", "reached",
                "--on", "2026-11-01", status=2)  # fmt: skip
    assert "enter the time too: --at HH:MM" in said
    assert state(opened, one) == State.OPEN


def test_of_several_that_are_cancelled_together_all_are_or_none(call, opened):
    first, second, *_ = meeting.follow_ups(opened.meeting, PUBLIC_VISIBILITY)
    said = call("follow-ups", "cancel", first.follow_up_id, "F-none", "--reason", "from before we began", status=2)
    assert "There is no follow-up F-none. To list them: tasking follow-ups list" in said
    assert state(opened, first) == State.OPEN
    ids = (first.follow_up_id, second.follow_up_id)
    assert "2 cancelled" in call("follow-ups", "cancel", *ids, "--reason", "from before we began")
    assert {state(opened, first), state(opened, second)} == {State.CANCELLED}


def test_the_export_has_a_row_for_each_and_no_personal_data(call, opened, one, capsys):
    call("follow-ups", "cancel", one.follow_up_id, "--reason", "Zelda Quorn has moved")
    from typer.testing import CliRunner

    from tasking.cli import app

    text = CliRunner().invoke(app, ["export", "follow-ups"]).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    columns = ["reports", "day", "partner", "how", "on", "result", "hours_taken", "is_within_72h", "state"]
    assert list(rows[0]) == columns
    assert len(rows) == len(meeting.follow_ups(opened.meeting, PUBLIC_VISIBILITY))
    assert [row["state"] for row in rows].count("cancelled") == 1
    assert "Zelda" not in text
    assert not any(report in text for report in one.report_ids)
