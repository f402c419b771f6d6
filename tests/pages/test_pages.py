"""What the desk shows, and to whom."""

import datetime as dt
import html
import re

import pytest
from structlog.testing import capture_logs

from tasking import meeting
from tasking.pages import May, SearchLimit
from tasking.warehouse.visibility import FULL_VISIBILITY

from .conftest import LAST, OFFICER

PATHS = ["/tonight", "/tonight?day=2026-10-27", "/today", "/feeds", "/feeds/police/2026-10-27", "/quality", "/quality/police", "/words", "/held",
         "/incidents", "/incidents/confirm", "/incidents/duplicates", "/feeds/deliveries", "/taskings",
         "/taskings?show=proposed", "/follow-ups", "/follow-ups?show=done", "/groups", "/groups/new", "/groups/past",
         "/case-reviews", "/map", "/places", "/search", "/rules", "/help", "/meeting", "/meeting/agenda",
         "/meeting/agenda/pdf", "/meeting/minutes", "/handover", "/handover/pdf", "/reports/new"]  # fmt: skip
OF_A_MEETING = {"/meeting/people", "/meeting/finish"}  # once it has begun: tests/meeting
FOR_SOME = ["/log", "/register", "/meeting/restricted"]
EVERYTHING = frozenset(May)
LINK = re.compile(r'<a [^>]*href="([^"#]+)')


@pytest.mark.parametrize("path", [*PATHS, "/log"])
@pytest.mark.parametrize("may", [EVERYTHING, OFFICER], ids=["everything", "officer"])
def test_every_page_is_there(faulty, path, may):
    from .conftest import Pages

    assert Pages(faulty, may).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/register", "/meeting/restricted"])
def test_what_is_restricted_has_pages_for_those_entitled_alone(faulty, path):
    from .conftest import Pages

    assert Pages(faulty, EVERYTHING).get(path).status_code == 200
    assert Pages(faulty, OFFICER).get(path).status_code == 403


def test_every_page_without_a_name_in_its_address_is_walked_and_led_to(faulty):
    """Such a page stands in PATHS, and in the navigation or on a page that stands there."""
    from .conftest import Pages
    from .walk import routes

    pages = Pages(faulty, EVERYTHING)
    plain = {one.path for one in routes(pages) if "GET" in one.methods and "{" not in one.path} - {"/"}
    assert plain - {*PATHS, *FOR_SOME} == OF_A_MEETING
    pictures = [path for path in PATHS if path.endswith("/pdf")]
    read = [path for path in (*PATHS, *FOR_SOME) if path not in pictures]
    led_to = {href.partition("?")[0] for path in read for href in LINK.findall(pages.get(path).text)}
    assert plain - led_to - OF_A_MEETING == {"/meeting/restricted"}  # from the last item of a meeting


def test_a_viewer_reads_nobodys_name_phone_or_words(faulty):
    """Over every page, every incident, proposal and follow-up that a viewer can open."""
    from .conftest import Pages

    people = faulty.rows("report_person")
    named = {
        row[name].casefold() for row in people for name in ("caller_name", "caller_phone", "caller_email") if row[name]
    }
    named = {one for one in named if len(one) > 6 and one != "anonymous"}
    words = {row["text"][:50].casefold() for row in people if row["text"]}
    incidents = {f"/incidents/{row['incident_id']}" for row in faulty.rows("incident_report")}
    proposals = {f"/groups/{row['proposal_id']}" for row in faulty.rows("proposal")}
    everybody = meeting.follow_ups(faulty.open().meeting, FULL_VISIBILITY)
    follow_ups = {f"/follow-ups/{one.follow_up_id}" for one in everybody}
    viewer = Pages(faulty, {May.READ}, "viewer")
    refused = 0
    for path in [*PATHS, *sorted(incidents), *sorted(proposals), *sorted(follow_ups)]:
        answer = viewer.get(path)
        refused += answer.status_code == 404
        shown = answer.text.casefold()
        assert not [one for one in named | words if one in shown], path
    assert refused > 20  # the restricted ones


def test_restricted_incidents_are_in_no_list_of_those_who_may_not_see_them(faulty):
    from .conftest import Pages

    restricted = {row["report_id"] for row in faulty.rows("report") if row["is_restricted"]}
    incidents = {row["incident_id"] for row in faulty.rows("incident_report") if row["report_id"] in restricted}
    officer, shown, path = Pages(faulty), "", "/incidents"
    while path:
        page = officer.get(path).text
        shown += page
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    listed = set(re.findall(r"/incidents/(I[\w-]+)\"", shown))
    assert len(listed) > 80
    assert not listed & incidents
    every, path = Pages(faulty, EVERYTHING), "/incidents?since=2026-10-22&until=2026-10-22"
    assert "Restricted" in every.get(path).text


def test_the_pages_of_a_list_hold_every_incident_once(faulty):
    from .conftest import Pages

    every, listed, path = Pages(faulty, EVERYTHING), [], "/incidents"
    while path:
        page = every.get(path).text
        listed += re.findall(r"/incidents/(I[\w-]+)\"", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else None
    now = {row["incident_id"] for row in faulty.rows("incident_report") if row["left_on"] is None}
    assert sorted(listed) == sorted(now)


def test_filters_show_what_fits(faulty):
    from .conftest import Pages

    officer = Pages(faulty)
    page = officer.get("/incidents?category=fly_tip&since=2026-10-20&until=2026-10-30").text
    rows = re.findall(r'<td class="what"><a[^>]*>([^<]+)<', page)
    assert rows
    assert set(rows) == {"Fly-tip"}
    assert "No incident fits" in officer.get("/incidents?category=fly_tip&since=2020-01-01&until=2020-01-02").text
    assert "0 incidents" in officer.get("/map?since=2020-01-01&until=2020-01-02").text
    assert officer.get("/map?since=2020-01-01").status_code == 400  # too long to draw, said in words
    assert officer.get("/incidents?after=yesterday").status_code == 400
    assert officer.get("/incidents?since=yesterday").status_code == 400


def test_today_shows_versions_and_what_changed(copied, pages):
    from tasking import flows
    from tasking.intake import quarantine

    desk = copied.open()
    refs = [row["held_id"] for row in copied.held() if row["day"] == LAST or row["day"] > LAST - dt.timedelta(days=3)]
    assert refs
    quarantine.reject(desk.intake, refs[:1], "not ours", "officer")
    flows.brief(desk, LAST)
    page = pages().get("/today").text
    assert "Version 2 (newest)" in page
    assert "Changed in version 2" in page
    assert "This is an older version" in pages().get(f"/today?day={LAST}&version=1").text
    assert pages().get(f"/today?day={LAST}&version=9").status_code == 404


def test_before_the_first_briefing_the_desk_says_so(desk):
    from .conftest import Pages

    empty = Pages(desk)
    assert "There is no briefing for today" in empty.get("/today").text
    for path in (
        "/tonight",
        "/feeds",
        "/held",
        "/incidents",
        "/incidents/confirm",
        "/taskings",
        "/groups",
        "/map",
        "/rules",
        "/log",
    ):
        assert empty.get(path).status_code == 200, path


def test_a_search_finds_by_reference_or_place_and_nothing_of_it_is_in_the_address(faulty):
    from .conftest import Pages

    officer = Pages(faulty)
    row = next(row for row in faulty.rows("report") if not row["is_restricted"])
    found = officer.post("/search", {"q": row["source_ref"]})
    assert found.status_code == 303
    assert found.headers["location"].startswith("/incidents/I")
    assert "Nothing found" in officer.post("/search", {"q": "Zz 9"}).text
    placed = officer.post("/search", {"q": "Swanley town centre"})
    assert 'href="/places?name=Swanley+town+centre"' in placed.text


def test_searching_too_often_is_refused_for_a_while(faulty):
    from .conftest import Pages

    now = [0.0]
    officer = Pages(faulty, limits=SearchLimit(most=2, per_s=60, clock=lambda: now[0]))
    search = lambda: officer.post("/search", {"q": "Zz 9"}).status_code  # noqa: E731
    assert [search(), search(), search()] == [200, 200, 429]
    now[0] = 61
    assert search() == 200


def test_a_form_without_its_token_or_from_another_site_is_refused(pages):
    officer = pages()
    assert officer.client.post("/taskings", data={}).status_code == 403
    assert officer.client.post("/taskings", data={"sent_from": "0" * 64}).status_code == 403
    assert officer.post("/taskings", {}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    stranger = pages(name="somebody else")
    token = re.search(r'value="(\w{64})"', officer.get("/incidents").text)[1]
    assert stranger.client.post("/taskings", data={"sent_from": token}).status_code == 403


def test_what_is_missing_in_a_form_is_said_on_the_page_it_came_from(pages):
    officer = pages()
    answer = officer.post("/taskings", {"what": "look"}, headers={"Referer": "https://desk.example/taskings?show=mine"})
    assert answer.status_code == 422
    assert "<title>Error: Taskings" in answer.text
    assert re.findall(r'<li><a href="#(\w+)">(.*?)</a>', answer.text) == [
        ("owner", "Enter who does it, the lead first"),
        ("due_on", "Enter the date"),
    ]
    assert 'value="look"' in answer.text  # what was typed is kept
    away = officer.post("/taskings", {}, headers={"Referer": "https://elsewhere.example/taskings"})
    assert away.headers["location"] == "/today"


def test_a_page_that_fails_says_so_in_words_and_where_the_log_is(pages, monkeypatch):
    def fails(*_args, **_options):
        raise ValueError("Jane Doe, 07700 900123")

    officer = pages()
    monkeypatch.setattr("tasking.linkage.store.incident_list.incidents", fails)
    with capture_logs() as logs:
        answer = officer.get("/incidents?place=Jane")
    assert answer.status_code == 500
    shown = html.unescape(answer.text)
    assert "This page could not be made. Something went wrong on our side" in shown
    assert "Open it again in a few minutes." in shown
    (line,) = [one for one in logs if one["event"] == "a page of the desk failed"]
    assert f"give ops the fault number {line['fault']}. Ops: the log of Airflow’s API server" in shown
    assert "test_pages.py" in line["where"]
    assert line["where"].endswith("ValueError")
    assert (line["method"], line["page"]) == ("GET", "/incidents")
    for told in (shown, str(logs)):
        assert "Jane" not in told
        assert "07700" not in told
    assert "Traceback" not in shown
    assert "ValueError" not in shown
    assert answer.headers["Content-Security-Policy"]
    assert "/static/desk.css" in shown


def test_a_form_that_fails_says_to_look_before_it_is_sent_again(pages, monkeypatch):
    def fails(*_args, **_options):
        raise KeyError("fails")

    officer = pages()
    monkeypatch.setattr("tasking.pages.feeds.declared_feed", fails)
    answer = officer.post("/feeds/police/ask", {"day": str(LAST)})
    assert answer.status_code == 500
    assert "What you sent may not have been saved." in answer.text
    assert "check before you send it again" in answer.text


def test_silence_is_shown_as_a_fault(copied, pages):
    desk = copied
    day = LAST + dt.timedelta(days=1)
    desk.now = dt.datetime(2026, 11, 3, 8, 0, tzinfo=dt.UTC)
    desk.run(str(day), is_posting=False)
    page = pages().get("/feeds").text
    assert "6 partners silent" in page
    assert "nothing since" in page
    assert "missing at 08:00, after the due time" in page


def test_nobody_is_silent_before_we_have_looked_after_the_due_time(copied, pages):
    day = LAST + dt.timedelta(days=1)
    copied.now = dt.datetime(2026, 11, 3, 7, 12, tzinfo=dt.UTC)
    copied.run(str(day), is_posting=False)
    page = pages().get("/feeds").text
    assert "silent" not in page
    assert "Ring" not in page
    assert page.count("not there yet</span>") == 2 * 6
    copied.now = dt.datetime(2026, 11, 3, 8, 30, tzinfo=dt.UTC)
    page = pages().get("/feeds").text
    assert "not there at 07:12, not checked since" in page
    assert "missing" not in page
    assert "Ring" not in page
