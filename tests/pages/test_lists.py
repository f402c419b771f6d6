"""Lists on pages: sorted, counted and filtered, and addresses that none of our pages has."""

import html
import re

import pytest

from tasking.pages import big_lists
from tasking.pages.list_actions import lists
from tasking.pages.lists import Asked, Column, Sorts, in_order

from .conftest import KEEPER, Pages
from .files import INCIDENT, csv_of, listed_at

HEADING = re.compile(r'<th scope="col"[^>]*aria-sort="(\w+)"[^>]*><a href="([^"]+)">([^<]+)')


@pytest.mark.parametrize("name", sorted(lists()))
def test_every_list_sorts_both_ways_by_each_heading(faulty, name):
    keeper = Pages(faulty, KEEPER)
    desk_list = lists()[name]
    show = {"past-taskings": "?show=done", "past-follow-ups": "?show=done", "restricted-follow-ups": "?show=restricted"}
    path = f"/{desk_list.path}{show.get(name, '')}"
    first = keeper.get(path)
    assert first.status_code == 200
    for state, href, text in HEADING.findall(first.text):
        sorted_by = keeper.get(html.unescape(href))
        now = {words.strip(): state for state, _, words in HEADING.findall(sorted_by.text)}
        assert now[text.strip()] in ("ascending", "descending")
        assert now[text.strip()] != state
        assert list(now.values()).count("none") == len(now) - 1
        back = next(one for one in HEADING.findall(sorted_by.text) if one[2].strip() == text.strip())
        assert {now[text.strip()]} | {one[0] for one in HEADING.findall(keeper.get(html.unescape(back[1])).text)} >= {
            "ascending", "descending",
        }  # fmt: skip


def test_the_count_says_what_is_shown_and_of_how_many(faulty, monkeypatch):
    officer = Pages(faulty)
    total = len(csv_of(officer, "incidents"))
    assert f'<p class="count">1 to 50 of {total} incidents</p>' in officer.get("/incidents").text
    older = re.search(r'rel="next" href="([^"]+)"', officer.get("/incidents").text)[1]
    assert f"51 to {min(100, total)} of {total} incidents" in officer.get(html.unescape(older)).text
    assert "51 to 100 of" in officer.get("/incidents?sort=where&start=50").text
    monkeypatch.setattr(big_lists, "COUNTED", 60)
    assert "1 to 50 of more than 60 incidents" in officer.get("/incidents").text


def test_more_incidents_than_can_be_sorted_stay_by_day_and_the_page_says_so(faulty, monkeypatch):
    officer = Pages(faulty)
    by_day = listed_at(officer, "/incidents?shared=true", INCIDENT)
    monkeypatch.setattr(big_lists, "SORTED", 5)
    page = officer.get("/incidents?sort=where&shared=true")
    assert "There are more than 5 incidents. Use filters to make the list shorter, then sort it by Where." in page.text
    assert re.findall(INCIDENT, page.text) == by_day[:50]
    refused = officer.post("/lists/incidents/file/csv", {"sort": "where"})
    assert "more than 5 incidents" in officer.said(refused)
    assert officer.post("/lists/incidents/file/csv", {}).status_code == 200


def test_filters_in_use_are_shown_and_can_be_removed(faulty):
    officer = Pages(faulty)
    page = officer.get("/incidents?category=fly_tip&since=2026-10-20&sort=-reports").text
    chips = re.search(r'<ul class="tabs chips".*?</ul>', page, re.DOTALL)[0]
    assert "Category: Fly-tip" in chips
    assert "From: 20 October 2026" in chips
    assert 'href="/incidents?since=2026-10-20&amp;sort=-reports"' in chips
    assert 'href="/incidents?sort=-reports">Clear filters' in chips
    assert "selected>Fly-tip" in page
    assert "Clear filters" not in officer.get("/incidents").text


@pytest.mark.parametrize(
    "query",
    ["since=yesterday", "since=2026-99-01", "until=1900-01-01", "start=-1", "start=9999999999", "start=x", "after=x",
     f"ward={'x' * 300}"],
)  # fmt: skip
def test_an_address_that_none_of_our_pages_has_is_refused_in_words(faulty, query):
    answer = Pages(faulty).get(f"/incidents?{query}")
    assert answer.status_code == 400
    assert "<h1>" in answer.text


@pytest.mark.parametrize("query", ["category=nothing", "ward=Ωmega&sort=where", "place=nowhere", "feed=<script>"])
def test_what_cannot_be_chosen_finds_nothing_and_is_not_repeated(faulty, query):
    page = Pages(faulty).get(f"/incidents?{query}").text
    assert "No incident fits these filters" in page
    assert "not in this list" in page
    assert "<script>alert" not in page
    assert csv_of(Pages(faulty), "incidents", dict(one.split("=") for one in query.split("&"))) == []


def test_an_unknown_order_is_the_usual_one(faulty):
    officer = Pages(faulty)
    assert listed_at(officer, "/incidents?sort=nothing", INCIDENT) == listed_at(officer, "/incidents", INCIDENT)


def test_restricted_incidents_come_last_in_an_order_that_would_tell_of_them(faulty):
    shown = listed_at(Pages(faulty, KEEPER), "/incidents?sort=where", r"/incidents/I[\w-]+\">([^<]+)<")
    at = [number for number, words in enumerate(shown) if words == "Restricted"]
    assert at
    assert at == list(range(len(shown) - len(at), len(shown)))


def test_a_column_without_a_value_is_last_in_both_directions():
    columns = [Column("n", "N", lambda row: row, Sorts.NUMBER)]
    for sort, expected in (("n", [1, 2, None]), ("-n", [2, 1, None])):
        assert in_order([None, 2, 1], columns, Asked({}, sort), "other", lambda _: False) == expected
