"""Slack's stand-in (emulate, from npm) behind a proxy that makes faults (mitmproxy), and a mailbox; all on loopback.

`make drill-chat` installs both under var/drill. Every process is ended by its own number.
"""

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.controller import Controller
from conftest import ROOT, end, free_port

HERE = Path(__file__).resolve().parent
TOOLS = ROOT / "var" / "drill"
TOKEN = "xoxb-practice"
SEED = """
tokens:
  xoxb-practice:
    login: tasking
    scopes: [chat:write, channels:read, channels:history, channels:manage, files:write]
slack:
  team: {name: CSU, domain: csu}
  users:
    - {name: tasking, real_name: Tasking}
  channels:
    - {name: csu-briefing}
"""


@dataclass
class SlackStandIn:
    """`url` goes through the faults, `direct` past them."""

    url: str
    direct: str
    plan: Path

    def fail(self, **faults: Any) -> None:
        """The faults of the next calls, by method with `_` for the dot; `down=True` for all of them."""
        named = {name.replace("_", ".", 1): what for name, what in faults.items() if name != "down"}
        self.plan.write_text(json.dumps(named | {"down": bool(faults.get("down"))}))

    def channel(self, name: str) -> str:
        """The id of a new channel."""
        return str(self.call("conversations.create", name=name)["channel"]["id"])

    def messages(self, channel: str) -> list[dict]:
        return list(
            self.call("conversations.history", channel=channel, limit=200, include_all_metadata=True)["messages"]
        )

    def thread(self, channel: str, ts: str) -> list[dict]:
        got = self.call("conversations.replies", channel=channel, ts=ts, limit=200, include_all_metadata=True)
        return [message for message in got["messages"] if message["ts"] != ts]

    def scheduled(self, channel: str) -> list[dict]:
        return list(self.call("chat.scheduledMessages.list", channel=channel)["scheduled_messages"])

    def keys(self, channel: str) -> Counter:
        """How often each message, reply and picture stands in a channel, by its key."""
        found: Counter = Counter()
        for parent in self.messages(channel):
            for message in (parent, *self.thread(channel, parent["ts"])):
                found.update(
                    [key for key in [(message.get("metadata") or {}).get("event_payload", {}).get("run_key")] if key]
                )
                found.update(one["name"] for one in message.get("files") or ())
        return found

    def call(self, method: str, **arguments: Any) -> dict:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = httpx.post(f"{self.direct}{method}", data=arguments, headers=headers, timeout=10).json()
        assert answer["ok"], (method, answer)
        return dict(answer)


@dataclass
class Mailbox:
    """Every mail as it came."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the name aiosmtpd calls
        self.mails.append(envelope.content)
        return "250 taken"


@contextmanager
def slack_stand_in(folder: Path, hang_s: float = 6) -> Iterator[SlackStandIn]:
    """A fresh workspace; its store is gone when it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    plan, seed = folder / "faults.json", folder / "seed.yaml"
    plan.write_text("{}")
    seed.write_text(SEED)
    port, proxy = free_port(), free_port()
    emulate = [
        "node", TOOLS / "node/node_modules/emulate/dist/index.js", "start", "--service", "slack", "--port", str(port),
        "--seed", seed,
    ]  # fmt: skip
    mitmdump = [
        TOOLS / "mitm/bin/mitmdump", "--quiet", "--mode", f"reverse:http://127.0.0.1:{port}", "--listen-host", "127.0.0.1",
        "--listen-port", str(proxy), "--scripts", HERE / "faults.py", "--set", f"confdir={folder / 'mitm'}",
    ]  # fmt: skip
    environment = os.environ | {"TASKING_FAULT_PLAN": str(plan), "TASKING_HANG_S": str(hang_s)}
    with ExitStack() as stack:
        for name, command in (("emulate", emulate), ("mitmdump", mitmdump)):
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                list(map(str, command)),
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                start_new_session=True,
            )
            stack.callback(end, process)
        slack = SlackStandIn(f"http://127.0.0.1:{proxy}/api/", f"http://127.0.0.1:{port}/api/", plan)
        for url in (slack.direct, slack.url):
            wait_for(f"{url}auth.test", folder)
        yield slack


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def wait_for(url: str, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.post(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError("\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in folder.glob("*.log")))
