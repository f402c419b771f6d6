"""Buttons over Socket Mode, against a socket on loopback: acknowledged at once, counted once, for those who may."""

import datetime as dt
import json
import threading
import time
from dataclasses import replace

import pytest
from websockets.sync.server import serve

from tasking import flows
from tasking.delivery.messages import shown_briefing
from tasking.model.partnership import Person
from tasking.runtime import local
from tasking.runtime.listen import open_listener
from tasking.runtime.settings import Settings

DAY = dt.date(2026, 10, 22)
PEOPLE = [
    Person(name="Sgt Hale", slack="U0HALE"),
    Person(name="Warden Finch", slack="U0FINCH", may=["task"]),
]


class Socket:
    """Slack's end of the socket: sends envelopes, keeps what is answered and when."""

    def __init__(self) -> None:
        self.answers: dict[str, float] = {}
        self.connection = None
        self.is_open = threading.Event()

    def serve(self, connection) -> None:
        self.connection = connection
        connection.send(json.dumps({"type": "hello", "num_connections": 1}))
        self.is_open.set()
        for message in connection:
            self.answers[json.loads(message)["envelope_id"]] = time.monotonic()

    def press(self, envelope: str, user: str, action: str) -> float:
        """Sends a press and returns how long its acknowledgement took, in seconds."""
        payload = {
            "type": "block_actions",
            "user": {"id": user},
            "channel": {"id": "C1"},
            "trigger_id": "t1",
            "actions": [{"action_id": action}],
        }
        return self.send(envelope, payload)

    def submit(self, envelope: str, user: str, view: dict, reason: str) -> float:
        asked = {"callback_id": view["callback_id"], "private_metadata": view["private_metadata"],
                 "state": {"values": {"why": {"reason": {"value": reason}}}}}  # fmt: skip
        return self.send(envelope, {"type": "view_submission", "user": {"id": user}, "view": asked})

    def send(self, envelope: str, payload: dict) -> float:
        self.answers.pop(envelope, None)
        started = time.monotonic()
        self.connection.send(
            json.dumps(
                {"type": "interactive", "envelope_id": envelope, "payload": payload, "accepts_response_payload": False}
            )
        )
        wait_for(lambda: envelope in self.answers)
        return self.answers[envelope] - started


def wait_for(found, seconds: float = 20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


@pytest.fixture
def chat(briefed, workspace):
    """A posted briefing with buttons, somebody listening, and Slack's end of the socket."""
    handler, channel = workspace
    channel.has_buttons = True
    desk = briefed
    desk.channel = channel
    opened = desk.open()
    opened = replace(opened, partnership=opened.partnership.model_copy(update={"people": PEOPLE}))
    flows.post(opened, DAY)
    socket = Socket()
    server = serve(socket.serve, "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    handler.socket_url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
    settings = Settings(
        home=desk.home,
        slack_bot_token="xoxb-practice",
        slack_app_token="xapp-practice",
        slack_base_url=channel.base_url,
    )
    listener = open_listener(opened, settings).start()
    assert socket.is_open.wait(10)
    listener._listener._client.current_session.sock.settimeout(0.1)  # three seconds, for which closing would wait
    yield opened, handler, socket
    listener.close()
    server.shutdown()


def first_tasking(opened) -> str:
    return shown_briefing(opened.delivery, DAY).briefing.taskings[0].proposal_id


def thread(handler) -> str:
    return json.dumps([message for message in handler.thread() if "blocks" in message], ensure_ascii=False)


def log(opened) -> list[dict]:
    import sqlalchemy as sa

    with opened.warehouse.engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT actor, action, subject, note FROM log ORDER BY entry_number")
        ).mappings()
        return [
            dict(row)
            for row in rows
            if row["action"].startswith(("proposal", "tasking")) and "raised" not in row["action"]
        ]


def test_a_press_is_acknowledged_at_once_stored_logged_and_shown(chat):
    opened, handler, socket = chat
    tasking = first_tasking(opened)
    assert socket.press("e1", "U0FINCH", f"tasking:take:{tasking}") < 3
    wait_for(lambda: "Taken by Warden Finch 07:31" in thread(handler))
    assert log(opened) == [{"actor": "slack:U0FINCH", "action": "tasking: take", "subject": tasking, "note": ""}]
    assert len(handler.parents()) == 1


def test_the_same_press_again_counts_once(chat):
    opened, handler, socket = chat
    tasking = first_tasking(opened)
    for envelope in ("e1", "e1", "e2"):  # Slack sends again what it believes unanswered
        socket.press(envelope, "U0FINCH", f"tasking:take:{tasking}")
    wait_for(lambda: "Taken by Warden Finch" in thread(handler))
    time.sleep(0.5)
    assert len(log(opened)) == 1
    assert "chat.postEphemeral" not in [method for method, _ in handler.calls]


def test_who_comes_second_is_told_who_was_first(chat):
    opened, handler, socket = chat
    tasking = first_tasking(opened)
    socket.press("e1", "U0FINCH", f"tasking:take:{tasking}")
    wait_for(lambda: log(opened))
    socket.press("e2", "U0HALE", f"tasking:take:{tasking}")
    said = wait_for(lambda: [given for method, given in handler.calls if method == "chat.postEphemeral"])
    assert said[0]["user"] == "U0HALE"
    assert said[0]["text"] == "Taken already, by Warden Finch on Thu 22 Oct at 07:31."
    assert "Sgt Hale" not in thread(handler)


@pytest.mark.parametrize(
    ("user", "action"), [("U0NOBODY", "tasking:take:{tasking}"), ("U0FINCH", "tasking:approve:D-20261022-00000000")]
)
def test_who_may_not_is_told_and_nothing_is_stored(chat, user, action):
    opened, handler, socket = chat
    socket.press("e1", user, action.format(tasking=first_tasking(opened)))
    said = wait_for(lambda: [given for method, given in handler.calls if method == "chat.postEphemeral"])
    assert "You do not have access to this button" in said[0]["text"]
    assert log(opened) == []


@pytest.mark.parametrize(
    "action",
    [
        "tasking:take:T-20261022-ffffffff",
        "tasking:take:T-99999999-00000000",
        "tasking:take:'; DROP TABLE log",
        "tasking:approve:T-20261022-00000000",
    ],
)
def test_a_proposal_that_nobody_made_is_not_known(chat, action):
    opened, handler, socket = chat
    socket.press("e1", "U0HALE", action)
    said = wait_for(lambda: [given for method, given in handler.calls if method == "chat.postEphemeral"])
    assert "There is no such proposal" in said[0]["text"]
    assert log(opened) == []


def test_an_action_of_another_app_is_left_alone_and_the_next_press_is_heard(chat):
    opened, _, socket = chat
    socket.press("e1", "U0HALE", "somebody-elses")
    socket.send("e2", {"type": "block_actions"})  # a payload without a user
    socket.press("e3", "U0HALE", f"tasking:done:{first_tasking(opened)}")
    wait_for(lambda: log(opened))


def test_a_rejection_asks_why_and_the_reason_stays_on_the_desk(chat, monkeypatch):
    from tasking.delivery import buttons

    opened, handler, socket = chat
    monkeypatch.setattr(buttons, "proposed_on", lambda *_: DAY)
    decision = "D-20261022-0000abcd"
    socket.press("e1", "U0HALE", f"tasking:reject:{decision}")
    view = wait_for(lambda: [given["view"] for method, given in handler.calls if method == "views.open"])[0]
    assert log(opened) == []
    assert socket.submit("e2", "U0HALE", view, "Bikes have gone since") < 3
    entry = wait_for(lambda: log(opened))[0]
    assert entry == {
        "actor": "slack:U0HALE",
        "action": "proposal: reject",
        "subject": decision,
        "note": "Bikes have gone since",
    }
    assert "Bikes have gone" not in json.dumps(handler.messages)


def test_listening_needs_tokens_and_people(desk):
    from tasking.model.errors import DeclarationError

    opened = local.open_services(Settings(home=desk.home, database_url=desk.database_url))
    with pytest.raises(DeclarationError, match="TASKING_SLACK_APP_TOKEN"):
        open_listener(opened, Settings(home=desk.home))
    with pytest.raises(DeclarationError, match="list at least one person"):
        open_listener(opened, Settings(home=desk.home, slack_bot_token="xoxb-a", slack_app_token="xapp-a"))
