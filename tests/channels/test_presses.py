"""Presses are stored, then acknowledged, and carried out whatever is killed: one decision, one answer, none lost."""

import datetime as dt
import importlib
import json
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import ROOT, TestDesk
from slack_sdk.socket_mode.request import SocketModeRequest

from tasking import delivery, flows
from tasking.delivery import presses as working
from tasking.delivery.messages import shown_briefing
from tasking.delivery.store import presses
from tasking.delivery.store.presses import Press
from tasking.model.partnership import Person
from tasking.model.proposal import Verb
from tasking.runtime import listen
from tasking.runtime.settings import Settings
from tasking.warehouse import open_warehouse

DAY = dt.date(2026, 10, 22)
PEOPLE = [Person(name="Sgt Hale", slack="U0HALE"), Person(name="Warden Finch", slack="U0FINCH", may=["task"])]


@dataclass
class Chat:
    """A posted briefing, and Slack's end of the connection: what it sends, and what was acknowledged."""

    desk: TestDesk
    workspace: Any
    acknowledged: Path

    def open(self):
        opened = self.desk.open()
        return replace(opened, partnership=opened.partnership.model_copy(update={"people": PEOPLE}))

    def listening(self, opened=None) -> listen.Listening:
        """A listener that is not connected: what Slack sends is handed to it by `send`."""
        url = self.desk.channel.base_url
        tokens = {"slack_bot_token": "xoxb-practice", "slack_app_token": "xapp-practice", "slack_base_url": url}
        return listen.open_listener(opened or self.open(), Settings(home=self.desk.home, **tokens))

    def press(self, listening, action: str, user: str = "U0FINCH", moment: str = "1.1") -> bool:
        """One press as Slack sends it, again where it was not acknowledged. Returns whether it is now."""
        payload = {
            "type": "block_actions", "user": {"id": user}, "channel": {"id": "C1"}, "trigger_id": f"t{moment}",
            "actions": [{"action_id": action, "action_ts": moment}],
        }  # fmt: skip
        return self.send(listening, f"e{moment}", payload)

    def send(self, listening, envelope: str, payload: dict) -> bool:
        if envelope not in self.acks():
            request = SocketModeRequest(type="interactive", envelope_id=envelope, payload=payload)
            listening._listener._take(SimpleNamespace(send_socket_mode_response=self._acknowledge), request)
        return envelope in self.acks()

    def _acknowledge(self, response) -> None:
        with self.acknowledged.open("a") as file:
            file.write(f"{response.envelope_id}\n")

    def acks(self) -> list[str]:
        return self.acknowledged.read_text().split() if self.acknowledged.exists() else []

    def work(self, listening) -> int:
        return working.carry_out_presses(listening.services.delivery, listening._answer)

    def told(self) -> list[tuple[str, str]]:
        """(who, what) of every answer that one person alone sees."""
        return [
            (given["user"], given["text"]) for method, given in self.workspace.calls if method == "chat.postEphemeral"
        ]

    def steps(self) -> list[tuple[str, str]]:
        return [(row["verb"], row["actor"]) for row in self.desk.rows("step")]

    def entries(self) -> list[str]:
        return [row["actor"] for row in self.desk.rows("log") if row["action"].startswith("tasking: ")]

    def waiting(self) -> list[dict]:
        return [row for row in self.desk.rows("press") if row["state"] != "ended"]

    def shows(self, words: str) -> bool:
        return words in json.dumps(self.workspace.messages, ensure_ascii=False)

    def taskings(self) -> list[str]:
        return [one.proposal_id for one in shown_briefing(self.open().delivery, DAY).briefing.taskings]


@pytest.fixture
def chat(briefed, workspace, tmp_path) -> Chat:
    handler, briefed.channel = workspace
    briefed.channel.has_buttons = True
    flows.post(briefed.open(), DAY)
    return Chat(briefed, handler, tmp_path / "acknowledged")


# Killed at every step.

POINTS = {
    "before it is stored": ("tasking.delivery.store.presses", "store_press", "before"),
    "before it is acknowledged": ("tasking.delivery.store.presses", "store_press", "after"),
    "once it is acknowledged": ("test_presses", "Chat._acknowledge", "after"),
    "once it is taken up": ("tasking.delivery.store.presses", "next_pending", "after"),
    "before its decision is committed": ("tasking.meeting.store.proposals", "take_step", "after"),
    "before that it is decided is committed": ("tasking.delivery.store.presses", "advance", "after"),
    "once it is decided": ("tasking.delivery.presses", "_decide", "after"),
    "once the message is edited": ("tasking.delivery.presses", "announce", "after"),
    "once that is recorded": ("tasking.delivery.presses", "_show", "after"),
    "before the answer": ("tasking.delivery.channels.slack.listener", "SlackListener.answer", "before"),
    "once it is answered": ("tasking.delivery.presses", "_answer", "after"),
}
AFTER_TELLING = ("tasking.delivery.channels.slack.listener", "SlackListener.answer", "after")


def killed(chat: Chat, point: tuple[str, str, str], work: Callable[[], None]) -> int:
    """Does the work in a process that is killed at a point; its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        _die_at(*point)
        work()
        status = 0
    finally:
        os._exit(status)


def _die_at(module: str, name: str, when: str) -> None:
    owner = importlib.import_module(module) if module != "test_presses" else importlib.import_module(__name__)
    kind, _, function = name.rpartition(".")
    owner = getattr(owner, kind) if kind else owner
    real = getattr(owner, function)

    def dying(*arguments, **named):
        if when == "after":
            real(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, function, dying)


def press_killed_at(chat: Chat, point: tuple[str, str, str], action: str, user: str) -> int:
    """A press whose listener is killed at a point; then another listener, to which Slack sends what it must again."""

    def run() -> None:
        listening = chat.listening()
        chat.press(listening, action, user)
        chat.work(listening)

    status = killed(chat, point, run)
    run()
    return status


@pytest.mark.parametrize("point", [name for name in POINTS if "answer" not in name])
def test_a_press_that_counts_is_decided_once_and_shown_whatever_is_killed(chat, point):
    tasking = chat.taskings()[0]
    assert press_killed_at(chat, POINTS[point], f"tasking:take:{tasking}", "U0FINCH") == -signal.SIGKILL
    assert chat.steps() == [("take", "Warden Finch")]
    assert chat.entries() == ["slack:U0FINCH"]
    assert chat.shows("Taken by Warden Finch 07:31")
    assert chat.told() == []
    assert chat.waiting() == []
    assert len(chat.workspace.parents()) == 1


@pytest.mark.parametrize(
    "point",
    ["once it is taken up", "once it is decided", "once that is recorded", "before the answer", "once it is answered"],
)
def test_a_press_that_comes_second_is_answered_once_whatever_is_killed(chat, point):
    tasking = chat.taskings()[0]
    delivery.press(chat.open().delivery, "U0FINCH", tasking, Verb.TAKE)
    assert press_killed_at(chat, POINTS[point], f"tasking:take:{tasking}", "U0HALE") == -signal.SIGKILL
    assert chat.steps() == [("take", "Warden Finch")]
    assert chat.told() == [("U0HALE", "Taken already, by Warden Finch on Thu 22 Oct at 07:31.")]
    assert chat.waiting() == []


def test_where_it_is_in_doubt_whether_an_answer_was_given_it_is_given_again(chat):
    """Slack can't be asked whether it showed it."""
    assert press_killed_at(chat, AFTER_TELLING, "tasking:take:T-20261022-ffffffff", "U0HALE") == -signal.SIGKILL
    assert chat.told() == [("U0HALE", "There is no such proposal any more.")] * 2


# Stored, then acknowledged.


def test_a_press_is_in_the_database_before_it_is_acknowledged(chat, monkeypatch):
    stored = []
    monkeypatch.setattr(Chat, "_acknowledge", lambda self, _response: stored.append(self.waiting()))
    chat.press(chat.listening(), f"tasking:take:{chat.taskings()[0]}")
    ((row,),) = stored
    assert (row["pressed_by"], row["action"].split(":")[1], row["channel"]) == ("U0FINCH", "take", "C1")


def test_what_can_not_be_stored_in_time_is_not_acknowledged_and_who_pressed_is_told(chat, monkeypatch):
    monkeypatch.setattr(listen, "STORE_WITHIN_S", 0.2)
    tasking, listening = chat.taskings()[0], chat.listening()
    busy = sqlite3.connect(chat.desk.database_url.removeprefix("sqlite:///"))
    busy.execute("BEGIN IMMEDIATE")
    assert not chat.press(listening, f"tasking:take:{tasking}")
    ((user, words),) = chat.told()
    assert (user, words.split(".")[0]) == ("U0FINCH", "Your press could not be saved just now")
    busy.rollback()
    busy.close()
    assert chat.press(listening, f"tasking:take:{tasking}")  # Slack sends it again
    chat.work(listening)
    assert chat.steps() == [("take", "Warden Finch")]


def test_a_store_that_does_not_answer_is_given_up_in_time(chat, monkeypatch):
    from tasking.delivery.channels.slack import listener

    monkeypatch.setattr(listener, "_GIVE_UP_AFTER_S", 0.1)
    hangs = threading.Event()
    monkeypatch.setattr(presses, "store_press", lambda *_arguments: hangs.wait(20))
    assert not chat.press(chat.listening(), f"tasking:take:{chat.taskings()[0]}")
    hangs.set()
    assert len(chat.told()) == 1


def test_what_can_not_be_read_is_acknowledged_so_that_it_does_not_come_for_ever(chat):
    assert chat.send(chat.listening(), "e9", {"type": "block_actions"})
    assert chat.waiting() == []


def test_a_press_sent_twice_counts_once_and_pressed_twice_is_two_presses(chat):
    listening, action = chat.listening(), f"tasking:done:{chat.taskings()[0]}"
    chat.press(listening, action)
    chat.acknowledged.unlink()  # Slack did not hear us
    chat.press(listening, action)
    assert len(chat.waiting()) == 1
    chat.press(listening, action, moment="2.2")
    assert len(chat.waiting()) == 2
    chat.work(listening)
    assert chat.steps() == [("done", "Warden Finch")]
    assert chat.told() == []


# Told to who pressed.


def test_a_fault_of_ours_is_told_once_after_some_tries_and_the_next_press_is_carried_out(chat, monkeypatch):
    first, second = chat.taskings()[:2]
    real = working.decide_press

    def broken(desk, user, proposal_id, *rest):
        if proposal_id == first:
            raise ZeroDivisionError("Mrs Whitlock")
        return real(desk, user, proposal_id, *rest)

    monkeypatch.setattr(working, "decide_press", broken)
    listening = chat.listening()
    chat.press(listening, f"tasking:take:{first}")
    chat.press(listening, f"tasking:take:{second}", moment="2.2")
    assert chat.work(listening) == working.TRIES + 1
    assert chat.told() == [("U0FINCH", working.OUR_FAULT)]
    assert [row["subject_id"] for row in chat.desk.rows("step")] == [second]


def test_a_press_that_ends_the_process_each_time_is_given_up_and_told(chat):
    action = f"tasking:take:{chat.taskings()[0]}"
    listening = chat.listening()
    chat.press(listening, action)
    for _ in range(working.TRIES):
        presses.next_pending(listening.services.warehouse)  # and then the process ends
    chat.work(listening)
    assert chat.told() == [("U0FINCH", working.OUR_FAULT)]
    assert chat.steps() == []


def test_a_message_that_can_not_be_edited_is_told_and_the_decision_stands(chat):
    chat.workspace.faults["chat.update"] = ["refused"] * 500
    listening = chat.listening()
    chat.press(listening, f"tasking:take:{chat.taskings()[0]}")
    chat.work(listening)
    assert chat.steps() == [("take", "Warden Finch")]
    ((user, words),) = chat.told()
    assert user == "U0FINCH"
    assert words.startswith("Recorded. The message could not be updated yet (")


def test_an_answer_that_is_refused_in_the_channel_comes_in_a_conversation_of_their_own(chat):
    chat.workspace.faults["chat.postEphemeral"] = ["refused"]
    listening = chat.listening()
    chat.press(listening, "tasking:take:T-20261022-ffffffff", user="U0HALE")
    chat.work(listening)
    (own,) = [one for one in chat.workspace.messages if one["channel"] == "U0HALE"]
    assert own["text"] == "There is no such proposal any more."


def test_a_form_that_does_not_open_is_told(chat):
    chat.workspace.faults["views.open"] = ["refused"]
    listening = chat.listening()
    assert chat.press(listening, "tasking:reject:D-20261022-0000abcd", user="U0HALE")
    chat.work(listening)
    assert chat.told() == [("U0HALE", working.NOT_OPENED)]


def test_a_form_of_a_listener_that_was_killed_is_told(chat, monkeypatch):
    monkeypatch.setattr(listen, "_OPENS_WITHIN_S", 0.001)
    point = ("tasking.delivery.channels.slack.listener", "SlackListener._open_form", "before")
    action = "tasking:reject:D-20261022-0000abcd"
    assert press_killed_at(chat, point, action, "U0HALE") == -signal.SIGKILL
    assert chat.told() == [("U0HALE", working.NOT_OPENED)]


def test_the_reason_is_kept_with_the_step_alone(chat, monkeypatch):
    from tasking.delivery import buttons

    monkeypatch.setattr(buttons, "proposed_on", lambda *_: DAY)
    listening = chat.listening()
    form = {
        "callback_id": "tasking_reason", "id": "V1",
        "private_metadata": json.dumps({"action": "tasking:reject:D-20261022-0000abcd", "channel": "C1"}),
        "state": {"values": {"why": {"reason": {"value": "Bikes have gone since"}}}},
    }  # fmt: skip
    chat.send(listening, "e5", {"type": "view_submission", "user": {"id": "U0HALE"}, "view": form})
    chat.work(listening)
    (step,) = chat.desk.rows("step")
    assert (step["verb"], step["reason"]) == ("reject", "Bikes have gone since")
    (press,) = chat.desk.rows("press")
    assert (press["state"], press["reason"]) == ("ended", "")


# Several listeners, and what a press costs.


def test_two_listeners_carry_a_press_out_once(chat):
    one, other = chat.listening(), chat.listening()
    chat.press(one, f"tasking:take:{chat.taskings()[0]}")
    with one.services.warehouse.lock("presses"):
        counts = []
        thread = threading.Thread(target=lambda: counts.append(chat.work(other)))
        thread.start()
        thread.join(20)
        assert counts == [0]
    assert chat.work(other) == 1
    assert chat.work(one) == 0
    assert chat.steps() == [("take", "Warden Finch")]


def queries_of_a_press(chat: Chat, tasking: str) -> int:
    opened = chat.open()
    listening = chat.listening(opened)
    chat.press(listening, f"tasking:take:{tasking}", moment=tasking)
    seen: list[str] = []

    def count(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    sa.event.listen(opened.warehouse.engine, "before_cursor_execute", count)
    chat.work(listening)
    sa.event.remove(opened.warehouse.engine, "before_cursor_execute", count)
    return len(seen)


def with_versions(chat: Chat, first: int, last: int) -> None:
    """Versions of the day's briefing, as late news makes them, and the newest of them in the channel."""
    with chat.desk.open().warehouse.engine.begin() as connection:
        row = connection.execute(sa.text("SELECT content, inputs FROM briefing WHERE version = 1")).one()
        for version in range(first, last + 1):
            connection.execute(
                sa.text(
                    "INSERT INTO briefing (day, version, content, content_hash, inputs) "
                    "VALUES (:day, :version, :content, :hash, :inputs)"
                ),
                {
                    "day": str(DAY),
                    "version": version,
                    "content": row.content,
                    "hash": str(version),
                    "inputs": row.inputs,
                },
            )
    delivery.refresh_all(chat.open().delivery, chat.taskings()[:1])


def test_a_press_costs_as_much_with_fifty_versions_as_with_five(chat):
    first, second, third = chat.taskings()[:3]
    with_versions(chat, 2, 5)
    few = queries_of_a_press(chat, first)
    with_versions(chat, 6, 50)
    assert queries_of_a_press(chat, second) == few
    with chat.desk.open().warehouse.engine.begin() as connection:  # many that other days proposed
        connection.execute(
            sa.text("INSERT INTO tasking (tasking_id, proposed_on, what, place, owner, due_on, why) "
                    "VALUES (:id, '2026-10-01', 'a', 'b', 'c', '2026-10-02', 'd')"),
            [{"id": f"T-20261001-{number:08x}"} for number in range(2000)],
        )  # fmt: skip
    assert queries_of_a_press(chat, third) == few
    assert len(chat.steps()) == 3


def test_a_briefing_is_read_no_oftener_for_a_press_with_fifty_versions(chat, monkeypatch):
    from tasking.model.briefing import Briefing

    with_versions(chat, 2, 50)
    read, real = [], Briefing.model_validate_json
    monkeypatch.setattr(Briefing, "model_validate_json", lambda content: read.append(content) or real(content))
    listening = chat.listening()
    chat.press(listening, f"tasking:take:{chat.taskings()[0]}")
    read.clear()
    chat.work(listening)
    assert len(read) <= 12


# On both databases.


@pytest.fixture
def warehouse(database_url):
    opened = open_warehouse(database_url, ROOT / "include" / "sql")
    yield opened
    opened.engine.dispose()


def kept(warehouse, within_s: float = 2.0) -> bool:
    now = dt.datetime(2026, 10, 22, 6, 31, tzinfo=dt.UTC)
    return presses.store_press(warehouse, Press("p1", "U0HALE", "tasking:take:T-1", "C1"), now, within_s)


def test_a_press_that_comes_to_several_listeners_is_kept_once(warehouse):
    came: list[bool] = []
    threads = [threading.Thread(target=lambda: came.append(kept(warehouse, 5))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(came) == [False] * 5 + [True]


def test_a_press_waits_for_a_busy_database_no_longer_than_it_may(warehouse):
    lock = {"sqlite": "SELECT 1", "postgresql": "LOCK TABLE press IN ACCESS EXCLUSIVE MODE"}
    with warehouse.writing() as connection:
        connection.execute(sa.text(lock[warehouse.engine.dialect.name]))
        with pytest.raises(sa.exc.OperationalError):
            kept(warehouse, 0.2)
    assert kept(warehouse)


def test_only_one_is_at_what_is_done_alone_until_it_ends(warehouse):
    with warehouse.lock("linkage"), warehouse.lock("linkage"):
        others: list[Any] = []

        def wait() -> None:
            try:
                with warehouse.lock("linkage", within_s=0.1):
                    others.append("at it")
            except TimeoutError as error:
                others.append(type(error))

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(20)
    with warehouse.lock("linkage", within_s=0.1):
        assert others == [TimeoutError]


def test_what_is_caught_inside_an_act_takes_back_its_own_part_alone(warehouse):
    from tasking.warehouse.audit_log import Entry, log

    now = dt.datetime(2026, 10, 22, 6, 31, tzinfo=dt.UTC)
    with warehouse.writing():
        log(warehouse, Entry("a", "first", "", ""), now)
        with suppress(ZeroDivisionError), warehouse.writing():
            log(warehouse, Entry("b", "taken back", "", ""), now)
            raise ZeroDivisionError
        log(warehouse, Entry("c", "third", "", ""), now)
        with warehouse.reading() as connection:
            assert connection.execute(sa.text("SELECT COUNT(*) FROM log")).scalar() == 2
    with warehouse.reading() as connection:
        rows = connection.execute(sa.text("SELECT action FROM log ORDER BY entry_number")).scalars().all()
    assert rows == ["first", "third"]


@pytest.mark.parametrize("step", ["announce", "decide_press"])
def test_a_press_with_which_the_process_ends_each_time_keeps_no_other_waiting(chat, monkeypatch, step):
    first, second = chat.taskings()[:2]
    listening = chat.listening()
    chat.press(listening, f"tasking:take:{first}")
    chat.press(listening, f"tasking:take:{second}")

    def ends(_desk, *given):
        if first in str(given):
            raise KeyboardInterrupt  # as a process that is killed: nothing of ours comes after it
        return real(_desk, *given)

    real = getattr(working, step)
    monkeypatch.setattr(working, step, ends)
    for _ in range(working.TRIES + 2):
        with suppress(KeyboardInterrupt):
            working.carry_out_presses(chat.open().delivery, lambda *_: None)
    assert {row["state"] for row in chat.desk.rows("press")} == {"ended"}
