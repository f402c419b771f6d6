"""Slack: what is sent, found again, edited and attached; and what each answer means."""

import datetime as dt

import pytest

from tasking.delivery.channels import Note
from tasking.model.errors import ChannelBusy, ChannelInDoubt, TransportError
from tasking.model.picture import Picture

BLOCKS = [{"type": "section", "text": {"type": "plain_text", "text": "hello"}}]
NOTE = Note("briefing:2026-10-22", "a title", "a summary", {"blocks": BLOCKS})
REPLY = Note("briefing:2026-10-22/areas-1", "", "by area", {"blocks": BLOCKS})
PNG = b"\x89PNG\r\n\x1a\n"


def test_a_message_carries_its_key_and_nothing_else_as_metadata(workspace):
    handler, channel = workspace
    channel.send(NOTE)
    (parent,) = handler.parents()
    assert parent["metadata"] == {"event_type": "tasking_message", "event_payload": {"run_key": NOTE.idempotency_key}}
    assert (parent["unfurl_links"], parent["unfurl_media"], parent["mrkdwn"]) == (False, False, False)


def test_a_message_a_reply_and_a_picture_are_found_by_their_keys(workspace):
    _, channel = workspace
    assert channel.look_up(NOTE.idempotency_key) is None
    parent = channel.send(NOTE)
    reply = channel.reply(parent, REPLY)
    picture = channel.attach(parent, "briefing:2026-10-22/map-1", Picture("map", "Where", "a map", PNG))
    assert channel.look_up(NOTE.idempotency_key) == parent
    assert channel.look_up(REPLY.idempotency_key, parent) == reply
    assert channel.look_up("briefing:2026-10-22/map-1", parent) == picture
    assert channel.look_up(REPLY.idempotency_key) is None


def test_a_picture_has_words_for_those_who_do_not_see_it(workspace):
    handler, channel = workspace
    parent = channel.send(NOTE)
    channel.attach(parent, "briefing:2026-10-22/map-1", Picture("map", "Where", "a map of the district", PNG))
    (upload,) = handler.uploads.values()
    assert upload["alt_txt"] == "a map of the district"
    assert PNG in upload["bytes"]
    assert handler.thread()[0]["thread_ts"] == parent.split(":")[1]


def test_an_edit_replaces_the_text_and_the_blocks(workspace):
    handler, channel = workspace
    reference = channel.send(NOTE)
    channel.update(reference, Note(NOTE.idempotency_key, "", "another summary", {"blocks": BLOCKS * 2}))
    (parent,) = handler.parents()
    assert (parent["text"], len(parent["blocks"])) == ("another summary", 2)


@pytest.mark.parametrize("fault", ["500 before storing", "500 after storing", "reply lost", "reply cut"])
def test_a_doubtful_answer_is_doubt_and_the_library_sends_nothing_again(workspace, fault):
    handler, channel = workspace
    handler.faults["chat.postMessage"] = [fault]
    with pytest.raises(ChannelInDoubt):
        channel.send(NOTE)
    assert [method for method, _ in handler.calls].count("chat.postMessage") == 1
    assert len(handler.parents()) == (fault != "500 before storing")


def test_being_told_to_wait_is_not_doubt(workspace):
    handler, channel = workspace
    handler.faults["chat.postMessage"] = ["429"]
    with pytest.raises(ChannelBusy) as error:
        channel.send(NOTE)
    assert error.value.retry_after_s == 1
    assert handler.parents() == []


def test_a_clear_no_is_said_in_words(workspace):
    handler, channel = workspace
    handler.faults["chat.postMessage"] = ["refused"]
    with pytest.raises(TransportError, match="channel_not_found"):
        channel.send(NOTE)


def test_a_message_is_left_for_a_time_found_and_taken_back(workspace):
    handler, channel = workspace
    at = dt.datetime(2030, 1, 7, 7, 55, tzinfo=dt.UTC)
    assert channel.look_up_scheduled(at, NOTE.text) is None
    reference = channel.schedule(at, NOTE)
    (left,) = handler.scheduled.values()
    assert "metadata" not in left
    assert "blocks" not in left
    assert channel.look_up_scheduled(at, NOTE.text) == reference
    assert channel.withdraw(reference) is True
    assert channel.withdraw(reference) is False


def test_rate_limited_is_being_told_to_wait_whatever_the_status(workspace):
    handler, channel = workspace
    handler.faults["chat.postMessage"] = ["ratelimited"]
    with pytest.raises(ChannelBusy):
        channel.send(NOTE)


def test_a_private_channel_is_found_by_its_name(workspace):
    handler, channel = workspace
    handler.private.add("C1")
    assert channel.send(NOTE).startswith("C1:")
    assert channel.look_up(NOTE.idempotency_key)


@pytest.mark.parametrize("address", ["#csu-briefing", "csu-briefing", "C1"])
def test_a_channel_may_be_given_by_name_or_by_id(workspace, address):
    handler, channel = workspace
    channel.channel = address
    assert channel.send(NOTE).startswith("C1:")
    assert ("conversations.list" in [method for method, _ in handler.calls]) == (address != "C1")


def test_a_bot_that_may_not_see_private_channels_finds_a_public_one_and_says_what_it_lacks_for_others(workspace):
    handler, channel = workspace
    handler.scopes.discard("groups:read")
    assert channel.send(NOTE).startswith("C1:")
    handler.private.add("C1")
    channel.channel = "#csu-briefing"
    with pytest.raises(TransportError, match=r"write the channel's id in partnership.yml, or .* groups:read"):
        channel.send(NOTE)


def test_blocks_that_slack_will_not_show_leave_the_text(workspace):
    handler, channel = workspace
    channel.send(Note(NOTE.idempotency_key, "", "a summary", {"blocks": BLOCKS * 51}))
    (parent,) = handler.parents()
    assert (parent["text"], parent.get("blocks")) == ("a summary", None)
    assert channel.look_up(NOTE.idempotency_key)


def test_a_scope_that_is_missing_is_a_clear_no(workspace):
    handler, channel = workspace
    handler.scopes.discard("chat:write")
    with pytest.raises(TransportError, match="missing_scope"):
        channel.send(NOTE)


def test_a_scheduled_message_is_found_once_it_is_posted(workspace):
    handler, channel = workspace
    at = dt.datetime(2030, 1, 7, 7, 55, tzinfo=dt.UTC)
    channel.schedule(at, NOTE)
    assert channel.look_up_posted(at, NOTE.text) is None
    handler.post_scheduled()
    reference = channel.look_up_posted(at, NOTE.text)
    assert channel.look_up_posted(at + dt.timedelta(days=1), NOTE.text) is None
    channel.remove(reference)
    assert handler.parents() == []


ODD = [b"", b"null", b"[]", b"7", b'"ok"', b"true", b"<html>", b'{"ok": true}', b'{"ok": true, "ts": null}', b"\xff\xfe\x00",
       b'{"ok": false}', b'{"ok": false, "error": {"a": 1}}', b"[" * 5000]  # fmt: skip


@pytest.mark.parametrize("body", ODD, ids=lambda body: repr(body[:30]))
def test_an_answer_that_is_none_of_slacks_is_doubt(workspace, monkeypatch, body):
    handler, channel = workspace
    channel.channel = "C1"

    def reply(self, _status, _value, _headers=None):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    monkeypatch.setattr(handler, "reply", reply)
    with pytest.raises(ChannelInDoubt):
        channel.send(NOTE)


def test_a_list_of_channels_that_never_ends_is_given_up(workspace, monkeypatch):
    handler, channel = workspace
    pages = {"ok": True, "channels": [{"id": "C9", "name": "other"}], "response_metadata": {"next_cursor": "again"}}
    monkeypatch.setattr(handler, "answer", lambda _self, _method, _given: pages)
    with pytest.raises(TransportError, match="sees no channel"):
        channel.send(NOTE)
    assert len(handler.calls) <= 3


def test_a_list_that_gives_no_clear_answer_puts_nothing_in_doubt(workspace):
    handler, channel = workspace
    handler.faults["conversations.list"] = ["500 after storing"]
    with pytest.raises(ChannelBusy, match="nothing was sent"):
        channel.send(NOTE)


def test_somebody_elses_picture_of_the_same_name_is_not_our_message(workspace):
    handler, channel = workspace
    channel.channel = "C1"
    handler.messages.append(
        {"ts": "1790000000.1", "channel": "C1", "text": "", "files": [{"id": "F9", "name": "briefing-2026-10-22.png"}]}
    )
    assert channel.look_up(NOTE.idempotency_key) is None


def test_the_time_of_a_message_is_in_its_reference(workspace):
    _, channel = workspace
    assert channel.posted_at("C1:1774152000.000100") == dt.datetime(2026, 3, 22, 4, 0, 0, 100, tzinfo=dt.UTC)
    assert channel.posted_at("C1:None") is None
