"""A tasking whose incident or group has become restricted is in no list, count or message that everybody reads."""

import datetime as dt
import shutil
from dataclasses import replace

import pytest

from tasking import meeting
from tasking.meeting.agenda import agenda_for
from tasking.meeting.store import taskings as store
from tasking.model.briefing import TaskingLine
from tasking.model.proposal import Verb
from tasking.model.trigger import Proposal
from tasking.triggers import build_weekly_alert
from tasking.warehouse.visibility import PUBLIC_VISIBILITY
from tasking.warehouse.withheld import withheld_proposals

from .test_exports import restrict

DAY = dt.date(2026, 11, 9)  # a Monday after the fortnight


@pytest.fixture
def late(faulty, tmp_path):
    """The fortnight with faults, a week later."""
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    made = replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", others={})
    made.now = dt.datetime(2026, 11, 3, 8, 20, tzinfo=dt.UTC)
    return made


@pytest.fixture
def tasking(late) -> meeting.Tasking:
    """A tasking of a public incident with a place, taken and long overdue."""
    desk = late.open().meeting
    found = [one for one in meeting.public_taskings(desk, is_all=True) if one.incident_id and "," in one.place]
    one = next(one for one in found if Verb.TAKE in one.standing.open_verbs)
    meeting.decide(desk, one.tasking_id, Verb.TAKE, "Sgt Hale")
    return meeting.tasking_of(desk, one.tasking_id)


def seen(late) -> tuple:
    """What the briefing and the weekly alert of the Monday say of taskings."""
    late.now = dt.datetime(2026, 11, 9, 7, 0, tzinfo=dt.UTC)
    opened = late.open()
    weekly = build_weekly_alert(opened.triggers, "2026-W46")
    return agenda_for(opened.meeting, DAY).taskings, weekly.taskings, weekly.stalled


def test_an_open_tasking_leaves_the_agenda_and_the_weekly_alert(late, tasking):
    agenda, counts, _ = seen(late)
    assert any(tasking.tasking_id in line for line in agenda.overdue)
    restrict(late.open(), tasking.incident_id)
    after, counts_after, stalled = seen(late)
    assert after.open == agenda.open - 1
    assert not any(tasking.tasking_id in line for line in after.overdue)
    assert counts_after != counts
    assert not any(tasking.tasking_id in line for line in stalled)
    assert agenda_for(late.open().meeting, dt.date(2026, 11, 5)).taskings.open >= 0
    old_day = agenda_for(late.open().meeting, dt.date(2026, 11, 5)).taskings
    assert not any(tasking.tasking_id in line for line in old_day.overdue)  # an old day that is run again


def test_a_tasking_that_is_done_is_not_counted(late, tasking):
    desk = late.open().meeting
    meeting.decide(desk, tasking.tasking_id, Verb.DONE, "Sgt Hale")
    before = meeting.done_since(desk, dt.date(2026, 11, 3), DAY)
    restrict(late.open(), tasking.incident_id)
    assert meeting.done_since(desk, dt.date(2026, 11, 3), DAY) == before - 1


def test_a_tasking_that_nobody_answered_is_not_counted(late):
    desk = late.open().meeting
    proposed = meeting.public_taskings(desk, is_all=True)
    one = next(one for one in proposed if one.incident_id and one.status == "proposed")
    before = meeting.waiting_taskings(desk, DAY)
    restrict(late.open(), one.incident_id)
    assert meeting.waiting_taskings(desk, DAY) < before


def test_a_tasking_that_a_person_adds_for_a_restricted_incident_is_in_no_count(late, tasking):
    restrict(late.open(), tasking.incident_id)
    before = seen(late)
    late.now = dt.datetime(2026, 11, 3, 8, 30, tzinfo=dt.UTC)
    meeting.add_tasking(
        late.open().meeting, "Sgt Hale", "see her", "Kent Police", "Knole Park, Sevenoaks", dt.date(2026, 11, 4),
        incident_id=tasking.incident_id,
    )  # fmt: skip
    assert seen(late) == before


def test_a_proposal_about_a_tasking_that_has_become_restricted_is_withheld(late, tasking):
    opened = late.open()
    evidence = {"rule": "stalled", "incidents": [], "due": "Fri 30 Oct", "put_back": "", "title": "", "why": ""}
    raised = Proposal(
        proposal_id="D-20261103-00000abc", raised_on=dt.date(2026, 11, 3), rule="stalled", theme="taskings",
        subject="Kent Police: The Vine", subject_key=tasking.tasking_id, east_m=None, north_m=None, is_restricted=False, evidence=evidence,
    )  # fmt: skip
    opened.meeting.store_proposals([(raised, "")], "tasking")
    assert raised.proposal_id not in withheld_proposals(opened.warehouse, PUBLIC_VISIBILITY, [raised.proposal_id])
    assert raised.proposal_id in {one.proposal_id for one in agenda_for(opened.meeting, DAY).decisions}
    restrict(opened, tasking.incident_id)
    for only in ([raised.proposal_id], None):
        assert raised.proposal_id in withheld_proposals(opened.warehouse, PUBLIC_VISIBILITY, only)
    agenda = agenda_for(opened.meeting, DAY)
    assert raised.proposal_id not in {one.proposal_id for one in agenda.decisions}
    assert raised.proposal_id in {one.proposal_id for one in agenda.restricted}


def test_a_tasking_is_restricted_as_the_newest_version_of_its_briefing_says(district):
    desk = district.open().meeting
    line = TaskingLine(proposal_id="T-20261119-00000001", what="clear it", place="The Vine", owner="Kent Police",
                       why="Fly-tip", due_on=dt.date(2026, 11, 20), incident_id="")  # fmt: skip
    for restricted in ((), (line.proposal_id,), ()):
        meeting.store_proposed(desk, dt.date(2026, 11, 19), [line], [line], restricted)
        (row,) = store.taskings(desk.warehouse, dt.date.max)
        assert row["is_restricted"] is bool(restricted)
