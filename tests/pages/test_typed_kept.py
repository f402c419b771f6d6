"""What was typed is not lost: not when somebody else was faster, when a login ran out, or by a fault of ours."""

import datetime as dt
import errno
import sqlite3
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from casefile.conftest import merged, two_incidents
from starlette.datastructures import FormData

from tasking.pages.rejected_form import Problem, with_problems
from tasking.warehouse.engine import Warehouse

from .on_the_desk import waiting_for

NOTE = "Spoke to the owner, who will come on Friday"


def refused(words: str, code: int) -> sa.exc.OperationalError:
    """What SQLAlchemy raises for an error of SQLite's."""
    cause = sqlite3.OperationalError(words)
    cause.sqlite_errorcode = code
    error = sa.exc.OperationalError("INSERT", {}, cause)
    error.__cause__ = cause
    return error


def sent_from(path: str) -> dict[str, str]:
    return {"Referer": f"https://desk.example{path}"}


@pytest.fixture
def faster(pages):
    """The desk of an officer whose incident somebody else has merged into another: (desk, before, now)."""
    desk = pages()
    first, second = two_incidents(desk.opened)
    merged(desk.opened, first, second)
    now = next(one for one in (first, second) if desk.get(f"/incidents/{one}").status_code == 200)
    return desk, ({first, second} - {now}).pop(), now


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("notes", {"text": NOTE}),
        ("status", {"status": "in hand", "reason": NOTE}),
        ("attachments", {"description": NOTE}),
        ("never", {"other": "I261029-00000000", "note": NOTE}),
    ],
)
def test_where_somebody_else_merged_the_incident_its_page_is_shown_with_what_was_typed(faster, act, form):
    desk, before, now = faster
    answer = desk.post(f"/incidents/{before}/{act}", form, headers=sent_from(f"/incidents/{before}"))
    assert answer.status_code == 404
    page = BeautifulSoup(answer.text, "html.parser")
    problems = page.find(id="problems")
    assert "Nothing was saved" in problems.get_text()
    assert problems.find("pre").get_text().splitlines()[-1] == NOTE
    assert page.find("form", action=f"/incidents/{now}/notes") is not None


def test_where_the_page_is_gone_too_what_was_typed_is_on_the_error_page(pages):
    gone = "/incidents/I261029-00000000"
    answer = pages().post(f"{gone}/notes", {"text": NOTE}, headers=sent_from(gone))
    assert answer.status_code == 404
    assert BeautifulSoup(answer.text, "html.parser").find("pre").get_text() == NOTE


def test_where_somebody_else_decided_first_what_was_typed_is_shown_again(copied, pages):
    copied.now = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
    first, second = pages(name="hale"), pages(name="marsh")
    first.post("/taskings", {"what": "close the gap in the fence", "owner": "hale", "due_on": "2026-11-03"})
    tasking = copied.rows("tasking")[-1]["tasking_id"]
    first.post(f"/taskings/{tasking}/done", {"reason": "fence mended"})
    answer = second.post(f"/taskings/{tasking}/drop", {"reason": NOTE}, headers=sent_from("/taskings"))
    assert answer.status_code == 422
    problems = BeautifulSoup(answer.text, "html.parser").find(id="problems")
    assert "Done already, by hale" in problems.get_text()
    assert problems.find("pre").get_text() == NOTE

    proposal = waiting_for(copied, "near_repeat")
    first.post(f"/groups/{proposal}/reject", {"reason": "one round"})
    answer = second.post(f"/groups/{proposal}/reject", {"reason": NOTE}, headers=sent_from(f"/groups/{proposal}"))
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert "Rejected already, by hale" in page.find(id="problems").get_text()
    assert NOTE in page.get_text()


def test_a_page_that_was_open_for_days_is_shown_again_with_what_was_typed(pages):
    desk = pages()
    incident = two_incidents(desk.opened)[0]
    old = {"sent_from": "0" * 64, "text": NOTE}
    answer = desk.client.post(f"/incidents/{incident}/notes", data=old, headers=sent_from(f"/incidents/{incident}"))
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert "open for more than a day" in page.find(id="problems").get_text()
    form = page.find("form", action=f"/incidents/{incident}/notes")
    assert form.find("textarea").get_text().strip() == NOTE
    assert form.find("input", attrs={"name": "sent_from"})["value"] != "0" * 64
    assert desk.desk.rows("note") == []


def test_whoever_was_signed_out_can_copy_what_they_typed(pages):
    desk = pages(may=None)
    answer = desk.client.post("/incidents/I261029-00000000/notes", data={"text": NOTE}, headers=sent_from("/today"))
    assert answer.status_code == 401
    assert BeautifulSoup(answer.text, "html.parser").find("pre").get_text() == NOTE


@pytest.mark.parametrize(
    "headers",
    [{}, {"Referer": "https://elsewhere.example/"}, sent_from("/today") | {"Origin": "https://elsewhere.example"}],
)
@pytest.mark.parametrize("may", [None, frozenset()])
def test_what_another_site_filled_in_is_not_repeated(pages, headers, may):
    answer = pages(may=may).client.post("/taskings", data={"what": NOTE}, headers=headers)
    assert answer.status_code in (401, 403)
    assert NOTE not in answer.text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refused("database is locked", sqlite3.SQLITE_BUSY), "our database does not respond"),
        (refused("database or disk is full", sqlite3.SQLITE_FULL), "the disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (RuntimeError("anything else"), "Something went wrong on our side."),
    ],
)
def test_a_fault_of_ours_is_named_and_what_was_typed_can_be_copied(pages, monkeypatch, error, words):
    desk = pages()
    incident = two_incidents(desk.opened)[0]
    stored = Warehouse.writing

    @contextmanager
    def interrupted(self):
        with stored(self) as connection:
            yield connection
            raise error

    token = BeautifulSoup(desk.get("/incidents").text, "html.parser").find("input", attrs={"name": "sent_from"})
    monkeypatch.setattr(Warehouse, "writing", interrupted)
    form = {"sent_from": token["value"], "text": NOTE}
    answer = desk.client.post(f"/incidents/{incident}/notes", data=form, headers=sent_from(f"/incidents/{incident}"))
    assert answer.status_code == 500
    assert words in answer.text
    assert BeautifulSoup(answer.text, "html.parser").find("pre").get_text() == NOTE
    assert desk.desk.rows("note") == []


def test_words_without_a_space_are_kept_in_scripts_that_have_none():
    typed = FormData([("note", "昨晚有人在公园打架"), ("tasking_id", "T-20261102-74e63fd8")])
    page = BeautifulSoup(with_problems("<main></main>", "/x", typed, [Problem("so")]), "html.parser")
    assert page.find("pre").get_text() == "昨晚有人在公园打架"


def test_what_was_typed_about_one_thing_is_not_put_into_the_form_of_another():
    other = '<main><form action="/meeting/note"><input type="hidden" name="item" value="B"><textarea name="words">'
    typed = FormData([("item", "A"), ("words", NOTE), ("sent_from", "token")])
    page = BeautifulSoup(with_problems(f"{other}</textarea></form></main>", "/meeting/note", typed, []), "html.parser")
    assert page.find("textarea").get_text() == ""
    assert page.find(id="problems").find("pre").get_text() == NOTE
