"""By 07:55 there is a word: the briefing, a partial one, a mail, or the message that was left the evening before."""

import datetime as dt
from dataclasses import replace

import pytest
from conftest import FakeChannel

from tasking import delivery, flows
from tasking.model.errors import NotComplete, NotPosted

DAY = dt.date(2026, 10, 22)


def at(clock: str, day: dt.date = DAY) -> dt.datetime:
    """A time of day in London in October before the clocks change."""
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), dt.timezone(dt.timedelta(hours=1))).astimezone(dt.UTC)


@pytest.fixture
def morning(briefed, workspace):
    """A desk whose briefing is made, with Slack to post it to, mail to fall back to, and somewhere to tell ops."""
    return with_channels(briefed, workspace)


@pytest.fixture
def night(desk_with_deliveries, workspace):
    """The same where nothing has been received and no briefing is made."""
    return with_channels(desk_with_deliveries, workspace)


def with_channels(desk, workspace):
    handler, desk.channel = workspace
    desk.others = {
        "fallback": [FakeChannel("email", form="mail", reaches_people=True)],
        "ops": [FakeChannel("ops", form="text")],
    }
    desk.now = at("07:31")
    return desk, handler


def texts(handler) -> str:
    return str([message for message in handler.messages if "thread_ts" not in message])


def down(handler) -> None:
    handler.faults["chat.postMessage"] = ["500 before storing"] * 100


def test_a_channel_that_is_down_before_the_hour_waits(morning):
    desk, handler = morning
    down(handler)
    with pytest.raises(NotPosted):
        desk.run("2026-10-22")
    assert desk.others["fallback"][0].sent == {}


def test_from_the_fallback_hour_the_briefing_goes_by_mail_once_and_chat_gets_it_late(morning):
    desk, handler = morning
    down(handler)
    for clock in ("07:31", "07:40", "07:50", "07:51", "07:58"):
        desk.now = at(clock)
        with pytest.raises(NotPosted):
            desk.run("2026-10-22")
    mail, ops = desk.others["fallback"][0], desk.others["ops"][0]
    assert len(mail.sent) == 1
    assert [note.idempotency_key for note in ops.sent.values()] == ["ops:2026-10-22/not-posted"]
    handler.faults.clear()
    desk.now = at("08:12")
    assert desk.run("2026-10-22").posted[0] == "slack: posted v1"
    assert len(handler.parents()) == 1
    assert "LATE: posted at 08:12" in texts(handler)
    assert len(mail.sent) == 1


def test_a_post_before_the_meeting_is_not_late_even_when_it_is_edited_afterwards(night):
    desk, handler = night
    police = desk.path("police", "2026-10-22")
    later = police.rename(police.with_suffix(".later"))
    desk.run("2026-10-22")
    later.rename(police)
    desk.now = at("09:30")
    assert desk.run("2026-10-22").posted[0] == "slack: edited to v2"
    assert "LATE" not in texts(handler)


def test_a_late_post_stays_marked_when_it_is_edited(night):
    desk, handler = night
    police = desk.path("police", "2026-10-22")
    later = police.rename(police.with_suffix(".later"))
    desk.now = at("08:01")
    desk.run("2026-10-22")
    later.rename(police)
    desk.now = at("09:30")
    desk.run("2026-10-22")
    assert "LATE: posted at 08:01" in texts(handler)


def test_the_last_look_asks_who_is_missing_and_makes_and_posts_what_there_is(night):
    desk, handler = night
    police = desk.path("police", "2026-10-22")
    later = police.rename(police.with_suffix(".later"))
    flows.receive(desk.open(), "council", DAY)  # and nobody has asked the others
    desk.now = at("07:50")
    assert flows.ensure_posted(desk.open(), DAY)[0] == "slack: posted v1"
    assert "PARTIAL · FEEDS 5/6" in texts(handler)
    calls = len(handler.calls)
    assert flows.ensure_posted(desk.open(), DAY) == ("slack: already posted, unchanged (v1)",)
    assert len(handler.calls) == calls

    later.rename(police)
    assert flows.ensure_posted(desk.open(), DAY)[0] == "slack: edited to v2"
    assert "PARTIAL" not in texts(handler)


def test_the_last_look_leaves_days_without_a_meeting_alone(morning):
    desk, handler = morning
    assert "not a meeting day" in flows.ensure_posted(desk.open(), dt.date(2026, 10, 24))[0]
    assert handler.calls == []


def test_a_briefing_that_can_not_be_made_is_told_to_ops(night, monkeypatch):
    desk, _ = night
    desk.now = at("07:50")
    monkeypatch.setattr(flows, "brief", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        flows.ensure_posted(desk.open(), DAY)
    (told,) = desk.others["ops"][0].sent.values()
    assert "There is no briefing of 2026-10-22" in told.text


def test_the_evening_before_a_message_is_left_and_the_briefing_takes_it_back(morning):
    desk, handler = morning
    desk.now = at("18:00", DAY - dt.timedelta(days=1))
    for _ in range(2):  # twice is once
        assert (
            "a warning is scheduled for 07:55 on 2026-10-22"
            in delivery.schedule_deadline_alarm(desk.open().delivery, DAY)[0]
        )
    (left,) = handler.scheduled.values()
    assert left["post_at"] == at("07:55").timestamp()
    assert "there was no briefing here at 07:55" in left["text"]
    assert "metadata" not in left
    desk.now = at("07:31")
    desk.run("2026-10-22")
    assert handler.scheduled == {}
    assert (
        "already there"
        in delivery.schedule_deadline_alarm(replace(desk.open(), clock=lambda: at("07:32")).delivery, DAY)[0]
    )
    assert handler.scheduled == {}


@pytest.mark.parametrize("fault", ["500 after storing", "reply lost", "reply cut"])
def test_the_message_is_left_once_through_every_fault(morning, fault):
    desk, handler = morning
    desk.now = at("18:00", DAY - dt.timedelta(days=1))
    handler.faults["chat.scheduleMessage"] = [fault]
    delivery.schedule_deadline_alarm(desk.open().delivery, DAY)
    assert len(handler.scheduled) == 1


def test_where_the_briefing_is_not_posted_the_message_stays(morning):
    desk, handler = morning
    desk.now = at("18:00", DAY - dt.timedelta(days=1))
    delivery.schedule_deadline_alarm(desk.open().delivery, DAY)
    down(handler)
    desk.now = at("07:50")
    with pytest.raises(NotPosted):
        desk.run("2026-10-22")
    assert len(handler.scheduled) == 1


def test_a_message_that_could_not_be_taken_back_does_not_stop_the_briefing(morning):
    desk, handler = morning
    desk.now = at("18:00", DAY - dt.timedelta(days=1))
    delivery.schedule_deadline_alarm(desk.open().delivery, DAY)
    handler.faults["chat.deleteScheduledMessage"] = ["refused: internal_error"] * 4
    desk.now = at("07:31")
    with pytest.raises(NotComplete, match="slack: posted v1"):
        desk.run("2026-10-22")
    assert len(handler.scheduled) == 1
    desk.run("2026-10-22")  # and the next run takes it back
    assert handler.scheduled == {}


def test_no_message_is_left_for_a_day_without_a_meeting(morning):
    desk, handler = morning
    desk.now = at("18:00", dt.date(2026, 10, 23))
    assert "not a meeting day" in delivery.schedule_deadline_alarm(desk.open().delivery, dt.date(2026, 10, 24))[0]
    assert handler.scheduled == {}


def test_a_channel_that_can_not_be_edited_gets_one_message_and_mail_an_answer(night):
    desk, _ = night
    mail = FakeChannel("email", form="mail", reaches_people=True)
    mail_traits = mail.traits._replace(can_edit=False, can_answer=True)
    card = FakeChannel("teams", form="card", reaches_people=True)
    card_traits = card.traits._replace(can_edit=False)
    type_of = type(
        "OneWay", (FakeChannel,), {"traits": property(lambda self: mail_traits if self.form == "mail" else card_traits)}
    )
    mail, card = type_of("email", form="mail"), type_of("teams", form="card")
    desk.others["briefing"] = []
    opened = replace(desk.open(), open_channels=lambda kind: [mail, card] if kind == "briefing" else [])
    police = desk.path("police", "2026-10-22")
    later = police.rename(police.with_suffix(".later"))
    flows.run_day(opened, DAY)
    later.rename(police)
    said = flows.run_day(opened, DAY).posted
    assert said == (
        "email: answered with what changed in v2",
        "teams: already posted, and can't be edited; v2 is on the desk",
    )
    assert (len(mail.sent), len(mail.replies), len(card.sent), len(card.replies)) == (1, 1, 1, 0)
    assert flows.run_day(opened, DAY).posted[0] == "email: already posted, unchanged (v2)"
    assert len(mail.replies) == 1
    (answer,) = mail.replies.values()
    assert "Kent Police: was missing, is landed" in answer.text


def test_restricted_references_go_by_their_own_route_and_nowhere_else(morning):
    desk, handler = morning
    register = FakeChannel("email:register", form="text", reaches_people=True)
    desk.others["restricted"] = [register]
    desk.run("2026-10-22")
    references = [row["incident_id"] for row in desk.open().warehouse.query(
        "briefing/restricted", day=DAY, first_day=DAY, history_day=DAY - dt.timedelta(days=10))]  # fmt: skip
    assert references
    (told,) = register.sent.values()
    assert references[0] in told.text
    assert not [reference for reference in references if reference in str(handler.messages)]
