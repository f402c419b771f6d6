"""What none of our pages sends is answered in words, never by a fault."""

import datetime as dt
from dataclasses import replace

import pytest
from fastapi import Request

from tasking.model.errors import DeclarationError
from tasking.pages.access import Person
from tasking.pages.flash import flash_message, redirect_with_flash
from tasking.pages.list_actions import lists
from tasking.pages.lists import Column, Kind, Reader

from .conftest import KEEPER
from .test_report_pages import CALL


@pytest.mark.parametrize("name", sorted(lists()))
def test_a_file_of_a_choice_that_is_not_in_the_list_is_empty(name, pages):
    keeper = pages(KEEPER)
    reader = Reader(keeper.opened, Person("officer", KEEPER))
    for one in lists()[name].filters_for(reader):
        if one.kind not in (Kind.CHOICE, Kind.HIDDEN):
            continue
        answer = keeper.post(f"/lists/{name}/file/csv", {one.key: "none of ours"})
        assert answer.status_code == 200, one.key
        assert len(answer.text.splitlines()) == 1


@pytest.mark.parametrize("turning", [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"])
def test_no_text_turns_the_rest_of_its_line_round(copied, pages, turning):
    copied.now = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
    officer = pages()
    officer.post("/taskings", {"what": f"see {turning}<b>the gate", "owner": "hale", "due_on": "2026-11-03"})
    assert turning in copied.rows("tasking")[-1]["what"]
    shown = officer.get("/taskings?show=open").text
    assert "see &lt;b&gt;the gate" in shown
    assert turning not in shown


def test_a_time_with_a_time_zone_is_asked_for_again(pages):
    sent_from = {"Referer": "https://desk.example/reports/new"}
    answer = pages().post("/reports/new", CALL | {"occurred_at": "10:00+05:00"}, headers=sent_from)
    assert answer.status_code == 422
    assert "without a time zone" in answer.text


@pytest.mark.parametrize(
    ("words", "is_shown"), [("é" * 5000, "é"), ("漢" * 5000, "漢"), ("😀" * 5000, "😀"), ("a\udcff", "a?")]
)
def test_what_is_said_after_a_form_fits_into_a_cookie(words, is_shown):
    kept = redirect_with_flash("/today", words, is_error=True).headers["set-cookie"].split(";")[0]
    assert len(kept) < 4000
    shown, is_error = flash_message(Request({"type": "http", "headers": [(b"cookie", kept.encode())]}))
    assert shown.startswith(is_shown)
    assert set(shown) == set(is_shown)
    assert is_error


@pytest.mark.parametrize("page", ["/today", "/incidents", "/map"])
def test_a_wrong_declaration_is_our_fault_and_no_page_that_is_missing(pages, page):
    desk = pages()

    def broken():
        raise DeclarationError(
            "harm.yml: 1 validation error\n  there is no category fly_tip [type=value_error, input_value={'a': [1]}, "
            "input_type=dict]\n    For further information visit https://errors.pydantic.dev/2/v/value_error"
        )

    host = desk.client.app.state.host
    desk.client.app.state.host = replace(host, open_services=broken)
    answer = desk.get(page)
    assert answer.status_code == 500
    assert "Page not found" not in answer.text
    assert "harm.yml" in answer.text
    assert "there is no category fly_tip" in answer.text
    assert "pydantic" not in answer.text
    assert "input_value" not in answer.text


def test_words_are_sorted_as_in_an_english_index():
    names = ["Zoe", "Łukasz", "Mary", "Östen", "o'Neill", "Işık", "Jan"]
    column = Column("owner", "Owner", lambda row: row)
    assert sorted(names, key=column.order_of) == ["Işık", "Jan", "Łukasz", "Mary", "o'Neill", "Östen", "Zoe"]
