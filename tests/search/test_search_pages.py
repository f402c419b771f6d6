"""The search box and its results on the desk."""

import re

import pytest
import sqlalchemy as sa
from conftest import client_of

from search.search_desk import DAY, Searched
from tasking.pages import Host, May, Person, SearchLimit, create_app
from tasking.warehouse import tables

OFFICER = frozenset({May.READ, May.DETAILS, May.DECIDE})
KEEPER = OFFICER | {May.RESTRICTED}


class Pages:
    """The desk over a warehouse filled by hand, as one person sees it."""

    def __init__(self, made: Searched, may=OFFICER, **options) -> None:
        self.made = made

        async def person_of(_request):
            return Person("officer", frozenset(may))

        host = Host(
            lambda: made.opened, person_of, lambda _day, _by: "", lambda _feed, _day, _by: "", b"a secret", **options
        )
        self.client = client_of(create_app(host), "http://localhost")

    def token(self) -> str:
        return re.search(r'name="sent_from" value="(\w+)"', self.client.get("/search").text)[1]

    def search(self, q: str, **fields):
        return self.client.post("/search", data={"sent_from": self.token(), "q": q} | fields)


@pytest.fixture
def pages(on_sqlite):
    def of(may=OFFICER, **options) -> Pages:
        return Pages(on_sqlite, may, **options)

    return of


@pytest.fixture
def made(on_sqlite) -> Searched:
    return on_sqlite


def test_every_page_has_the_box_and_the_form_opens_by_itself(pages):
    desk = pages()
    for path in ("/search", "/incidents", "/groups"):
        assert 'action="/search"' in desk.client.get(path).text, path
    assert "Press / on any page to search." in desk.client.get("/search").text


def test_results_link_to_their_pages_by_kind(pages, made):
    incident = made.report(
        "a <b>swan</b> & cygnets", place_name="Bradbourne Lakes", caller_name="Zoe Quarrington", caller_key="k1:z/1"
    )
    made.tasking(what="Ring the swan sanctuary")
    made.proposal(subject="Swan Place")
    shown = pages().search("swan").text
    assert f'href="/incidents/{incident}"' in shown
    assert "&lt;b&gt;<mark>swan</mark>&lt;/b&gt; &amp; cygnets" in shown
    assert 'href="/taskings?show=proposed#T-20261118-0000000a"' in shown
    assert 'href="/groups/D-20261118-0000000a"' in shown
    assert 'href="/places?name=Swan+Place"' in shown
    assert "18 November 2026" in shown
    assert 'href="/people/k1%3Az%2F1"' in pages().search("quarrington").text


def test_a_reference_leads_straight_to_its_page(pages, made):
    incident = made.report(source_ref="MT-77/26")
    answer = pages().search("mt 77 26")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{incident}")


def test_a_correction_is_said_in_words(pages, made):
    made.report(place_name="Bradbourne Lakes")
    shown = pages().search("bradborne lakes").text
    assert "Showing results for <strong>bradbourne lakes</strong> instead of bradborne lakes" in shown


def test_nothing_found_says_what_to_try_and_keeps_what_was_typed(pages, made):
    made.report("a swan")
    shown = pages().search("xylophonist", category="asb").text
    assert "Nothing found" in shown
    assert 'value="xylophonist"' in shown
    assert "Search without filters" in shown


def test_nothing_typed_shows_the_form(pages):
    for typed in ("", "   "):
        answer = pages().search(typed)
        assert answer.status_code == 200
        assert "Nothing found" not in answer.text


def test_more_results_are_on_further_pages_and_nothing_typed_is_in_an_address(pages, made):
    for _ in range(23):
        made.report("a swan")
    desk = pages()
    first = desk.search("swan").text
    assert "Show more incidents" in first
    second = desk.search("swan", kind="incidents", number="2").text
    assert second.count('<span class="ref">I261118') == 3
    assert "Previous page" in second
    assert not re.search(r'(href|action)="[^"]*swan', first + second)


def test_people_are_offered_and_shown_to_those_who_may_read_names_alone(pages, made):
    made.report(caller_name="Zoe Quarrington", caller_key="k1:z")
    reader = pages(frozenset({May.READ}))
    assert "People" not in reader.client.get("/search").text
    shown = reader.search("quarrington", kind="people").text
    assert "Nothing found" in shown
    assert "Zoe" not in shown
    assert made.log() == []


def test_a_restricted_incident_is_shown_without_a_word_of_it(pages, made):
    incident = made.report("a swan was shot", is_restricted=True, place_name="Bradbourne Lakes", category="animals")
    shown = pages(KEEPER).search("swan").text
    assert f'href="/incidents/{incident}"' in shown
    line = shown[shown.index(incident) : shown.index("</li>", shown.index(incident))]
    assert "Restricted incident" in line
    assert "Bradbourne" not in line
    assert "shot" not in shown
    assert incident not in pages().search("swan").text


def test_what_somebody_may_not_see_answers_as_what_is_not_there(pages, made):
    made.report("ordinary")
    restricted = made.report("a quetzalcoatl", is_restricted=True, source_ref="SECRET-77")
    desk = pages()

    def plain(typed: str) -> tuple:
        answer = desk.search(typed)
        return answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)

    others = {"quetzalcoatl": "xylophonist", "SECRET-77": "SECRET-99", "police:SECRET-77": "police:SECRET-99",
              restricted: "I260101-0000beef"}  # fmt: skip
    for typed, absent in others.items():
        assert plain(typed) == plain(absent), typed


def test_searches_are_limited(pages):
    desk = pages(limits=SearchLimit(most=2))
    assert [desk.search("swan").status_code for _ in range(3)] == [200, 200, 429]


def test_odd_forms_are_refused_in_words(pages):
    desk = pages()
    for fields in ({"number": "0"}, {"number": "x"}, {"since": "yesterday"}, {"q": "a" * 201}, {"q": "\x00"}):
        answer = desk.search(**{"q": "swan"} | fields)
        assert answer.status_code in (200, 303, 400, 422), fields
        assert "Traceback" not in answer.text


def test_the_command_finds_what_the_desk_finds(made, monkeypatch, capsys):
    from tasking.cli import find

    incident = made.report("a swan", place_name="Bradbourne Lakes")
    made.report("a hidden swan", is_restricted=True)
    monkeypatch.setattr(find, "open_services", lambda: made.opened)
    find.find(["the", "swan"])
    shown = capsys.readouterr().out
    assert incident in shown
    assert "Report: a swan" in shown
    assert "restricted" in shown
    assert "hidden" not in shown


def test_two_hundred_taskings_are_not_read_for_one(made):
    """Of the subjects that match, as many are read as are shown."""
    with made.warehouse.writing() as connection:
        rows = [{"tasking_id": f"T-20261118-{number:08x}", "proposed_on": DAY, "what": "clear the needles", "place": "",
                 "owner": "Wardens", "due_on": DAY, "why": "", "is_restricted": number % 2 == 0} for number in range(200)]  # fmt: skip
        connection.execute(sa.insert(tables.tasking), rows)
    found = made.find("needles", kind="taskings").taskings
    assert len(found) == 20
    assert not any(one.is_restricted for one in found)
