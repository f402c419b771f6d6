"""Filters that people save for themselves."""

import datetime as dt
import html
import re
import threading

import pytest
from conftest import ROOT

from tasking.model.errors import TaskingError
from tasking.warehouse import open_warehouse
from tasking.warehouse.saved_filters import MOST, SavedFilters

from .conftest import KEEPER, OFFICER, Pages

FLY_TIPS = {"filter_name": "Fly-tips", "category": "fly_tip", "sort": "-reports"}


def saved_names(pages: Pages, path: str = "/incidents") -> list[str]:
    fold = re.search(r'<details class="more saved">.*?</details>', pages.get(path).text, re.DOTALL)[0]
    return re.findall(r'<li><a href="[^"]+">([^<]+)</a>', fold)


def test_a_filter_is_saved_opened_replaced_and_deleted(pages):
    officer = pages()
    answer = officer.post("/lists/incidents/filters", FLY_TIPS)
    assert answer.headers["location"] == "/incidents?category=fly_tip&sort=-reports"
    assert "Filter “Fly-tips” saved." in officer.said(answer)
    page = officer.get("/incidents").text
    href = re.search(r'<li><a href="([^"]+)">Fly-tips</a> <span class="soft">Category: Fly-tip</span>', page)[1]
    assert html.unescape(href) == "/incidents?category=fly_tip&sort=-reports"
    again = officer.post("/lists/incidents/filters", FLY_TIPS | {"since": "2026-10-20", "filter_name": " Fly-tips "})
    assert "replaced" in officer.said(again)
    page = officer.get("/incidents").text
    assert "Saved filters (1)" in page
    assert "From: 20 October 2026" in page
    delete = re.search(r'action="(/lists/incidents/filters/\w+/delete)"', page)[1]
    assert "Filter deleted." in officer.said(officer.post(delete))
    assert "deleted already" in officer.said(officer.post(delete))
    assert saved_names(officer) == []


def test_saved_filters_are_for_one_person_and_list(pages):
    hale, marsh = pages(name="hale"), pages(name="marsh")
    hale.post("/lists/incidents/filters", FLY_TIPS)
    assert saved_names(hale) == ["Fly-tips"]
    assert saved_names(marsh) == []
    assert saved_names(hale, "/taskings") == []
    delete = re.search(r'action="(/lists/incidents/filters/\w+/delete)"', hale.get("/incidents").text)[1]
    assert "deleted already" in marsh.said(marsh.post(delete))
    assert saved_names(hale) == ["Fly-tips"]


def test_a_saved_filter_holds_nothing_that_its_owner_may_not_see_any_more(pages):
    keeper = pages(KEEPER, name="hale")
    code, label = next(
        (one.code, one.label) for one in keeper.opened.conventions.categories.categories if one.restricted
    )
    keeper.post("/lists/incidents/filters", {"filter_name": "mine", "category": code})
    assert saved_names(keeper) == ["mine"]
    now = pages(OFFICER, name="hale").get("/incidents").text
    assert "This filter no longer works." in now
    assert label not in now
    assert code not in now
    assert "/delete" in now


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"filter_name": "   ", "category": "fly_tip"}, "Enter a name for the filter"),
        ({"filter_name": "x"}, "Choose a filter or an order first"),
        ({"filter_name": "x", "place": "Jane Doe"}, "shows nothing that is in the list"),
        ({"filter_name": "x", "ward": "Jane Doe"}, "shows nothing that is in the list"),
    ],
)
def test_a_filter_that_says_nothing_is_not_saved(copied, pages, fields, words):
    officer = pages()
    assert words in officer.said(officer.post("/lists/incidents/filters", fields))
    assert copied.rows("saved_filter") == []


def test_nobody_saves_filters_without_end(copied, pages):
    officer = pages()
    for number in range(MOST):
        officer.opened.saved_filters.save("officer", "incidents", f"n{number}", {"category": "fly_tip"})
    assert "Delete one first" in officer.said(officer.post("/lists/incidents/filters", FLY_TIPS))
    assert len(copied.rows("saved_filter")) == MOST


def test_a_name_with_marks_is_shown_as_it_was_typed(pages):
    officer = pages()
    officer.post("/lists/incidents/filters", FLY_TIPS | {"filter_name": "<script>alert(1)</script> Ω “x”"})
    assert saved_names(officer) == ["&lt;script&gt;alert(1)&lt;/script&gt; Ω “x”"]


def test_a_filter_saved_by_two_tabs_at_once_is_there_once(database_url):
    store = SavedFilters(
        open_warehouse(database_url, ROOT / "include" / "sql"), lambda: dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    )
    some = [threading.Thread(target=store.save, args=("hale", "incidents", "x", {"n": str(n)})) for n in range(6)]
    for one in some:
        one.start()
    for one in some:
        one.join()
    (kept,) = store.of("hale", "incidents")
    assert kept.name == "x"
    assert store.of("marsh", "incidents") == []
    assert store.delete("marsh", kept.filter_id) is False
    assert store.delete("hale", kept.filter_id) is True
    for number in range(MOST):
        store.save("hale", "incidents", f"n{number}", {})
    with pytest.raises(TaskingError, match="Delete one first"):
        store.save("hale", "incidents", "one more", {})
