"""A tasking's whole way: proposed at 07:31, decided in Slack with owner and date, sent, answered by link, and seen."""

import datetime as dt
import re
from dataclasses import replace

import pytest
import yaml
from conftest import FakeChannel

from tasking import delivery, meeting
from tasking.meeting.export import tasking_rows
from tasking.model.proposal import Status
from tasking.pages import answers
from tasking.triggers import build_weekly_alert

from .test_approving import forms, submit
from .test_presses import DAY, Chat, chat

__all__ = ["chat"]
WARDENS = "Swanley town wardens"
DESK = "https://desk.example/tasking"


@pytest.fixture
def mail() -> FakeChannel:
    return FakeChannel("email:wardens@example.org", form="mail")


def opened(chat: Chat, mail: FakeChannel):
    return replace(chat.open(), open_route=lambda _route: mail, desk_url=DESK)


def test_proposed_decided_in_slack_sent_answered_by_link_and_seen(chat, mail):
    path = chat.desk.home / "include" / "partnership.yml"
    declared = yaml.safe_load(path.read_text())
    declared["recipients"] = [{"name": WARDENS, "contact": "wardens@example.org"}]
    path.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False))
    tasking_id = chat.taskings()[0]

    # 08:10: approved in Slack, for somebody else, by Tuesday.
    chat.desk.now = dt.datetime(2026, 10, 22, 7, 10, tzinfo=dt.UTC)
    listening = chat.listening(opened(chat, mail))
    assert chat.press(listening, f"tasking:approve:{tasking_id}", "U0HALE")
    submit(chat, listening, forms(chat)[0], owners=[WARDENS], due_on="2026-10-27", why="")
    assert chat.shows(f"Approved by Sgt Hale 08:10: {WARDENS}, by Tue 27 Oct")

    # The owner is sent it at once, and again on the morning on which it is due.
    (note,) = mail.sent.values()
    assert f"{DESK}/answer/" in note.text
    chat.desk.now = dt.datetime(2026, 10, 27, 7, 31, tzinfo=dt.UTC)
    delivery.send_taskings(opened(chat, mail).delivery, dt.date(2026, 10, 27))
    morning = list(mail.sent.values())[-1].text
    assert "27 Oct" in morning
    assert "Restricted" not in morning

    # They answer by the link, without a login.
    (token, *_) = re.findall(rf"{DESK}/answer/([\w.~-]+)", morning)
    services = opened(chat, mail)
    answers.record_answer(services.meeting, token, answers.Answer.DONE, "gates locked, lights reported")

    # It is seen on the tasking, its incident, the export and the weekly alert.
    done = meeting.tasking_of(services.meeting, tasking_id)
    assert done.status == Status.DONE
    assert done.standing.steps[-1].reason == "gates locked, lights reported"
    assert done.incident_id is not None
    (row,) = [row for row in tasking_rows(services.meeting, DAY, DAY) if row["tasking_id"] == tasking_id]
    assert (row["owners"], row["result"], row["status"]) == (WARDENS, "on the desk", Status.DONE)
    assert row["incident_id"] == done.incident_id
    chat.desk.now = dt.datetime(2026, 11, 2, 7, 31, tzinfo=dt.UTC)
    assert "1 done" in build_weekly_alert(opened(chat, mail).triggers, "2026-W45").taskings
