"""A form that is refused: its page again, with what was typed and what is wrong."""

import html
import re
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData

from tasking.model.access import May
from tasking.pages.rejected_form import Problem, with_problems

PAGE = """<html><head><title>Taskings · Tasking desk</title></head><body><main><h1>Taskings</h1>
<details><summary>Change</summary><form method="post" action="/taskings/T-1/carry">
<input type="hidden" name="sent_from" value="token"><label for="due">Carry over to (a date)</label><input id="due" type="date" name="due_on">
<label for="kind">Kind</label><select id="kind" name="kind"><option value="a" selected>A</option><option>b</option></select>
<label>Partner <input type="checkbox" name="partner" value="Police" checked></label><label><input type="checkbox" name="partner" value="Wardens"></label>
<textarea name="note">old</textarea><input name="place" value="old"><input name="place" value="older"></form></details>
<form method="post" action="/taskings/T-2/carry"><input name="due_on" value="2026-11-26"></form></main></body></html>"""
TYPED = FormData(
    [("sent_from", "another"), ("due_on", "soon"), ("kind", "b"), ("partner", "Wardens"), ("note", 'a <b> & "c"'),
     ("place", "The Vine"), ("place", "Knole")]
)  # fmt: skip


NO_DATE = Problem("{field} must be a real date", "due_on")


def shown(problems=(NO_DATE,), path="/taskings/T-1/carry", typed=TYPED):
    return BeautifulSoup(with_problems(PAGE, path, typed, problems), "html.parser")


def test_what_was_typed_is_kept_in_every_kind_of_field():
    form = shown().find("form", action="/taskings/T-1/carry")
    assert form.find("input", attrs={"name": "due_on"})["value"] == "soon"
    assert [one.get_text() for one in form.find_all("option") if one.has_attr("selected")] == ["b"]
    assert [one["value"] for one in form.find_all("input", type="checkbox") if one.has_attr("checked")] == ["Wardens"]
    assert form.find("textarea").get_text() == '\na <b> & "c"'
    assert [one["value"] for one in form.find_all("input", attrs={"name": "place"})] == ["The Vine", "Knole"]


def test_the_token_and_other_forms_stay_as_they_are():
    page = shown()
    assert page.find("input", attrs={"name": "sent_from"})["value"] == "token"
    assert page.find("form", action="/taskings/T-2/carry").find("input")["value"] == "2026-11-26"


def test_the_summary_links_to_the_field_which_is_marked_and_unfolded():
    page = shown()
    summary = page.find("main").find(True)
    assert summary["role"] == "alert"
    assert summary.find("a")["href"] == "#due"
    assert summary.get_text(" ", strip=True) == "There is a problem Carry over to must be a real date"
    field = page.find(id="due")
    assert field["aria-invalid"] == "true"
    assert page.find(id=field["aria-describedby"]).get_text() == "Error: Carry over to must be a real date"
    assert page.find("details").has_attr("open")
    assert page.title.get_text() == "Error: Taskings · Tasking desk"


def test_a_problem_of_no_field_stands_in_the_summary_alone():
    page = shown((Problem("the tasking is done already"),))
    assert page.find(id="problems").find("li").get_text() == "The tasking is done already"
    assert page.find(attrs={"aria-invalid": True}) is None


def test_where_the_form_is_no_longer_on_the_page_what_was_typed_can_be_copied():
    page = shown(path="/elsewhere", typed=FormData([("note", "three words typed"), ("report", "police:1")]))
    assert page.find(id="problems").find("pre").get_text() == "three words typed"


def test_of_several_forms_of_one_address_the_one_that_was_sent_is_filled():
    two = "".join(
        f'<form action="/x"><input type="hidden" name="row" value="{row}"><input name="why"></form>' for row in "ab"
    )
    page = BeautifulSoup(with_problems(two, "/x", FormData([("row", "b"), ("why", "because")]), []), "html.parser")
    assert [one.get("value") for one in page.find_all("input", attrs={"name": "why"})] == [None, "because"]


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)


@given(note=TEXT, place=TEXT)
def test_whatever_was_typed_stays_text(note, place):
    form = shown(typed=FormData([("note", note), ("place", place)])).find("form")
    assert form.find("textarea").get_text() == f"\n{note}"
    assert form.find("input", attrs={"name": "place"})["value"] == place
    assert form.find("script") is None


@pytest.mark.parametrize("path", ["/taskings", "/groups/new", "/held"])
def test_no_form_of_the_desk_loses_what_was_typed(pages, path):
    """Every form of a page that has a field to fill in: sent with one field full and the others empty."""
    officer = pages(frozenset(May) - {May.RESTRICTED})
    soup = BeautifulSoup(officer.get(path).text, "html.parser")
    forms = [one for one in soup.find_all("form", method="post") if one["action"] != "/search"]
    tried = 0
    for form in forms:
        fields = [
            one
            for one in form.find_all(["input", "textarea"])
            if one.get("type", "text") == "text" and one.get("required") is not None
        ]
        if len(fields) < 2:
            continue
        tried += 1
        answer = officer.post(
            form["action"], {fields[0]["name"]: "kept <as> typed"}, headers={"Referer": f"https://desk.example{path}"}
        )
        assert answer.status_code == 422, form["action"]
        assert html.escape("kept <as> typed", quote=False) in answer.text
        assert re.search(r'<li><a href="#', answer.text)
    assert tried or path == "/held"


def test_a_report_whose_address_has_to_be_quoted_keeps_what_was_typed_in_its_correction(pages, copied):
    officer = pages(frozenset(May))
    report = next(row["report_id"] for row in copied.rows("report") if not row["is_restricted"])
    address = f"/reports/{quote(report)}/correct"
    assert "%3A" in address
    answer = officer.post(
        address,
        {"field": "time", "reason": "the evening before"},
        headers={"Referer": f"https://desk.example{address}"},
    )
    assert answer.status_code == 422
    form = BeautifulSoup(answer.text, "html.parser").find("input", attrs={"aria-invalid": "true"}).find_parent("form")
    assert form.find("input", attrs={"name": "reason"})["value"] == "the evening before"


def test_an_error_page_has_the_header_and_the_navigation_of_whoever_is_signed_in(pages):
    viewer = pages(frozenset({May.READ}))
    for path, status in (("/nothing", 404), ("/log", 403), ("/today?day=never", 400)):
        answer = viewer.get(path)
        assert answer.status_code == status
        assert '<nav class="rooms"' in answer.text
        assert 'role="search"' in answer.text
        assert "Sign out" in answer.text
    nobody = pages(None)
    nobody.client.app.state.login_url = lambda _next: "/login"
    assert '<nav class="rooms"' not in nobody.client.get("/nothing").text


def test_who_may_not_is_told_which_role_may_and_whom_to_ask(pages):
    viewer = pages(frozenset({May.READ}))
    assert "Your roles do not let you read the log. Ask the person who manages access." in viewer.get("/log").text
