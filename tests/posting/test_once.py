"""One message, whatever breaks. Against a Slack on loopback, with the faults that a stand-in has, without waiting."""

import datetime as dt
import threading
from collections import Counter
from dataclasses import replace

import pytest
from conftest import HURRIED

from tasking import flows
from tasking.delivery.channels.slack import SlackChannel
from tasking.delivery.store import outbox
from tasking.delivery.store.outbox import MessageKey
from tasking.intake import quarantine
from tasking.model.errors import NotPosted

DAY = "2026-10-22"
FAULTS = ["500 before storing", "500 after storing", "reply lost", "reply cut", "429"]


def day(text: str = DAY) -> dt.date:
    return dt.date.fromisoformat(text)


def keys(handler) -> Counter:
    """How often each message, reply and picture is in the workspace."""
    found = [m["metadata"]["event_payload"]["run_key"] for m in handler.messages if "metadata" in m]
    return Counter(found + [one["name"] for m in handler.messages for one in m.get("files", ())])


@pytest.fixture
def posting(briefed, workspace):
    """A desk whose briefing is made, and a workspace to post it to."""
    handler, briefed.channel = workspace
    return briefed, handler


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["chat.postMessage", "conversations.list"])
def test_a_day_is_posted_once_through_every_fault_in_one_run(posting, method, fault):
    desk, handler = posting
    handler.faults[method] = [fault]
    try:
        flows.post(desk.open(), day())
    except NotPosted:
        assert method == "conversations.list"  # in doubt whether we may ask: nothing was sent, and it is tried again
        flows.post(desk.open(), day())
    assert len(handler.parents()) == 1
    assert set(keys(handler).values()) == {1}
    assert desk.rows("outbox")[0]["state"] == "sent"


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("fault", ["500 after storing", "reply lost"])
def test_each_reply_is_there_once_through_every_fault(posting, number, fault):
    desk, handler = posting
    handler.faults["chat.postMessage"] = [None] * number + [fault]
    flows.post(desk.open(), day())
    flows.post(desk.open(), day())
    assert set(keys(handler).values()) == {1}
    assert {"briefing:2026-10-22", "briefing:2026-10-22/areas-1", "briefing:2026-10-22/feeds-1"} <= set(keys(handler))


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_each_picture_is_there_once_through_every_fault(posting, method):
    desk, handler = posting
    handler.faults[method] = ["reply lost"]
    flows.post(desk.open(), day())
    pictures = [name for name in keys(handler) if name.endswith(".png")]
    assert [name.split("-")[4] for name in pictures] == ["map"]  # no strip yet: there is no history
    assert set(keys(handler).values()) == {1}


def test_a_channel_that_is_down_is_said_and_the_next_run_posts(posting):
    desk, handler = posting
    handler.faults["chat.postMessage"] = ["500 before storing"] * 4
    with pytest.raises(NotPosted, match="slack: not posted"):
        flows.post(desk.open(), day())
    assert handler.parents() == []
    assert "posted v1" in flows.post(desk.open(), day())[0]
    assert len(handler.parents()) == 1


def test_the_answer_is_looked_for_before_anything_is_sent_again(posting):
    desk, handler = posting
    handler.faults["chat.postMessage"] = ["reply lost"]
    flows.post(desk.open(), day())
    methods = [method for method, given in handler.calls if "thread_ts" not in given]
    first = methods.index("chat.postMessage")
    assert methods[first + 1] == "conversations.history"
    assert methods.count("chat.postMessage") == 1


POINTS = {
    "before the claim": ("tasking.delivery.store.outbox.claim", "before"),
    "after the claim": ("tasking.delivery.store.outbox.claim", "after"),
    "before the post": ("tasking.delivery.channels.slack.channel.SlackChannel.send", "before"),
    "after the post": ("tasking.delivery.channels.slack.channel.SlackChannel.send", "after"),
    "before recording": ("tasking.delivery.store.outbox.record_sent", "before"),
    "after recording": ("tasking.delivery.store.outbox.record_sent", "after"),
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_and_run_again_there_is_one_message(posting, monkeypatch, point):
    desk, handler = posting
    name, when = POINTS[point]
    with monkeypatch.context() as patch:
        patch.setattr(name, dies(name, when))
        with pytest.raises(KeyboardInterrupt):
            flows.post(desk.open(), day())
    flows.post(desk.open(), day())
    assert len(handler.parents()) == 1
    assert set(keys(handler).values()) == {1}


def dies(name: str, when: str):
    """The function of this name, whose process is killed before or after it does its work."""
    import importlib

    module, _, attribute = name.rpartition(".")
    try:
        owner = importlib.import_module(module)
    except ModuleNotFoundError:
        module, _, kind = module.rpartition(".")
        owner = getattr(importlib.import_module(module), kind)
    real = getattr(owner, attribute)

    def killed(*arguments, **named):
        if when == "after":
            real(*arguments, **named)
        raise KeyboardInterrupt

    return killed


def test_of_four_runs_at_once_one_posts_and_the_others_find_it(posting):
    desk, handler = posting
    opened = replace(
        desk.open(), retry_policy=replace(HURRIED, lease_s=30, sleep=lambda _seconds: threading.Event().wait(0.05))
    )
    said, threads = [], [threading.Thread(target=lambda: said.append(flows.post(opened, day()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 4
    assert len(handler.parents()) == 1
    assert set(keys(handler).values()) == {1}


def test_a_holder_that_comes_back_too_late_changes_nothing(posting):
    desk, _ = posting
    warehouse, key = desk.open().warehouse, MessageKey(day(), "slack", "briefing")
    assert outbox.claim(warehouse, key, 1, "first", dt.timedelta(0)).is_ours
    assert outbox.claim(warehouse, key, 1, "second", dt.timedelta(minutes=1)).state == "doubt"
    assert not outbox.renew_lease(warehouse, key, "first", dt.timedelta(minutes=1))
    outbox.record_sent(warehouse, key, "first", 1, "C1:1", "hash", desk.now)
    assert desk.rows("outbox")[0]["state"] == "sending"
    assert not outbox.claim(warehouse, key, 1, "third", dt.timedelta(minutes=1)).is_ours


def test_an_older_version_never_overwrites_a_newer_one(posting):
    desk, handler = posting
    opened = desk.open()
    flows.post(opened, day())
    with opened.warehouse.writing() as connection:
        import sqlalchemy as sa

        connection.execute(sa.text("UPDATE outbox SET version = 7 WHERE part = ''"))
    assert "v7 is already there" in flows.post(opened, day())[0]
    assert len(handler.parents()) == 1


def test_a_message_that_people_removed_is_not_posted_again(posting):
    desk, handler = posting
    flows.post(desk.open(), day())
    handler.messages.clear()
    assert "unchanged" in flows.post(desk.open(), day())[0]
    desk.put("police", DAY, desk.path("police", "2026-10-21").read_bytes())
    handler.faults["chat.update"] = ["refused"]
    with pytest.raises(NotPosted, match="channel_not_found"):
        desk.run(DAY)
    assert handler.parents() == []


def test_two_channels_of_one_kind_have_a_message_each(posting):
    desk, handler = posting
    handler.channels["second"] = "C2"
    opened = desk.open()
    second = SlackChannel("xoxb-practice", "C2", desk.channel.base_url, name="slack:C2")
    both = replace(opened, open_channels=lambda kind: [desk.channel, second] if kind == "briefing" else [])
    flows.post(both, day())
    assert sorted(parent["channel"] for parent in handler.parents()) == ["C1", "C2"]


def test_that_a_briefing_was_posted_and_edited_is_in_the_log_once_each(desk_with_deliveries):

    desk_with_deliveries.run("2026-10-22")
    desk_with_deliveries.run("2026-10-22")
    opened = desk_with_deliveries.open()
    held = [row["held_id"] for row in desk_with_deliveries.held()]
    quarantine.reject(opened.intake, held, "not ours", "hale")
    desk_with_deliveries.run("2026-10-22")
    said = [
        (row["action"], row["subject"], row["note"])
        for row in desk_with_deliveries.rows("log")
        if "briefing" in row["action"]
    ]
    assert said == [("briefing posted", "2026-10-22 v1", "fake"), ("briefing edited", "2026-10-22 v2", "fake")]
