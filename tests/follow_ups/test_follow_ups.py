"""Who is to be contacted, what is recorded of it, and what a day's briefing counted."""

import datetime as dt
import random
from dataclasses import replace

import pytest
import sqlalchemy as sa
from alembic import command

from tasking import meeting
from tasking.meeting.follow_ups import Due
from tasking.model.errors import TaskingError
from tasking.model.follow_up import How, Result, State
from tasking.warehouse.migrations import alembic_config
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import TODAY, call, open_ones, restricted_ones


def later(service, **delta):
    """The same service at another time."""
    moved = service.clock() + dt.timedelta(**delta)
    return replace(service, clock=lambda: moved)


def test_everybody_who_asked_is_listed_and_nobody_else(copied, service):
    wanted = {
        row["report_id"]: row for row in copied.rows("report")
        if row["superseded_on"] is None and row["wants_feedback"] and not row["is_anonymous"] and not row["is_out_of_area"]
    }  # fmt: skip
    listed = [report for one in meeting.follow_ups(service, FULL_VISIBILITY) for report in one.report_ids]
    assert sorted(listed) == sorted(wanted)
    public = [report for one in meeting.follow_ups(service, PUBLIC_VISIBILITY) for report in one.report_ids]
    assert 0 < len(public) < len(listed)
    assert not any(wanted[report]["is_restricted"] for report in public)


def test_one_callers_reports_are_one_follow_up(copied, service):
    public = [report for one in open_ones(service) for report in one.report_ids]
    keys = {row["report_id"]: row["caller_key"] for row in copied.rows("report") if row["superseded_on"] is None}
    people = {keys[report] or report for report in public}
    assert len(open_ones(service)) == len(people)
    assert any(len(one.reports) > 1 for one in open_ones(service)), "the fortnight has nobody who reported twice"
    counts = meeting.counts_of(service, open_ones(service))
    assert (counts.people, counts.reports) == (len(people), len(public))


def test_nobody_drops_off_after_the_hours_or_after_months(service):
    before = {one.follow_up_id for one in open_ones(service)}
    months = later(service, days=200)
    assert {one.follow_up_id for one in open_ones(months)} == before
    assert {one.due(months) for one in open_ones(months)} == {Due.OVERDUE}
    assert meeting.follow_up_counts(months, TODAY + dt.timedelta(days=200)).overdue == len(before)


def test_due_today_ends_with_the_hour_and_overdue_begins(service):
    one = max(open_ones(service), key=lambda one: one.due_at)
    just_before = replace(service, clock=lambda: one.due_at - dt.timedelta(minutes=1))
    just_after = replace(service, clock=lambda: one.due_at + dt.timedelta(minutes=1))
    day_before = replace(service, clock=lambda: one.due_at - dt.timedelta(days=1))
    assert [one.due(each) for each in (day_before, just_before, just_after)] == [Due.LATER, Due.TODAY, Due.OVERDUE]


def test_a_contact_settles_it_and_is_in_the_log(copied, service):
    one = open_ones(service)[0]
    meeting.record_contact(service, one, "Sgt Hale", call(service, note="grateful"))
    found = meeting.follow_up_of(service, one.follow_up_id)
    assert found.state == State.CONTACTED
    assert found.settled_by.note == "grateful"
    entries = [row for row in copied.rows("log") if row["action"] == "follow-up: contact"]
    assert [row["subject"] for row in entries] == sorted(one.report_ids)
    assert {row["note"] for row in entries} == {"call by Kent Police: reached"}
    with pytest.raises(TaskingError, match="contacted already, recorded by Sgt Hale on Mon 2 Nov"):
        meeting.record_contact(service, one, "PC Moss", call(service))


@pytest.mark.parametrize("result", [Result.NO_ANSWER, Result.WRONG_CONTACT])
def test_who_was_not_reached_stays_open_and_the_tries_are_counted(service, result):
    one = open_ones(service)[0]
    for _ in range(2):
        meeting.record_contact(service, one, "Sgt Hale", call(service, result))
    found = meeting.follow_up_of(service, one.follow_up_id)
    assert (found.state, len(found.tries)) == (State.OPEN, 2)
    assert found.due(service) == one.due(service)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"partner": "Zelda Quorn"}, "There is no partner Zelda Quorn"),
        ({"how": How.LETTER}, "Choose a result that goes with “letter”: sent, wrong number or address"),
        ({"how": How.NOT_RECORDED}, "Choose a result that goes with “not recorded”"),
        ({"contacted_at": dt.datetime(2026, 11, 2, 7, 1, tzinfo=dt.UTC)}, "The contact is in the future"),
        ({"contacted_at": dt.datetime(2026, 9, 1, 7, 1, tzinfo=dt.UTC)}, "The contact is before the report"),
    ],
)
def test_a_contact_that_cannot_be_is_refused_and_nothing_is_stored(copied, service, changes, words):
    with pytest.raises(TaskingError, match=words):
        meeting.record_contact(service, open_ones(service)[0], "Sgt Hale", call(service, **changes))
    assert copied.rows("follow_up") == []


def test_a_cancellation_needs_a_reason_and_can_be_undone_that_day(copied, service):
    one = open_ones(service)[0]
    with pytest.raises(TaskingError, match="Enter why this person will not be contacted"):
        meeting.cancel_follow_up(service, one, "Sgt Hale", "  ")
    meeting.cancel_follow_up(service, one, "Sgt Hale", "has moved away")
    cancelled = meeting.follow_up_of(service, one.follow_up_id)
    assert (cancelled.state, cancelled.settled_by.note) == (State.CANCELLED, "has moved away")
    with pytest.raises(TaskingError, match="You can only undo what was recorded today"):
        meeting.undo_follow_up(later(service, days=1), cancelled, "Sgt Hale")
    meeting.undo_follow_up(service, cancelled, "PC Moss")
    assert meeting.follow_up_of(service, one.follow_up_id) == one
    with pytest.raises(TaskingError, match="already been undone"):
        meeting.undo_follow_up(service, cancelled, "Sgt Hale")
    assert [row["action"] for row in copied.rows("log")][-1] == "follow-up: undone"


def test_what_they_report_after_a_contact_is_a_follow_up_of_its_own(service):
    one = next(one for one in open_ones(service) if len(one.reports) > 1)
    first, *rest = one.report_ids
    meeting.record_contact(service, one, "Sgt Hale", call(service), [first])
    done = meeting.follow_up_of(service, one.follow_up_id)
    still = next(other for other in open_ones(service) if other.person == one.person)
    assert done.report_ids == (first,)
    assert still.report_ids == tuple(rest)
    with pytest.raises(TaskingError, match="no longer part of this follow-up"):
        meeting.record_contact(service, still, "Sgt Hale", call(service), [first])


def test_restricted_reports_have_follow_ups_apart_that_no_figure_counts(copied, service):
    before = meeting.follow_up_counts(service, TODAY)
    one = restricted_ones(service)[0]
    with pytest.raises(TaskingError, match="There is no follow-up"):
        meeting.follow_up_of(service, one.follow_up_id, PUBLIC_VISIBILITY)
    meeting.record_contact(service, one, "keeper", call(service))
    assert meeting.follow_up_counts(service, TODAY + dt.timedelta(days=1)).people == before.people
    assert meeting.follow_up_of(service, one.follow_up_id).state == State.CONTACTED
    assert [row["action"] for row in copied.rows("log")][-1] == "restricted follow-up: contact"
    exported = meeting.exported_follow_ups(service, dt.date.min, dt.date.max)
    assert {row["state"] for row in exported} == {"open"}


def test_who_looked_at_how_to_reach_somebody_is_in_the_log(copied, service):
    people = {row["report_id"]: row for row in copied.rows("report_person")}
    one = next(one for one in open_ones(service) if people[one.report_ids[0]]["caller_phone"])
    callers = meeting.callers_of(service, one, "PC Moss", PUBLIC_VISIBILITY)
    assert {caller["caller_phone"] for caller in callers} >= {people[one.report_ids[0]]["caller_phone"]}
    looked = [row["subject"] for row in copied.rows("log") if row["action"] == "follow-up looked at"]
    assert looked == list(one.report_ids)


def test_a_briefing_of_an_old_day_counts_what_was_open_then(service):
    day = TODAY + dt.timedelta(days=1)
    before = {each: meeting.follow_up_counts(service, each) for each in (TODAY - dt.timedelta(days=5), TODAY)}
    one = open_ones(service)[0]
    meeting.record_contact(service, one, "Sgt Hale", call(service))
    assert {each: meeting.follow_up_counts(service, each) for each in before} == before
    then = meeting.follow_up_counts(service, day)
    assert then.people == before[TODAY].people - 1
    assert then.reports == before[TODAY].reports - len(one.reports)


def test_the_briefing_counts_what_the_desk_lists_whatever_is_recorded(service):
    """The query of the briefing and the list of the desk are two programs: they agree after each of many acts."""
    dice = random.Random(20)
    tomorrow = TODAY + dt.timedelta(days=1)
    at_the_meeting = service.partnership.follow_up_bounds(tomorrow)["overdue_before"] + dt.timedelta(hours=72)
    seen_then = replace(service, clock=lambda: at_the_meeting)
    for _ in range(25):
        everything = meeting.follow_ups(service, FULL_VISIBILITY)
        one = dice.choice(everything)
        if one.settled_by is not None or (one.tries and dice.random() < 0.5):
            meeting.undo_follow_up(service, one, "Sgt Hale")
        elif dice.random() < 0.3:
            meeting.cancel_follow_up(service, one, "Sgt Hale", "asked us not to")
        else:
            meeting.record_contact(service, one, "Sgt Hale", call(service, dice.choice(list(Result)[:2])))
        listed = meeting.counts_of(seen_then, meeting.follow_ups(service, PUBLIC_VISIBILITY))
        assert meeting.follow_up_counts(service, tomorrow) == listed


def test_an_export_says_how_long_it_took_and_names_nobody(service):
    first, second, *_ = open_ones(service)
    in_time = first.reported_at + dt.timedelta(hours=5)
    meeting.record_contact(service, first, "Sgt Hale", call(service, contacted_at=in_time))
    meeting.cancel_follow_up(service, second, "Sgt Hale", "Zelda Quorn has moved away")
    rows = meeting.exported_follow_ups(service, dt.date.min, dt.date.max)
    contacted = next(row for row in rows if row["state"] == State.CONTACTED)
    assert (contacted["hours_taken"], contacted["is_within_72h"], contacted["how"]) == ("5.0", "true", "call")
    assert contacted["on"] == in_time.date()
    cancelled = next(row for row in rows if row["state"] == State.CANCELLED)
    assert (cancelled["hours_taken"], cancelled["is_within_72h"]) == ("", "")
    assert "Zelda" not in str(rows)
    late = [row for row in rows if row["state"] == State.OPEN and row["is_within_72h"] == "false"]
    assert len(late) == meeting.counts_of(service, open_ones(service)).overdue
    assert meeting.exported_follow_ups(service, dt.date(2027, 1, 1), dt.date.max) == []


def test_feedback_that_was_given_before_follow_ups_is_a_contact(copied, service):
    report = open_ones(service)[0].report_ids[0]
    config, engine = alembic_config(), service.warehouse.engine
    for direction, revision in ((command.downgrade, "0014"), (None, ""), (command.upgrade, "head")):
        with engine.execution_options(writing=True).begin() as connection:
            if direction is None:
                statement = (
                    "INSERT INTO feedback (report_id, given_on, given_at, actor) "
                    "VALUES (:report, '2026-11-01', '2026-11-01 09:00:00.000000', 'Sgt Hale')"
                )
                connection.execute(sa.text(statement), {"report": report})
                continue
            config.attributes["connection"] = connection
            direction(config, revision)
    found = next(one for one in meeting.follow_ups(service, PUBLIC_VISIBILITY) if report in one.report_ids)
    assert (found.state, found.settled_by.actor, found.settled_by.how) == (
        State.CONTACTED,
        "Sgt Hale",
        How.NOT_RECORDED,
    )
    assert found.settled_by.contacted_at == dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC)
    assert [row["report_id"] for row in copied.rows("feedback")] == [report]
    with engine.execution_options(writing=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0014")
    assert [row["report_id"] for row in copied.rows("feedback")] == [report]
