"""What misled on the desk of version 0.2, one test for each line that no other test holds."""

import datetime as dt
import html
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tasking.meeting.explanation import explanation_lines
from tasking.model.trigger import Proposal

from .conftest import LAST, Pages

DAY = dt.date(2026, 10, 22)
# What the number beside a link on Today leads to, and where that page says the same number.
COUNTED = {
    "Proposed taskings": r"Proposed \((\d+)\)", "Overdue taskings": r"Overdue \((\d+)\)",
    "People to contact": r"(\d+) (?:people|person) to contact", "Possible duplicates": r"1 of (\d+)\.",
    "Held rows": r"(\d+) rows? needs? attention",
}  # fmt: skip


def words_of(page: str) -> str:
    """The words of a page as they are read."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_day_without_its_briefing_is_red_and_decides_nothing(copied):
    """A scheduler that stopped on Monday looks like no good day on the next."""
    later = Pages(replace(copied, now=dt.datetime.combine(LAST + dt.timedelta(1), dt.time(9), dt.UTC)))
    page = later.get("/today").text
    assert "There is no briefing for today" in page
    assert 'class="alert"' in page
    assert "Approve…" not in page
    newest = later.get(f"/today?day={LAST}").text
    assert "This is not today’s briefing" in newest
    assert "Approve…" not in newest


@pytest.mark.parametrize("name", COUNTED)
def test_what_needs_attention_is_the_number_on_the_page_that_it_leads_to(pages, name):
    officer = pages()
    today = officer.get("/today").text
    link = re.search(rf'<a href="([^"]+)">{name}</a>: (\d+)', today)
    there = re.search(COUNTED[name], words_of(officer.get(html.unescape(link[1])).text))
    assert int(there[1]) == int(link[2])


def test_evidence_says_from_when_there_is_data():
    evidence = {
        "schema": 2, "rule": "cluster", "version": 2, "title": "Repeated incidents", "why": "", "day": "2026-10-22",
        "since": "2026-10-16", "counts": {}, "numbers": {}, "measures": {}, "data_from": {"police": "2026-10-20", "fire": "2026-10-20"},
        "feeds_present": ["police", "fire"], "feeds_missing": {}, "is_partial": False, "incidents": [],
    }  # fmt: skip
    proposal = Proposal("D-20261022-00000001", DAY, "cluster", "asb", "The Vine", "k", None, None, False, evidence)
    lines = explanation_lines(proposal, (), {}, {}, ZoneInfo("Europe/London"))
    assert "There is no data before Tue 20 Oct 2026." in lines
    assert "Every feed delivered on every day since then." in lines


def public_incidents(desk) -> dict[str, list[dict]]:
    """Incident -> its reports, the first one first, of the incidents without a restricted one."""
    reports = {row["report_id"]: row for row in desk.rows("report")}
    found: dict[str, list[dict]] = {}
    for row in desk.rows("incident_report"):
        if row["left_on"] is None:
            found.setdefault(row["incident_id"], []).append(reports[row["report_id"]])
    return {
        incident: sorted(rows, key=lambda row: row["received_at"])
        for incident, rows in found.items()
        if not any(row["is_restricted"] for row in rows)
    }


def merge(officer, one: str, other: str) -> str:
    """Merges two incidents as an officer does who has read the page that is shown first. Returns the merged one."""
    check = officer.post(f"/incidents/{one}/merge", {"other": other}).text
    shown = re.findall(r'name="shown" value="([^"]+)"', check)
    checked = {"other": other, "checked": "yes", "shown": shown, "note": "one boy"}
    done = officer.post(f"/incidents/{one}/merge", checked)
    assert "Incidents merged" in officer.said(done)
    return done.headers["location"]


def test_a_report_that_a_person_merged_says_who_and_no_figure(copied, pages):
    officer = pages()
    one, other = sorted(public_incidents(copied), reverse=True)[:2]
    page = words_of(officer.get(merge(officer, one, other)).text)
    assert re.search(r"Merged by officer on \d+ \w+ 2026, \d\d:\d\d, because: one boy", page)
    assert not re.search(r"Why it is the same.{0,60}\b0\.\d\d\b", page)


def test_an_incident_is_marked_new_or_updated_since_the_last_meeting(copied, pages):
    officer, incidents = pages(), public_incidents(copied)

    def marks(path: str) -> list[str]:
        return re.findall(r"(New|Updated) since the last meeting", words_of(officer.get(path).text))

    # The last meeting was on Friday 30 October.
    new = next(one for one, rows in incidents.items() if str(rows[0]["received_at"]) > "2026-10-31")
    old = next(one for one, rows in incidents.items() if "2026-10-28" < str(rows[-1]["received_at"]) < "2026-10-29")
    assert marks(f"/incidents/{new}") == ["New"]
    assert marks(f"/incidents/{old}") == []
    assert marks(merge(officer, new, old)) == ["Updated"]
