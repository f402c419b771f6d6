"""A recipient answers by a signed link, without a login: for one tasking, on one page, and only by the form."""

import datetime as dt
import re

import pytest
from conftest import client_of
from pages.conftest import OFFICER, Pages

from tasking import meeting
from tasking.meeting import answers
from tasking.meeting.answers import LINK_DAYS, answer_token
from tasking.model.errors import TaskingError
from tasking.model.proposal import Status, Verb
from tasking.model.signed_link import AnswerLink, LinkSigner
from tasking.pages import Host, May, SearchLimit, create_app

from .conftest import COUNCIL, TODAY, WARDENS


@pytest.fixture
def tasking_id(district) -> str:
    return district.taken(dt.date(2026, 11, 18), due_on=dt.date(2026, 11, 27))


@pytest.fixture
def token(district, tasking_id) -> str:
    opened = district.open()
    return answer_token(opened.meeting, meeting.tasking_of(opened.meeting, tasking_id), WARDENS, TODAY)


@pytest.fixture
def browser(district):
    async def nobody(_request) -> None:
        return None

    def never(*_asked) -> str:
        raise AssertionError("nothing is started by a link")

    hosts = frozenset({"desk.example"})
    host = Host(district.open, nobody, never, never, b"a secret", hosts=hosts, link_limits=SearchLimit(most=30))
    return client_of(create_app(host))


def steps(district, tasking_id: str) -> list:
    return list(meeting.tasking_of(district.open().meeting, tasking_id).standing.steps)


def said(answer) -> str:
    found = re.search(r'<p class="said[^>]*>(.*?)</p>', answer.text)
    return found[1] if found else ""


def test_opening_a_link_shows_the_tasking_and_records_nothing(district, browser, tasking_id, token):
    before = steps(district, tasking_id)
    for answer in ("accept", "done", "cant", "nonsense", ""):
        page = browser.get(f"/answer/{token}", params={"answer": answer})
        assert page.status_code == 200
    browser.head(f"/answer/{token}?answer=done")
    assert steps(district, tasking_id) == before
    assert "Clear it and look for evidence" in page.text
    assert "The Vine" in page.text
    assert "27 November 2026" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"


def test_the_chosen_answer_is_ticked_and_the_form_records_it_with_a_word(district, browser, tasking_id, token):
    page = browser.get(f"/answer/{token}?answer=done")
    assert re.findall(r'value="(\w+)" required checked', page.text) == ["done"]
    answer = browser.post(f"/answer/{token}", data={"answer": "done", "words": " all cleared "})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/answer/{token}")
    last = steps(district, tasking_id)[-1]
    assert (last.verb, last.actor, last.reason) == (Verb.DONE, "Town wardens (by link)", "all cleared")
    assert meeting.tasking_of(district.open().meeting, tasking_id).status == Status.DONE
    assert said(browser.get(f"/answer/{token}")) == "You said that it is done on Thu 19 Nov at 07:40."
    entry = max(district.desk.rows("log"), key=lambda row: row["entry_number"])
    assert (entry["actor"], entry["action"], entry["subject"]) == (
        "Town wardens (by link)", "tasking: done", tasking_id
    )  # fmt: skip


def test_accepted_first_then_done_and_the_same_answer_twice_is_one_step(district, browser, tasking_id, token):
    for _ in range(2):
        browser.post(f"/answer/{token}", data={"answer": "accept"})
    page = browser.get(f"/answer/{token}")
    assert said(page) == "You accepted this tasking on Thu 19 Nov at 07:40."
    assert re.findall(r'value="(\w+)" required', page.text) == ["done", "cant"]
    for _ in range(2):
        browser.post(f"/answer/{token}", data={"answer": "done"})
    assert [step.verb for step in steps(district, tasking_id)] == [Verb.TAKE, Verb.ACCEPT, Verb.DONE]


def test_what_cannot_be_done_is_sent_back_with_a_reason_and_stays_open_for_the_meeting(
    district, browser, tasking_id, token
):
    page = browser.post(f"/answer/{token}", data={"answer": "cant", "words": "  "})
    assert page.status_code == 400
    assert "Enter why it can’t be done." in page.text
    browser.post(f"/answer/{token}", data={"answer": "cant", "words": "nobody on duty until Monday"})
    one = meeting.tasking_of(district.open().meeting, tasking_id)
    assert (one.status, one.is_sent_back, one.status_words) == (Status.OPEN, True, "open, sent back")
    page = browser.post(f"/answer/{token}", data={"answer": "accept"})
    assert page.status_code == 410
    assert "ring the Community Safety Unit" in page.text
    meeting.assign(district.open().meeting, tasking_id, "Sgt Hale", "Town wardens")
    assert not meeting.tasking_of(district.open().meeting, tasking_id).is_sent_back
    assert browser.post(f"/answer/{token}", data={"answer": "accept"}).status_code == 303  # it was given to them again


def test_the_desk_shows_what_was_sent_back_and_why_to_those_who_may_read_reasons(district, browser, tasking_id, token):
    browser.post(f"/answer/{token}", data={"answer": "cant", "words": "nobody on duty until Monday"})
    for may, is_told in ((OFFICER, True), (frozenset({May.READ}), False)):
        pages = Pages(district.desk, may)
        pages.opened = district.open()
        page = pages.get("/taskings").text
        assert "Sent back by Town wardens (by link)" in page
        assert ("nobody on duty until Monday" in page) is is_told


def test_an_answer_is_seen_in_the_briefing_of_its_day_without_its_words(district, browser, tasking_id, token):
    browser.post(f"/answer/{token}", data={"answer": "cant", "words": "Alfred Tolhurst would not let us in"})
    from tasking.briefing import Edition

    opened = district.open()
    standing = opened.meeting.standings([tasking_id])
    edition = Edition(version=1, zone=opened.partnership.zone, standing=standing, day=TODAY)
    assert "Sent back by Town wardens (by link) 07:40" in edition.standing_words(tasking_id)
    assert "Tolhurst" not in edition.standing_words(tasking_id)


# Links that can't be used


def refused(browser, token: str) -> tuple[int, str]:
    """What both a look and a form are answered; the same, and nothing of the tasking."""
    looked, sent = browser.get(f"/answer/{token}"), browser.post(f"/answer/{token}", data={"answer": "done"})
    for answer in (looked, sent):
        assert "look for evidence" not in answer.text
        assert "The Vine" not in answer.text
        assert "form" not in answer.text
    assert (looked.status_code, looked.text) == (sent.status_code, sent.text)
    return looked.status_code, re.search(r'<p class="clamp">(.*?)</p>', looked.text)[1]


def test_a_link_with_another_tasking_day_recipient_or_signature_is_not_valid(district, browser, tasking_id, token):
    other = district.taken(dt.date(2026, 11, 18), 9)
    name, key, day, signature = token.split(".")
    forged = [
        f"{other}.{key}.{day}.{signature}", f"{name}.{COUNCIL.key}.{day}.{signature}", f"{name}.{key}.20991231.{signature}",
        f"{name}.{key}.{day}.{signature[:-1]}0" if signature[-1] != "0" else f"{name}.{key}.{day}.{signature[:-1]}1",
        token[:-1], "x", LinkSigner(b"another key").token(AnswerLink(tasking_id, key, TODAY)),
    ]  # fmt: skip
    for one in forged:
        state, words = refused(browser, one)
        assert state == 404
        assert words.startswith("This link is not valid.")
    assert len(steps(district, tasking_id)) == 1


def test_a_link_can_be_used_for_fourteen_days(district, browser, token):
    district.on(TODAY + dt.timedelta(days=LINK_DAYS))
    assert browser.get(f"/answer/{token}").status_code == 200
    district.on(TODAY + dt.timedelta(days=LINK_DAYS + 1))
    state, words = refused(browser, token)
    assert state == 410
    assert words.startswith("This link was valid until 3 December 2026.")


@pytest.mark.parametrize("what", ["dropped", "given to another", "carried by somebody who is no recipient now"])
def test_what_is_no_longer_theirs_to_answer_says_so_and_shows_nothing(district, browser, tasking_id, token, what):
    desk = district.open().meeting
    if what == "dropped":
        meeting.decide(desk, tasking_id, Verb.DROP, "Sgt Hale", "not needed")
    elif what == "given to another":
        meeting.assign(desk, tasking_id, "Sgt Hale", "Kent Police")
    else:
        district.changes["recipients"] = []
    state, words = refused(browser, token)
    assert state == 410
    assert words.startswith("You no longer need to answer")


def test_what_somebody_else_did_is_said_without_who(district, browser, tasking_id, token):
    meeting.decide(district.open().meeting, tasking_id, Verb.DONE, "Sgt Hale")
    state, words = refused(browser, token)
    assert state == 410
    assert words.startswith("This tasking was recorded as done on Thu 19 Nov at 07:40.")
    assert "Hale" not in words


def test_a_tasking_that_has_become_restricted_is_answered_like_one_that_is_gone(district, browser, token, monkeypatch):
    monkeypatch.setattr(answers, "withheld_taskings", lambda _warehouse, _visibility, ids: frozenset(ids))
    state, words = refused(browser, token)
    assert state == 410
    assert words.startswith("You no longer need to answer")


def test_two_answers_at_one_moment_are_one_step(district, tasking_id, token, monkeypatch):
    opened = district.open()
    question = answers.question_of(opened.meeting, token)
    meeting.decide(opened.meeting, tasking_id, Verb.CARRY, "Sgt Hale", due_on=dt.date(2026, 11, 30))
    monkeypatch.setattr(answers, "question_of", lambda *_: question)
    with pytest.raises(TaskingError, match="at the same time"):
        answers.record_answer(opened.meeting, token, answers.Answer.ACCEPT)
    assert [step.verb for step in steps(district, tasking_id)] == [Verb.TAKE, Verb.CARRY]


# What else a link could reach


def test_a_link_opens_no_other_page(browser, token):
    for path in (
        "/taskings",
        f"/taskings?token={token}",
        "/today",
        "/incidents",
        "/log",
        f"/answer/{token}/../../taskings",
    ):
        assert browser.get(path).status_code in (401, 404)


def test_nothing_on_the_page_leads_to_the_desk(browser, token):
    page = browser.get(f"/answer/{token}").text
    assert set(re.findall(r'(?:href|src|action)="([^"?]*)', page)) == {"/static/desk.css", "data:,"}


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_a_form_from_another_site_is_refused(district, browser, tasking_id, token, headers):
    assert browser.post(f"/answer/{token}", data={"answer": "done"}, headers=headers).status_code == 403
    assert len(steps(district, tasking_id)) == 1


@pytest.mark.parametrize("data", [{}, {"answer": "drop"}, {"answer": "done", "words": "x" * 501},
                                  {"answer": "done", "words": "a\x00b"}, {"answer": ["done", "drop"]}])  # fmt: skip
def test_a_form_that_the_page_can_not_send_records_nothing(district, browser, tasking_id, token, data):
    assert browser.post(f"/answer/{token}", data=data).status_code == 400
    assert len(steps(district, tasking_id)) == 1


def test_who_tries_many_links_is_slowed_down_and_a_good_link_still_opens(browser, token):
    states = [
        browser.get(f"/answer/T-20261118-{number:08x}.00000000.20261203.{'0' * 40}").status_code for number in range(40)
    ]
    assert (states[:30], states[30:]) == ([404] * 30, [429] * 10)
    assert browser.get(f"/answer/{token}").status_code == 200


def test_what_a_person_typed_is_not_on_the_page(district, browser):
    tasking_id = district.given(
        what="see Mrs Tolhurst", place="12 Acacia Avenue", due_on=dt.date(2026, 11, 27), day=TODAY
    )
    opened = district.on(TODAY)
    token = answer_token(opened.meeting, meeting.tasking_of(opened.meeting, tasking_id), WARDENS, TODAY)
    page = browser.get(f"/answer/{token}")
    assert f"The tasking that you were sent: {tasking_id}" in page.text
    assert "Tolhurst" not in page.text
    assert "Acacia" not in page.text


def test_markup_in_what_is_to_be_done_is_shown_as_text(district, browser):
    tasking_id = district.taken(dt.date(2026, 11, 18), what="<script>alert(1)</script> gates")
    opened = district.on(TODAY)
    token = answer_token(opened.meeting, meeting.tasking_of(opened.meeting, tasking_id), WARDENS, TODAY)
    page = browser.get(f"/answer/{token}")
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


# Several owners, and limits


@pytest.fixture
def shared(district) -> str:
    """A tasking that Kent Police leads, with the wardens."""
    tasking_id = district.proposed(dt.date(2026, 11, 18), due_on=dt.date(2026, 11, 27))
    meeting.assign(
        district.on(dt.date(2026, 11, 18), "08:20").meeting, tasking_id, "Sgt Hale", "Kent Police; Town wardens"
    )
    district.on(TODAY)
    return tasking_id


def test_an_owner_who_does_not_lead_says_that_their_part_is_done_and_the_tasking_stays_open(district, browser, shared):
    desk = district.open().meeting
    token = answer_token(desk, meeting.tasking_of(desk, shared), WARDENS, TODAY)
    page = browser.get(f"/answer/{token}").text
    assert "Kent Police leads, and will say when the whole tasking is done." in page
    assert "Our part is done" in page
    for _ in range(2):
        browser.post(f"/answer/{token}", data={"answer": "done", "words": "gates locked"})
    one = meeting.tasking_of(desk, shared)
    assert (one.status, one.standing.steps[-1].verb, one.standing.steps[-1].actor) == (
        Status.OPEN, Verb.PART_DONE, "Town wardens (by link)"
    )  # fmt: skip
    assert [step.verb for step in one.standing.steps].count(Verb.PART_DONE) == 1
    assert said(browser.get(f"/answer/{token}")) == "You said that your part is done on Thu 19 Nov at 07:40."
    meeting.decide(desk, shared, Verb.DONE, "Sgt Hale")
    assert meeting.tasking_of(desk, shared).status == Status.DONE


def test_the_owner_who_leads_closes_the_tasking_for_all(district, browser, tasking_id):
    desk = district.open().meeting
    meeting.assign(desk, tasking_id, "Sgt Hale", "Town wardens; Kent Police")
    token = answer_token(desk, meeting.tasking_of(desk, tasking_id), WARDENS, TODAY)
    assert "leads, and will say" not in browser.get(f"/answer/{token}").text
    browser.post(f"/answer/{token}", data={"answer": "done"})
    assert meeting.tasking_of(desk, tasking_id).status == Status.DONE


def test_an_undo_after_an_answer_takes_back_the_decision_and_says_so(district, browser, tasking_id, token):
    browser.post(f"/answer/{token}", data={"answer": "accept"})
    words = meeting.undo(district.open().meeting, tasking_id, "Sgt Hale", "the wrong owner").words(
        district.open().meeting
    )
    assert words == (
        "Corrected: taken by Sgt Hale on Wed 18 Nov at 08:20, with the answer of Town wardens (by link). It is proposed again."
    )
    assert steps(district, tasking_id) == []
    assert browser.get(f"/answer/{token}").status_code == 410


def test_answers_that_are_sent_too_often_are_refused_like_links_that_are_opened_too_often(
    district, browser, tasking_id, token
):
    states = [browser.post(f"/answer/{token}", data={"answer": "accept"}).status_code for _ in range(40)]
    assert (states[:30], states[30:]) == ([303] * 30, [429] * 10)
    assert [step.verb for step in steps(district, tasking_id)] == [Verb.TAKE, Verb.ACCEPT]


def test_an_answer_is_kept_though_the_briefing_can_not_be_edited(district, browser, tasking_id, token, monkeypatch):
    from tasking import delivery
    from tasking.model.errors import NotComplete

    def fail(*_asked) -> None:
        raise NotComplete("slack: not edited")

    monkeypatch.setattr(delivery, "refresh_all", fail)
    assert browser.post(f"/answer/{token}", data={"answer": "accept"}).status_code == 303
    assert steps(district, tasking_id)[-1].verb == Verb.ACCEPT
