"""Where somebody who had never seen the desk stopped, or was led wrong: each line of it stays put right."""

import base64
import datetime as dt
import re
import sqlite3
from urllib.parse import quote

import pytest
from conftest import ROOT

from tasking.config.lexicon import load_lexicon
from tasking.linkage.strength import shown_evidence
from tasking.meeting import SYSTEM
from tasking.model.incident import Evidence
from tasking.model.proposal import Status, Step, Verb
from tasking.pages import May
from tasking.pages.flash import FlashLink, redirect_with_flash

from .conftest import OFFICER
from .test_follow_ups import open_ones
from .test_report_pages import CALL, hidden, submission

SATURDAY = dt.datetime(2026, 10, 31, 10, 0, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 11, 2, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def officer(copied, pages):
    copied.now = MONDAY
    return pages()


def paragraph(page: str, title: str) -> str:
    """The words of the section with a title."""
    found = re.search(rf"<h[23]>{title}</h[23]>(.*?)</section>", page, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1])


@pytest.mark.parametrize("place", ["Bradbourne Lakes", "High Street"])
def test_who_goes_back_to_change_a_report_finds_all_that_was_typed(officer, copied, place):
    page = officer.get("/reports/new").text
    typed = CALL | {"place": place, "is_vulnerable": "true", "text": "Said & <b>loud</b>\nuntil two"}
    asked = officer.post("/reports/new", typed | {"submission": submission(page)}).text  # checked, or which place
    assert '<button name="change" value="yes">Change the answers</button>' in asked
    assert 'href="/reports/new">Back' not in asked
    again = officer.post("/reports/new", hidden(asked) | {"change": "yes"}).text
    assert "<h1>Add a report</h1>" in again
    assert "Said &amp; &lt;b&gt;loud&lt;/b&gt;\nuntil two</textarea>" in again
    for name in ("place", "occurred_on", "occurred_at", "caller_name", "caller_phone"):
        assert re.search(rf'name="{name}"[^>]*value="{typed[name]}"', again), name
    assert re.search(r'<option selected="" value="noise">|<option value="noise" selected="">', again)
    ticked = re.findall(r'<input [^>]*checked=""[^>]*name="(\w+)"|<input [^>]*name="(\w+)"[^>]*checked=""', again)
    assert {one or other for one, other in ticked} == {"wants_contact", "is_vulnerable"}
    assert not [row for row in copied.rows("report") if row["feed"] == "desk"]


def proposed(copied) -> dict:
    """A proposed tasking of a public incident."""
    restricted = {row["report_id"] for row in copied.rows("report") if row["is_restricted"]}
    hidden_ones = {row["incident_id"] for row in copied.rows("incident_report") if row["report_id"] in restricted}
    moved = {row["subject_id"] for row in copied.rows("step")}
    return next(row for row in copied.rows("tasking")
                if row["incident_id"] and row["incident_id"] not in hidden_ones and row["tasking_id"] not in moved)  # fmt: skip


def test_a_tasking_that_nobody_took_on_does_not_read_as_somebodys(officer, copied):
    row = proposed(copied)
    path = f"/incidents/{row['incident_id']}"
    assert "proposed for " in paragraph(officer.get(path).text, "At a glance")
    step = Step(row["tasking_id"], Verb.LAPSE, SYSTEM, MONDAY, MONDAY.date(), "no decision for 5 meetings")
    assert officer.opened.meeting.take_step(step, SYSTEM) is step
    shown = officer.get(path).text
    words = f"proposed for {row['owner']}, but nobody decided in time: it has lapsed and nobody is doing it"
    assert words in paragraph(shown, "At a glance")
    assert "2 November 2026, 10:00, tasking" not in shown  # the desk itself is no person
    listed = officer.get("/taskings?show=lapsed").text
    assert f"Nobody: it was proposed for {row['owner']}" in listed
    assert "Lapsed by" not in listed


def test_a_follow_up_says_what_was_proposed_and_that_nobody_took_it_on(officer, copied):
    standing = officer.opened.meeting.standings([row["tasking_id"] for row in copied.rows("tasking")])
    lapsed = {one for one, stands in standing.items() if stands.status == Status.LAPSED}
    of_incident = {row["incident_id"]: row for row in copied.rows("tasking") if row["tasking_id"] in lapsed}
    one, row = next((one, of_incident[report.incident_id]) for one in open_ones(copied) for report in one.reports
                    if report.incident_id in of_incident)  # fmt: skip
    done = paragraph(officer.get(f"/follow-ups/{one.follow_up_id}").text, "What was done")
    assert "Nobody has taken this on." in done
    assert f"proposed for {row['owner']}" in done
    assert "There is no tasking" not in done


def test_on_a_day_without_a_meeting_the_agenda_of_the_last_one_is_a_press_away(copied, pages):
    copied.now = SATURDAY
    with sqlite3.connect(copied.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("DELETE FROM briefing WHERE day >= '2026-10-31'")
    page = pages().get("/meeting").text
    assert "You can print its agenda here that morning" in page
    link = re.search(r'<a href="([^"]+)">Print the agenda of Friday 30 October 2026</a>', page)[1]
    agenda = pages().get(link).text
    assert "Agenda, CSU meeting of Friday 30 October 2026" in agenda
    assert "data-prints" in agenda
    assert f'href="{link}">Print the agenda</a>' in pages().get("/today?day=2026-10-30").text


def test_an_undone_merge_leads_to_the_other_incident(officer, copied):
    restricted = {one["report_id"] for one in copied.rows("report") if one["is_restricted"]}
    question = next(row for row in copied.rows("link_question")
                    if row["kind"] == "merge" and not {row["report_a"], row["report_b"]} & restricted)  # fmt: skip
    before = {row["report_id"]: row["incident_id"] for row in copied.rows("incident_report") if not row["left_on"]}
    merged = {before[question["report_a"]], before[question["report_b"]]}
    one, other = sorted(merged)
    made = officer.post(f"/incidents/{one}/merge", {"other": other, "checked": "yes"}).headers["location"]
    page = officer.get(made).text
    assert '<a href="#decisions">Undo the merge</a>' in page
    assert 'id="decisions"' in page
    assert f'href="{made}#decisions">Merged into one incident</a>' in page
    said = officer.said(officer.post(f"{made}/undo"))
    (other,) = (one for one in merged if not made.endswith(one))
    assert "They are 2 incidents again." in said
    assert f'<a href="/incidents/{other}">See the other incident, {other}</a>' in said


def held(copied) -> dict:
    away = ("withheld", "restricted")
    return next(row for row in copied.rows("held") if row["state"] == "held" and row["feed"] == "police"
                and not any(row.get(f"is_{one}") for one in away) and "no reference" in row["reason"])  # fmt: skip


def test_a_row_without_a_reference_says_what_to_type_and_then_leads_to_its_briefing(officer, copied):
    row = held(copied)
    assert re.search(rf'<a href="/held/{re.escape(row["held_id"])}">Correct this row<', officer.get("/held").text)
    page = officer.get(f"/held/{row['held_id']}").text
    assert "It has to look like the other references of Kent Police." in page
    cell = re.search(r'name="(cell:[^"]+)" value="" class="full is-wrong"', page)[1]
    wrong = officer.post(f"/held/{row['held_id']}/correct", {cell: "HELD-1"}).text
    assert "still held: this does not look like the other rows of Kent Police" in wrong
    assert "another export" not in wrong
    assert 'value="HELD-1"' in wrong  # what was typed is kept
    said = officer.said(officer.post(f"/held/{row['held_id']}/correct", {cell: "46/77777/26"}))
    assert f'<a href="/today?day={row["day"]}">See the briefing of ' in said


def test_every_page_says_where_to_read_who_sees_restricted_matters(officer, pages):
    assert '<a href="/help#access">Who can see them</a>' in officer.get("/today").text
    shown = paragraph(officer.get("/help").text, "Who can see what, and who can give access")
    assert "See restricted matters" in shown
    assert "the log keeps who opened it and why" in shown
    assert "Go to Restricted register" not in shown
    keeper = pages(OFFICER | {May.RESTRICTED}).get("/help").text
    assert "Go to Restricted register" in paragraph(keeper, "Who can see what, and who can give access")


def test_what_two_reports_have_in_common_stands_before_what_nobody_can_look_up():
    reports = [{"text": "", "category_text": None, "place_text": None}] * 2
    lexicon = load_lexicon(ROOT / "include" / "lexicon.yml")
    stored = [Evidence("rivals", "no other report fits better", 3.0), Evidence("who", "same caller", 0.7),
              Evidence("where", "the same part of it", 0.4), Evidence("when", "3 hours apart", -0.4)]  # fmt: skip
    shown = shown_evidence(stored, *reports, lexicon)
    assert [(one.strength, one.words) for one in shown] == [
        ("counts for", "same caller"), ("counts for", "the same part of the place"),
        ("counts against", "3 hours apart"), ("counts strongly for", "no other report fits better"),
    ]  # fmt: skip


def test_a_reason_names_the_other_report_by_its_number_on_the_page(officer, copied):
    away = {row["report_id"] for row in copied.rows("report") if row["is_restricted"]}
    linked = next(row for row in copied.rows("incident_report")
                  if not row["left_on"] and row["linked_to"] and row["report_id"] not in away)  # fmt: skip
    page = officer.get(f"/incidents/{linked['incident_id']}").text
    assert re.search(r'Why it is the same <span class="tag">as <a href="#[^"]+">report \d</a>:', page)


@pytest.mark.parametrize(
    ("path", "is_shown"), [("/today?day=2026-10-30", True), ("//evil.example/", False), ("https://evil.example", False)]
)
def test_the_link_of_a_message_never_leads_away_from_the_desk(officer, path, is_shown):
    answer = redirect_with_flash("/today", "Done.", link=FlashLink(path, "See it"))
    cookie = answer.headers["set-cookie"].partition(";")[0]
    page = officer.client.get("/today", headers={"Cookie": cookie, "Accept": "text/html"}).text
    assert "Done." in page
    assert (f'<a href="{path}">See it</a>' in page) is is_shown
    assert base64.urlsafe_b64decode(cookie.partition("=")[2].strip('"') + "==")


def test_a_report_on_its_own_belongs_to_the_incidents_of_the_menu(officer, copied):
    report = next(row["report_id"] for row in copied.rows("report") if not row["is_restricted"])
    for path in ("/reports/new", f"/reports/{quote(report)}"):
        page = officer.get(path).text
        assert '<a href="/incidents" aria-current="page">' in page
        assert 'href="/help#incidents"' in page
