"""A Slack on loopback that keeps what it is sent, refuses what Slack refuses, and fails when told to: for tests, drills
and practice.

Run by itself it prints what it is sent: `python demo/practice/slack_workspace.py --port 4003`. tests/drills has another
stand-in, by other people.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import slack_rules
from background import serve_in_background


class Workspace(BaseHTTPRequestHandler):
    """`faults[method]` are what the next calls of a method run into, in order.

    `channels`: name -> id; `private`: the ids of those that are private. `direct`: those of direct messages that were
    opened. `scopes`: what the bot's token may do.
    """

    channels: dict[str, str]
    private: set[str]
    direct: set[str]
    scopes: set[str]
    messages: list[dict]
    scheduled: dict[str, dict]
    uploads: dict[str, dict]
    calls: list[tuple[str, dict]]
    faults: dict[str, list[str]]
    socket_url: str

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path)
        if path.path.startswith("/upload/"):
            type(self).uploads[path.path.rsplit("/", 1)[-1]]["bytes"] = body
            return self.reply(200, {"ok": True})
        is_json = (self.headers.get("Content-Type") or "").startswith("application/json")
        asked = {k: v[0] for k, v in parse_qs(path.query).items()}
        given = json.loads(body or b"{}") if is_json else {k: v[0] for k, v in parse_qs(body.decode()).items()}
        method = path.path.rsplit("/", 1)[-1]
        type(self).calls.append((method, asked | given))
        faults = type(self).faults[method]
        fault = faults.pop(0) if faults else None
        if fault and fault.startswith("slow"):
            time.sleep(float(fault.removeprefix("slow ")))
        if fault == "429":
            return self.reply(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})
        if fault == "500 before storing":
            return self.reply(500, {"ok": False})
        if fault == "ratelimited":
            return self.reply(200, {"ok": False, "error": "ratelimited"})
        if fault == "refused":
            return self.reply(200, {"ok": False, "error": "channel_not_found"})
        if fault and fault.startswith("refused: "):
            return self.reply(200, {"ok": False, "error": fault.removeprefix("refused: ")})
        refused = self.refused(method, asked | given)
        answer = {"ok": False, "error": refused} if refused else self.answer(method, asked | given)
        if fault == "500 after storing":
            return self.reply(500, {"ok": False})
        if fault == "reply lost":
            return self.connection.close()
        return self.reply(200, None if fault == "reply cut" else answer)

    do_GET = do_POST  # noqa: N815

    def refused(self, method: str, given: dict) -> str | None:
        """Slack's word where it refuses this call."""
        cls = type(self)
        if word := slack_rules.refusal(method, given, cls.scopes, cls.private, cls.direct):
            return word
        channel = given.get("channel") or given.get("channel_id")
        is_person = method == "chat.postMessage" and str(channel).startswith("U")  # their own conversation with the app
        is_person = is_person or channel in cls.direct
        if channel is not None and channel not in cls.channels.values() and not is_person:
            return "channel_not_found"
        if method in ("chat.update", "chat.delete") and given["ts"] not in {m["ts"] for m in cls.messages}:
            return "message_not_found"
        if method in ("chat.postMessage", "chat.update", "chat.scheduleMessage"):
            return slack_rules.refused_message(given)
        return slack_rules.refused_view(given.get("view")) if method == "views.open" else None

    def answer(self, method: str, given: dict) -> dict:
        store, cls = type(self).messages, type(self)
        match method:
            case "conversations.list":
                kinds = str(given.get("types") or "public_channel").split(",")
                shown = [
                    {"id": one, "name": name, "is_private": one in cls.private}
                    for name, one in cls.channels.items()
                    if ("private_channel" if one in cls.private else "public_channel") in kinds
                ]
                return {"ok": True, "channels": shown}
            case "conversations.open":
                number = f"D{given['users'].removeprefix('U')}"
                cls.direct.add(number)
                return {"ok": True, "channel": {"id": number}}
            case "conversations.history":
                oldest, latest = (float(given.get(name) or end) for name, end in (("oldest", 0), ("latest", "inf")))
                found = [
                    m
                    for m in store
                    if "thread_ts" not in m and m["channel"] == given["channel"] and oldest < float(m["ts"]) < latest
                ]
                return {"ok": True, "messages": found}
            case "conversations.replies":
                return {"ok": True, "messages": [m for m in store if given["ts"] in (m["ts"], m.get("thread_ts"))]}
            case "chat.update":
                next(m for m in store if m["ts"] == given["ts"]).update(text=given["text"], blocks=given.get("blocks"))
                return {"ok": True}
            case "chat.delete" | "files.delete":
                gone = given.get("ts"), given.get("file")
                store[:] = [
                    m for m in store if m["ts"] != gone[0] and gone[1] not in [one["id"] for one in m.get("files", ())]
                ]
                return {"ok": True}
            case "chat.scheduleMessage":
                number = f"Q{len(cls.scheduled) + 1}"
                cls.scheduled[number] = given
                return {"ok": True, "channel": given["channel"], "scheduled_message_id": number}
            case "chat.scheduledMessages.list":
                waiting = [
                    {"id": number, "channel_id": one["channel"], "post_at": one["post_at"], "text": one["text"]}
                    for number, one in cls.scheduled.items()
                ]
                return {"ok": True, "scheduled_messages": waiting}
            case "chat.deleteScheduledMessage":
                found = cls.scheduled.pop(given["scheduled_message_id"], None)
                return {"ok": True} if found else {"ok": False, "error": "invalid_scheduled_message_id"}
            case "files.getUploadURLExternal":
                number = f"F{len(cls.uploads) + 1}"
                cls.uploads[number] = dict(given)
                return {"ok": True, "file_id": number, "upload_url": f"http://{self.headers['Host']}/upload/{number}"}
            case "files.completeUploadExternal":
                number = json.loads(given["files"])[0]["id"]
                one = {"id": number, "name": cls.uploads[number]["filename"]}
                store.append(
                    {
                        "ts": self.stamp(),
                        "channel": given["channel_id"],
                        "thread_ts": given["thread_ts"],
                        "files": [one],
                        "text": "",
                    }
                )
                return {"ok": True, "files": [one]}
            case "apps.connections.open":
                return {"ok": True, "url": cls.socket_url}
            case "chat.postMessage":
                store.append({**given, "ts": self.stamp()})
                return {"ok": True, "channel": given["channel"], "ts": store[-1]["ts"]}
        return {"ok": True}

    @classmethod
    def post_scheduled(cls) -> None:
        """Their time has come: what was scheduled is posted."""
        for number, one in list(cls.scheduled.items()):
            del cls.scheduled[number]
            cls.messages.append({**one, "ts": f"{int(one['post_at'])}.000100"})

    def stamp(self) -> str:
        return f"{time.time():.6f}{len(type(self).messages)}"

    @classmethod
    def posted_in(cls, channel: str, run_key: str | None = None) -> list[dict]:
        """The messages of a channel, named without its #, or those of one run; their threads left out."""
        return [
            message
            for message in cls.parents()
            if message["channel"] == cls.channels.get(channel) and run_key in (None, run_key_of(message))
        ]

    def reply(self, status: int, value: dict | None, headers: dict | None = None) -> None:
        body = b'{"ok": tr' if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments) -> None:
        """Quiet."""

    @classmethod
    def parents(cls) -> list[dict]:
        return [message for message in cls.messages if "thread_ts" not in message]

    @classmethod
    def thread(cls) -> list[dict]:
        return [message for message in cls.messages if "thread_ts" in message]


def run_key_of(message: dict) -> str | None:
    """What a message says of itself, for us to know it by: `ashdown:briefing:2026-10-22`."""
    metadata = message.get("metadata") or {}
    metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
    return metadata.get("event_payload", {}).get("run_key")


@contextmanager
def slack_workspace(
    channels: Sequence[str] = ("csu-briefing",), port: int = 0, host: str = "127.0.0.1"
) -> Iterator[tuple[type[Workspace], str]]:
    """A workspace of its own with these channels, all of them public, and the address of its API."""
    numbered = {name: f"C{number}" for number, name in enumerate(channels, 1)}
    empty: dict[str, object] = {
        "messages": [],
        "scheduled": {},
        "uploads": {},
        "calls": [],
        "private": set(),
        "direct": set(),
    }
    empty["scopes"] = set(slack_rules.SCOPES)
    handler = type("Here", (Workspace,), empty | {"channels": numbered, "faults": defaultdict(list)})
    server = ThreadingHTTPServer((host, port), handler)
    serve_in_background(server)
    try:
        yield handler, f"http://127.0.0.1:{server.server_address[1]}/api/"
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=4003)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--channels", nargs="+", default=["csu-briefing"])
    given = options.parse_args()
    with slack_workspace(given.channels, given.port, given.host) as (workspace, url):
        print(f"a Slack for practice: {url}", flush=True)
        shown = 0
        while True:
            time.sleep(1)
            for message in workspace.messages[shown:]:
                print(f"\n{message['channel']}: {message['text']}", flush=True)
            shown = len(workspace.messages)


if __name__ == "__main__":
    main()
