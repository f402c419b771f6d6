"""Slack: one message and one thread, whatever the reply is. Against a small server that keeps what it is sent."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tasking.channels import Message
from tasking.channels.slack import SlackChannel
from tasking.model.errors import ChannelInDoubt, TransportError

BLOCKS = [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]
MESSAGE = Message(
    "briefing:2026-10-22",
    "the whole briefing as text",
    {"text": "a summary", "blocks": BLOCKS, "thread": ["by area", "held"]},
)


class Workspace(BaseHTTPRequestHandler):
    messages: list[dict] = []  # noqa: RUF012
    fault: str | None = None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_json = self.headers["Content-Type"].startswith("application/json")
        arguments = json.loads(body) if is_json else {k: v[0] for k, v in parse_qs(body.decode()).items()}
        self.answer(urlsplit(self.path).path.rsplit("/", 1)[-1], arguments)

    do_GET = do_POST  # noqa: N815

    def answer(self, method: str, arguments: dict) -> None:
        store, cls = type(self).messages, type(self)
        reply: dict = {"ok": True}
        if method == "conversations.list":
            reply["channels"] = [{"id": "C1", "name": "csu-briefing"}]
        elif method == "conversations.history":
            reply["messages"] = [m for m in store if "thread_ts" not in m]
        elif method == "conversations.replies":
            reply["messages"] = [m for m in store if arguments["ts"] in (m["ts"], m.get("thread_ts"))]
        elif method == "chat.update":
            next(m for m in store if m["ts"] == arguments["ts"]).update(
                text=arguments["text"], blocks=arguments["blocks"]
            )
        else:
            fault, cls.fault = cls.fault, None
            if fault == "500 before storing":
                return self.reply(500, {"ok": False})
            if fault == "refused":
                return self.reply(200, {"ok": False, "error": "channel_not_found"})
            store.append({**arguments, "ts": f"{time.time():.6f}{len(store)}"})
            reply |= {"channel": "C1", "ts": store[-1]["ts"]}
            if fault == "500 after storing":
                return self.reply(500, {"ok": False})
            if fault == "reply lost":
                return self.connection.close()
            if fault == "reply cut":
                return self.reply(200, None)
        return self.reply(200, reply)

    def reply(self, status: int, value: dict | None) -> None:
        body = b'{"ok": tr' if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments) -> None:
        """Quiet."""


@pytest.fixture
def workspace():
    handler = type("Here", (Workspace,), {"messages": [], "fault": None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield handler, SlackChannel("xoxb-practice", "#csu-briefing", f"http://127.0.0.1:{server.server_address[1]}/api/")
    server.shutdown()
    server.server_close()


def parents(handler) -> list[dict]:
    return [message for message in handler.messages if "thread_ts" not in message]


def test_one_message_and_one_thread(workspace):
    handler, channel = workspace
    reference = channel.send(MESSAGE)
    assert [parent["text"] for parent in parents(handler)] == ["a summary"]
    assert [m["text"] for m in handler.messages[1:]] == ["by area", "held"]
    channel.update(reference, MESSAGE)
    assert len(handler.messages) == 3


def test_a_message_is_found_by_its_key(workspace):
    _, channel = workspace
    assert channel.look_up(MESSAGE) is None
    assert channel.send(MESSAGE) == channel.look_up(MESSAGE)


@pytest.mark.parametrize("fault", ["500 before storing", "500 after storing", "reply lost", "reply cut"])
def test_a_doubtful_answer_is_doubt_and_is_not_sent_again_by_the_library(workspace, fault):
    handler, channel = workspace
    handler.fault = fault
    with pytest.raises(ChannelInDoubt):
        channel.send(MESSAGE)
    assert len(parents(handler)) <= 1


@pytest.mark.parametrize("fault", ["500 before storing", "500 after storing", "reply lost", "reply cut"])
def test_a_day_is_posted_once_through_every_fault(workspace, fault, desk_with_deliveries):
    handler, channel = workspace
    desk_with_deliveries.channel = channel
    handler.fault = fault
    try:
        desk_with_deliveries.run("2026-10-22", is_old_day_posted=True)
    except ChannelInDoubt:
        desk_with_deliveries.run("2026-10-22", is_old_day_posted=True)
    assert len(parents(handler)) == 1
    assert parents(handler)[0]["metadata"]["event_payload"] == {"run_key": "briefing:2026-10-22"}
    assert desk_with_deliveries.rows("outbox")[0]["state"] == "sent"


def test_a_clear_no_is_said_in_words(workspace):
    handler, channel = workspace
    handler.fault = "refused"
    with pytest.raises(TransportError, match="channel_not_found"):
        channel.send(MESSAGE)
