"""Approving and undoing from chat: who and by when are asked, all of it is stored at once, and the message says so."""

import datetime as dt
import json
import signal

import pytest

from tasking import meeting
from tasking.delivery import presses as working
from tasking.delivery.buttons import NOT_LISTED, verb_and_id
from tasking.delivery.channels.form import Field, Form, Kind
from tasking.delivery.channels.slack import views
from tasking.delivery.forms import form_for
from tasking.model.proposal import Status, Verb
from tasking.model.trigger import Proposal

from .test_presses import DAY, POINTS, Chat, chat, killed

__all__ = ["chat"]
GROUP = "D-20261022-0000abcd"


def forms(chat: Chat) -> list[dict]:
    return [json.loads(given["view"]) if isinstance(given["view"], str) else given["view"]
            for method, given in chat.workspace.calls if method == "views.open"]  # fmt: skip


def submit(chat: Chat, listening, view: dict, user: str = "U0HALE", envelope: str = "e9", **answers) -> None:
    """Sends a form as Slack does, with other answers than it was opened with, and carries it out."""
    state = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        name, element = block["block_id"], block["element"]
        match element["type"]:
            case "datepicker":
                answer = {"selected_date": answers.get(name, element["initial_date"])}
            case "multi_static_select":
                chosen = answers.get(name) or [one["value"] for one in element["initial_options"]]
                answer = {"selected_options": [{"value": one} for one in chosen]}
            case _:
                answer = {"value": answers.get(name, element.get("initial_value"))}
        state[name] = {element["action_id"]: answer}
    sent = {"id": f"V-{envelope}", "callback_id": view["callback_id"], "private_metadata": view["private_metadata"],
            "state": {"values": state}}  # fmt: skip
    chat.send(listening, envelope, {"type": "view_submission", "user": {"id": user}, "view": sent})
    chat.work(listening)


def raise_group(chat: Chat) -> None:
    evidence = {"schema": 2, "rule": "cluster", "since": "2026-10-16", "day": str(DAY), "counts": {"incidents": 5}}
    group = Proposal(GROUP, DAY, "cluster", "disorder", "Bradbourne Lakes", "k", None, None, False, evidence)
    chat.open().meeting.store_proposals([(group, "")], "tasking")


def test_approving_asks_who_and_by_when_and_the_message_says_what_was_agreed(chat):
    tasking, listening = chat.taskings()[0], chat.listening()
    assert chat.press(listening, f"tasking:approve:{tasking}", "U0HALE")
    chat.work(listening)
    assert chat.steps() == []
    (view,) = forms(chat)
    proposed = meeting.tasking_of(chat.open().meeting, tasking)
    named = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert [one["value"] for one in named["owners"]["initial_options"]] == [proposed.owner]
    assert named["due_on"]["initial_date"] == str(proposed.due_on)
    owners = ["West Kent Homes", "SDC Environmental Health"]
    submit(chat, listening, view, owners=owners, due_on="2026-10-29", why="Asked by the chair")
    one = meeting.tasking_of(chat.open().meeting, tasking)
    assert (one.status, one.owners, one.due_on) == (Status.OPEN, tuple(owners), dt.date(2026, 10, 29))
    assert chat.shows(
        "Approved by Sgt Hale 07:31: West Kent Homes and SDC Environmental Health, by Thu 29 Oct"
    )  # fmt: skip
    assert not chat.shows("Asked by the chair")
    assert chat.told() == []
    assert [row["answers"] for row in chat.desk.rows("press") if row["state"] == "ended"] in (
        [None, None], ["null", "null"],
    )  # fmt: skip


def test_a_group_is_asked_for_its_objective_and_starts(chat):
    raise_group(chat)
    listening = chat.listening()
    chat.press(listening, f"tasking:approve:{GROUP}", "U0HALE")
    (view,) = forms(chat)
    submit(chat, listening, view, owners=["Kent Police, local policing team", "West Kent Homes"])
    (group,) = meeting.groups(chat.open().meeting)
    assert (group.lead, group.partners) == ("Kent Police, local policing team", ("West Kent Homes",))
    assert group.objective == "Fewer reports of disorder at Bradbourne Lakes"
    assert chat.steps() == [("approve", "Sgt Hale"), ("start", "Sgt Hale")]


def test_somebody_who_may_not_decide_gets_no_form(chat):
    listening = chat.listening()
    chat.press(listening, f"tasking:approve:{chat.taskings()[0]}", "U0FINCH")
    chat.work(listening)
    assert forms(chat) == []
    assert chat.steps() == []
    ((user, words),) = chat.told()
    assert (user, words) == ("U0FINCH", NOT_LISTED)


def test_a_form_that_is_sent_by_somebody_else_s_hand_does_not_count(chat):
    listening = chat.listening()
    chat.press(listening, f"tasking:approve:{chat.taskings()[0]}", "U0HALE")
    submit(chat, listening, forms(chat)[0], user="U0FINCH")
    assert chat.steps() == []


def test_what_is_decided_already_opens_no_form_and_is_told(chat):
    tasking, listening = chat.taskings()[0], chat.listening()
    meeting.approve(chat.open().meeting, tasking, "PC Moss")
    chat.press(listening, f"tasking:approve:{tasking}", "U0HALE")
    chat.work(listening)
    assert forms(chat) == []
    assert chat.told() == [("U0HALE", "Approved already, by PC Moss on Thu 22 Oct at 07:31.")]


def test_two_forms_that_are_open_at_once_count_once(chat):
    tasking, listening = chat.taskings()[0], chat.listening()
    chat.press(listening, f"tasking:approve:{tasking}", "U0HALE", moment="1.1")
    chat.press(listening, f"tasking:approve:{tasking}", "U0HALE", moment="1.2")
    one, other = forms(chat)
    submit(chat, listening, one, owners=["West Kent Homes"])
    submit(chat, listening, other, owners=["CSU duty officer"], envelope="e10")
    assert chat.steps() == [("approve", "Sgt Hale")]
    assert meeting.tasking_of(chat.open().meeting, tasking).owner == "West Kent Homes"


def test_a_date_that_is_past_is_told_and_changes_nothing(chat):
    tasking, listening = chat.taskings()[0], chat.listening()
    chat.press(listening, f"tasking:approve:{tasking}", "U0HALE")
    submit(chat, listening, forms(chat)[0], due_on="2026-10-21")
    assert chat.steps() == []
    assert chat.told() == [("U0HALE", "21 October 2026 is in the past. Choose today or a later day.")]


def test_a_form_that_can_not_be_opened_in_time_is_told(chat):
    chat.workspace.faults["views.open"] = ["refused"]
    listening = chat.listening()
    chat.press(listening, f"tasking:approve:{chat.taskings()[0]}", "U0HALE")
    chat.work(listening)
    assert chat.told() == [("U0HALE", working.NOT_OPENED)]
    assert chat.steps() == []


def test_an_owner_who_was_typed_on_the_desk_is_not_named_in_chat(chat):
    from tasking import delivery

    tasking, opened = chat.taskings()[0], chat.open()
    meeting.approve(opened.meeting, tasking, "Sgt Hale", owners=["Mrs Tolhurst of number 9"])
    delivery.refresh_all(opened.delivery, [tasking])
    assert chat.shows("Approved by Sgt Hale 07:31: owner on the desk, by")
    assert not chat.shows("Tolhurst of number 9")


def test_a_decision_is_undone_in_chat_on_its_own_day_by_whoever_may_take_it(chat):
    tasking, listening = chat.taskings()[0], chat.listening()
    chat.press(listening, f"tasking:approve:{tasking}", "U0HALE")
    submit(chat, listening, forms(chat)[0])
    assert chat.shows(f"tasking:undo:{tasking}:1")
    chat.press(listening, f"tasking:undo:{tasking}:1", "U0FINCH", moment="2.1")
    chat.work(listening)
    assert [user for user, _ in chat.told()] == ["U0FINCH"]
    chat.press(listening, f"tasking:undo:{tasking}:1", "U0HALE", moment="2.2")
    chat.work(listening)
    assert chat.steps() == [("approve", "Sgt Hale"), ("undo", "Sgt Hale")]
    assert chat.shows("Undone by Sgt Hale 07:31")
    assert chat.shows(f"tasking:approve:{tasking}")
    assert not chat.shows("Approved by")


def test_a_button_to_undo_undoes_one_decision_however_often_it_is_pressed(chat):
    tasking, listening = chat.taskings()[0], chat.listening()
    opened = chat.open()
    meeting.decide(opened.meeting, tasking, Verb.TAKE, "Sgt Hale")
    meeting.decide(opened.meeting, tasking, Verb.DONE, "Sgt Hale")
    for moment in ("2.1", "2.2"):
        chat.press(listening, f"tasking:undo:{tasking}:2", "U0HALE", moment=moment)
        chat.work(listening)
    assert chat.steps() == [("take", "Sgt Hale"), ("done", "Sgt Hale"), ("undo", "Sgt Hale")]
    assert chat.shows(f"tasking:undo:{tasking}:1")
    ((_, words),) = chat.told()
    assert "this decision has already been undone, by Sgt Hale" in words


def test_a_button_for_a_decision_that_is_not_the_newest_any_more_undoes_nothing(chat):
    tasking, listening = chat.taskings()[0], chat.listening()
    opened = chat.open()
    meeting.decide(opened.meeting, tasking, Verb.TAKE, "Sgt Hale")
    meeting.decide(opened.meeting, tasking, Verb.DONE, "PC Moss")
    chat.press(listening, f"tasking:undo:{tasking}:1", "U0HALE")
    chat.work(listening)
    ((_, words),) = chat.told()
    assert words == f"{tasking} has been decided again since. Check the newest decision first."
    assert chat.steps() == [("take", "Sgt Hale"), ("done", "PC Moss")]


def test_a_button_of_an_older_message_that_names_no_decision_undoes_nothing_and_says_what_to_use(chat):
    tasking, listening = chat.taskings()[0], chat.listening()
    meeting.decide(chat.open().meeting, tasking, Verb.TAKE, "Sgt Hale")
    chat.press(listening, f"tasking:undo:{tasking}", "U0HALE")
    chat.work(listening)
    ((_, words),) = chat.told()
    assert words.startswith("This button is from an older message and does not say which decision it undoes.")
    assert chat.steps() == [("take", "Sgt Hale")]


@pytest.mark.parametrize(
    "action", ["tasking:undo:T-1:0", "tasking:undo:T-1:x", "tasking:undo:T-1:1:1", "tasking:take:T-1:1"]
)
def test_a_button_with_a_number_that_is_none_of_ours_is_not_ours(action):
    assert verb_and_id(action) == (None, "")


@pytest.mark.parametrize("length", [10, 400])
def test_a_form_keeps_within_what_slack_takes(length):
    names = [f"{number} {'x' * length}" for number in range(150)]
    form = Form("Approve", (Field("owners", Kind.CHOICES, "Who?", options=names, chosen=names[:2]),
                            Field("objective", Kind.TEXT, "Objective", value="y" * 2000)), ("z" * 5000,))  # fmt: skip
    line, who, what = views.modal_of(form, "tasking:approve:T-1", "C1")["blocks"]
    assert len(line["text"]["text"]) <= 3000
    assert len(who["element"]["options"]) <= 100
    assert all(len(one["text"]["text"]) <= 75 and len(one["value"]) <= 150 for one in who["element"]["options"])
    assert len(what["element"]["initial_value"]) <= what["element"]["max_length"] <= 3000


@pytest.mark.parametrize(
    "point",
    ["before it is stored", "once it is taken up", "before its decision is committed",
     "before that it is decided is committed", "once it is decided", "once the message is edited"],
)  # fmt: skip
def test_a_form_that_was_sent_starts_one_group_whatever_is_killed(chat, point):
    raise_group(chat)
    action = f"tasking:approve:{GROUP}"
    view = views.modal_of(form_for(chat.open().delivery, "U0HALE", action), action, "C1")

    def run() -> None:
        submit(chat, chat.listening(), view, owners=["West Kent Homes"])

    assert killed(chat, POINTS[point], run) == -signal.SIGKILL
    run()
    assert chat.steps() == [("approve", "Sgt Hale"), ("start", "Sgt Hale")]
    (group,) = meeting.groups(chat.open().meeting)
    assert group.lead == "West Kent Homes"
    assert chat.told() == []
    assert chat.waiting() == []


def test_a_press_to_undo_on_a_later_day_is_told_where_to_correct_it(chat):
    tasking = chat.taskings()[0]
    meeting.approve(chat.open().meeting, tasking, "Sgt Hale")
    chat.desk.now += dt.timedelta(days=1)
    listening = chat.listening()
    chat.press(listening, f"tasking:undo:{tasking}:1", "U0HALE")
    chat.work(listening)
    ((_, words),) = chat.told()
    assert words.endswith("was decided on 22 October 2026: a correction needs a reason; give it on the Tasking desk.")
    assert chat.steps() == [("approve", "Sgt Hale")]
