"""An answer under Required Actions counts only from those who may decide on the desk; the question stays open."""

import asyncio
import datetime as dt
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from airflow.providers.standard.operators.hitl import HITLOperator
from conftest import ROOT

from tasking import delivery, meeting
from tasking.delivery.store.answers import note_answer
from tasking.meeting.store.proposals import store_proposals
from tasking.model.access import May
from tasking.model.proposal import Verb
from tasking.model.trigger import Proposal
from tasking.runtime import airflow as runtime
from tasking.runtime.decision_operator import LEFT, DecisionOperator

sys.path.insert(0, str(ROOT / "plugins"))
PROPOSAL, RUN = "D-20261022-0000abcd", "manual__2026-10-22"
PATH = f"/api/v2/dags/task_and_finish_decisions/dagRuns/{RUN}/taskInstances/decide/0/hitlDetails"


@pytest.fixture
def opened(desk):
    desk.now = dt.datetime(2026, 10, 22, 6, 31, tzinfo=dt.UTC)
    return desk.open()


def answers(desk) -> list[tuple[str, str, str]]:
    return [(row["actor"], row["action"], row["subject"]) for row in desk.rows("log") if "answer" in row["action"]]


@pytest.fixture
def api(opened, monkeypatch):
    """api(path, user, rights): the status and words of an answer, and whether Airflow was given it."""
    import decision_rights
    import run_notes

    from tasking.runtime import access

    @contextmanager
    def warehouse():
        yield opened.warehouse

    monkeypatch.setattr(run_notes, "opened", warehouse)
    monkeypatch.setattr(decision_rights, "proposal_of", lambda *_: PROPOSAL)
    monkeypatch.setattr("airflow.api_fastapi.app.get_auth_manager", lambda: None)

    def answer(path=PATH, user="moss", rights=(), method="PATCH"):
        async def user_of(_request):
            return SimpleNamespace(get_name=lambda: user) if user else None

        monkeypatch.setattr(decision_rights, "user_of", user_of)
        monkeypatch.setattr(access, "desk_rights", lambda _user: frozenset(rights))
        passed, sent = [], []

        async def airflow(scope, _receive, _send):
            passed.append(scope["path"])

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": []}
        asyncio.run(decision_rights.DecisionRights(airflow)(scope, None, send))
        status = sent[0]["status"] if sent else None
        return status, b"".join(one.get("body", b"") for one in sent).decode(), bool(passed)

    return answer


@pytest.mark.parametrize("rights", [(), (May.READ,), (May.DECIDE,), (May.READ, May.DETAILS, May.RESTRICTED, May.LOG)])
def test_who_may_not_decide_on_the_desk_is_refused_in_words_and_logged(api, desk, rights):
    status, words, is_passed = api(rights=rights)
    assert (status, is_passed) == (403, False)
    assert "your answer is not taken and the question stays open" in words
    assert answers(desk) == [("moss", "answer in Airflow refused", PROPOSAL)]


def test_who_may_decide_on_the_desk_is_let_through_and_logged(api, desk):
    assert api(rights=(May.READ, May.DECIDE)) == (None, "", True)
    assert answers(desk) == [("moss", "answer in Airflow", PROPOSAL)]


@pytest.mark.parametrize(
    ("path", "user", "method"),
    [
        (PATH, None, "PATCH"),
        (PATH, "moss", "GET"),
        (PATH.replace("task_and_finish_decisions", "another"), "moss", "PATCH"),
        ("/tasking/groups", "moss", "POST"),
    ],
)
def test_what_is_no_answer_of_ours_is_airflows(api, desk, path, user, method):
    assert api(path, user, method=method) == (None, "", True)
    assert answers(desk) == []


def test_where_rights_can_not_be_looked_up_no_answer_is_taken(api, monkeypatch):
    import decision_rights

    monkeypatch.setattr(decision_rights, "proposal_of", lambda *_: 1 / 0)
    status, words, is_passed = api(rights=(May.READ, May.DECIDE))
    assert (status, is_passed) == (503, False)
    assert "Try again" in words


@pytest.fixture
def asked(opened, monkeypatch):
    """asked(user, option): the answer comes to the task. Returns how often the question was asked again."""
    again = []
    monkeypatch.setattr(runtime, "services", lambda *_: opened)
    monkeypatch.setattr(delivery, "words_of_proposal", lambda *_: ("The Vine: a group?", "- Noise"))
    monkeypatch.setattr(HITLOperator, "execute", lambda *_: again.append(1))

    def answer(user, option="Approve"):
        operator = DecisionOperator(task_id="decide", proposal_id=PROPOSAL)
        event = {
            "chosen_options": [option], "params_input": {}, "responded_at": opened.clock(),
            "responded_by_user": {"id": "7", "name": user} if user else None,
        }  # fmt: skip
        operator.execute_complete({"run_id": RUN}, event)
        return len(again)

    return answer


def test_the_task_takes_the_answer_that_was_let_through(opened, asked):
    evidence = {"rule": "cluster", "incidents": [], "counts": {}}
    proposal = Proposal(
        PROPOSAL, dt.date(2026, 10, 22), "cluster", "disorder", "The Vine", "I0", 553_000, 155_000, False, evidence
    )
    store_proposals(opened.warehouse, [(proposal, "cluster 1")], "tasking", opened.clock())
    note_answer(opened.warehouse, "hale", PROPOSAL, RUN, is_allowed=True)
    assert asked("hale") == 0
    steps = meeting.standing_of(opened.meeting, PROPOSAL).steps
    assert [(step.verb, step.actor) for step in steps] == [(Verb.APPROVE, "hale"), (Verb.START, "hale")]
    (group,) = meeting.groups(opened.meeting)
    assert group.lead in opened.partnership.taskings.declared_owners


def test_another_s_refused_answer_does_not_take_back_one_that_was_let_through(opened, asked):
    note_answer(opened.warehouse, "hale", PROPOSAL, RUN, is_allowed=True)
    note_answer(opened.warehouse, "moss", PROPOSAL, RUN, is_allowed=False)
    assert asked("hale") == 0


@pytest.mark.parametrize(
    ("user", "option", "noted"),
    [
        ("moss", "Approve", None),
        ("moss", LEFT, None),
        ("moss", "Leave it", None),
        (None, "Approve", None),
        ("moss", "Approve", ("moss", RUN, False)),
        ("moss", "Approve", ("hale", RUN, True)),
        ("moss", "Approve", ("moss", "an earlier run", True)),
    ],
)
def test_the_task_asks_again_where_an_answer_was_not_let_through(opened, asked, user, option, noted):
    if noted:
        who, run, is_allowed = noted
        note_answer(opened.warehouse, who, PROPOSAL, run, is_allowed=is_allowed)
    assert asked(user, option) == 1
    assert meeting.standing_of(opened.meeting, PROPOSAL).steps == ()


@pytest.mark.parametrize("option", [LEFT, "Leave it"])  # as version 0.2 called it
def test_a_question_that_nobody_answered_in_time_is_left(opened, asked, option):
    assert asked(None, option) == 0
    assert meeting.standing_of(opened.meeting, PROPOSAL).steps == ()


def test_an_answer_in_the_words_of_version_0_2_skips_the_question(opened, asked):
    note_answer(opened.warehouse, "hale", PROPOSAL, RUN, is_allowed=True)
    assert asked("hale", "Leave it") == 0
    assert meeting.standing_of(opened.meeting, PROPOSAL).steps == ()
