"""The weekly alert: what it says, and that it is one message a week."""

import datetime as dt

import pytest
from conftest import FakeChannel

from tasking import flows, meeting, triggers
from tasking.briefing import weekly_digest
from tasking.model.errors import TaskingError
from tasking.model.proposal import Verb
from tasking.triggers.weekly import first_meeting
from tasking.warehouse.visibility import PUBLIC_VISIBILITY


def proposal(opened, rule: str, subject: str) -> str:
    return next(
        one.proposal.proposal_id for one in meeting.tracked_proposals(opened.meeting)
        if one.proposal.rule == rule and subject in one.proposal.subject
    )  # fmt: skip


@pytest.fixture
def week(copied):
    """A group that began on the 26th, a rejection, a tasking that nobody does; it is Monday 9 November, 08:30."""
    copied.now = dt.datetime(2026, 10, 26, 9, 0, tzinfo=dt.UTC)
    opened = copied.open()
    lakes, road = proposal(opened, "cluster", "Bradbourne"), proposal(opened, "near_repeat", "Dynes")
    meeting.start_group(opened.meeting, lakes, "Sgt Hale", "Kent Police", [], "see Mr Whitlock", dt.date(2026, 11, 11))
    meeting.decide(opened.meeting, road, Verb.REJECT, "Sgt Hale", "all in hand")
    meeting.add_tasking(opened.meeting, "Sgt Hale", "patrol", "Kent Police", "The Vine", dt.date(2026, 10, 28))
    copied.now = dt.datetime(2026, 11, 9, 8, 30, tzinfo=dt.UTC)
    return copied


def test_it_says_what_is_due_what_has_stalled_and_what_waits(week):
    alert = triggers.build_weekly_alert(week.open().triggers, "2026-W46")
    assert alert.reviews == ("Bradbourne Lakes: due Wed 11 Nov",)
    assert len(alert.stalled) == 1
    assert alert.stalled[0] == "Kent Police: The Vine, due Wed 28 Oct"
    assert any(line.startswith("Greatness Recreation Ground: repeated incidents") for line in alert.waiting)
    assert alert.groups[0].startswith("Bradbourne Lakes: since Mon 26 Oct, Kent Police leads. ")
    assert alert.precision == ("cluster: 1 of 1", "near repeat: 0 of 1")
    assert alert.never_raised[0].endswith("threshold met on Thu 29 Oct, overdue since Thu 5 Nov")
    assert "West Kent Homes: nothing on 1 of 1 days, last missing Mon 2 Nov" in alert.feeds


def test_it_counts_people_and_reports_to_follow_up_as_they_were_that_morning(week):
    alert = triggers.build_weekly_alert(week.open().triggers, "2026-W46")
    counts = meeting.follow_up_counts(week.open().meeting, dt.date(2026, 11, 9))
    assert counts.overdue == counts.people > 1
    assert alert.taskings.endswith(f"; {counts.words}")
    opened = week.open()
    one = meeting.follow_ups(opened.meeting, PUBLIC_VISIBILITY)[0]
    meeting.cancel_follow_up(opened.meeting, one, "Sgt Hale", "has moved")
    assert triggers.build_weekly_alert(opened.triggers, "2026-W46") == alert
    assert "to contact" in triggers.build_weekly_alert(opened.triggers, "2026-W47").taskings
    assert f"{counts.people - 1} people" in triggers.build_weekly_alert(opened.triggers, "2026-W47").taskings


def test_a_feed_that_was_asked_and_did_not_come_owes_us(week):
    week.path("police", "2026-11-06").unlink(missing_ok=True)
    opened = week.open()
    for feed in opened.partnership.feeds:
        flows.receive(opened, feed, dt.date(2026, 11, 6))
    alert = triggers.build_weekly_alert(opened.triggers, "2026-W46")
    assert any("Kent Police: nothing on" in line for line in alert.feeds)


def test_nothing_typed_by_hand_and_nobody_at_risk_is_in_it(week):
    said = weekly_digest(triggers.build_weekly_alert(week.open().triggers, "2026-W46"), None).text
    assert "Whitlock" not in said
    assert "VP-" not in said
    assert "check the restricted register" in said


def test_it_is_posted_once_a_week_whatever_is_run(week):
    channel = FakeChannel("weekly", reaches_people=True)
    week.others["weekly"] = [channel]
    assert flows.weekly_alert(week.open(), "2026-W46") == ("weekly: posted",)
    week.now += dt.timedelta(days=1)
    assert flows.weekly_alert(week.open(), "2026-W46") == ("weekly: already posted, unchanged",)
    assert len(channel.sent) == 1
    week.now += dt.timedelta(days=7)
    assert flows.weekly_alert(week.open(), "2026-W46") == ("weekly: 2026-W46 is not this week: skipped",)


def test_it_is_posted_once_though_the_first_run_was_killed(week):
    channel = FakeChannel("weekly", reaches_people=True, is_killed_after_send=True)
    week.others["weekly"] = [channel]
    with pytest.raises(KeyboardInterrupt):
        flows.weekly_alert(week.open(), "2026-W46")
    channel.is_killed_after_send = False
    flows.weekly_alert(week.open(), "2026-W46")
    assert len(channel.sent) == 1


def test_after_a_bank_holiday_it_waits_for_tuesday(copied):
    opened = copied.open()
    assert first_meeting(opened.triggers, "2026-W22") == dt.date(2026, 5, 26)  # Monday is the spring bank holiday
    copied.now = dt.datetime(2026, 5, 25, 8, 30, tzinfo=dt.UTC)
    assert flows.weekly_alert(copied.open(), "2026-W22") == (
        "the first meeting of 2026-W22 is on Tue 26 May: nothing posted before it",
    )


@pytest.mark.parametrize("week", ["2026-44", "next", "2026-W60"])
def test_what_is_no_week_is_said(copied, week):
    with pytest.raises(TaskingError, match="a week is written 2026-W44"):
        triggers.build_weekly_alert(copied.open().triggers, week)


@pytest.mark.parametrize("many", [0, 3, 400])
def test_it_keeps_within_the_limits_of_a_message(many):
    from tasking.model.weekly import Weekly

    lines = ("The Vine and some other place that is named at length: overdue since Mon 26 Oct, and so on",) * many
    alert = Weekly(
        partnership="Sevenoaks", marking="OFFICIAL", week="2026-W46", day=dt.date(2026, 11, 9), reviews=lines,
        stalled=lines, waiting=lines, never_raised=lines, groups=lines, feeds=lines, precision=lines,
        taskings="3 open", restricted="Restricted groups are never in this message.",
    )  # fmt: skip
    said = weekly_digest(alert, "http://127.0.0.1:8080/tasking")
    assert said.size <= 3000
    assert len(said.parts) <= 9
