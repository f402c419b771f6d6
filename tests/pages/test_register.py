"""The restricted register: a reason once a session, its lists, its search and export, and who is told nothing of it."""

import csv
import datetime as dt
import html
import io
import re

import pytest
import sqlalchemy as sa

from tasking import meeting
from tasking.model.access import May
from tasking.model.proposal import Status
from tasking.warehouse import tables

from .conftest import KEEPER

WHY = "Preparing the MARAC list"


@pytest.fixture
def keeper(pages):
    return pages(may=KEEPER, name="keeper")


@pytest.fixture
def opened(keeper):
    """The pages of somebody who has opened the register."""
    assert keeper.post("/register/open", {"reason": WHY}).status_code == 303
    return keeper


def entries(pages, action: str) -> list[dict]:
    return [row for row in pages.log() if row["action"] == action]


def restricted_ids(pages) -> set[str]:
    hidden = {
        row["report_id"] for row in pages.desk.rows("report") if row["is_restricted"] and not row["superseded_on"]
    }
    rows = pages.desk.rows("incident_report")
    return {row["incident_id"] for row in rows if row["report_id"] in hidden and row["left_on"] is None}


def listed(text: str) -> list[str]:
    return re.findall(r'href="/incidents/([^"#]+)"', text)


def test_it_asks_for_a_reason_first_and_then_not_for_half_an_hour(keeper):
    asked = keeper.get("/register")
    assert "Why do you need the register?" in asked.text
    assert listed(asked.text) == []
    keeper.post("/register/open", {"reason": WHY})
    shown = keeper.get("/register")
    assert "Why do you need the register?" not in shown.text
    assert listed(shown.text)
    (entry,) = entries(keeper, "restricted register opened")
    assert (entry["actor"], entry["note"]) == ("keeper", WHY)


def test_the_session_ends_after_half_an_hour(opened):
    assert listed(opened.get("/register").text)
    opened.desk.now += dt.timedelta(minutes=31)
    assert listed(opened.get("/register").text) == []


def test_it_can_be_closed_before(opened):
    assert opened.post("/register/close").status_code == 303
    assert listed(opened.get("/register").text) == []


def test_a_closed_session_is_over_whatever_cookie_is_sent(opened):
    cookie = opened.client.cookies["tasking_register"]
    opened.desk.now += dt.timedelta(minutes=1)
    opened.post("/register/close")
    opened.client.cookies.set("tasking_register", cookie)
    assert listed(opened.get("/register").text) == []


@pytest.mark.parametrize("cookie", ["", "1", "9999999999.", "9999999999.00ff", "x.y", "9" * 40 + ".a", "-1.a"])
def test_a_cookie_that_we_did_not_sign_opens_nothing(opened, cookie):
    opened.client.cookies.clear()
    opened.client.cookies.set("tasking_register", cookie)
    assert listed(opened.get("/register").text) == []


def test_a_cookie_of_somebody_else_opens_nothing(opened, pages):
    other = pages(may=KEEPER, name="other")
    other.client.cookies.set("tasking_register", opened.client.cookies["tasking_register"])
    assert listed(other.get("/register").text) == []


def test_the_cookie_holds_neither_the_reason_nor_a_name(opened):
    assert re.fullmatch(r"\d+\.[0-9a-f]{64}", opened.client.cookies["tasking_register"])


def test_the_session_has_no_life_of_its_own_without_the_entry_in_the_log(opened):
    with opened.opened.warehouse.writing() as connection:
        connection.execute(sa.delete(tables.log))
    assert listed(opened.get("/register").text) == []


def test_it_lists_every_restricted_incident_and_no_other(opened):
    found, path = [], "/register?show=incidents"
    while path:
        text = opened.get(path).text
        found += listed(text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = html.unescape(older[1]) if older else ""
    assert len(found) == len(set(found))
    assert set(found) == restricted_ids(opened)


def test_a_row_says_what_where_when_who_told_how_grave_and_where_it_stands(opened):
    row = re.search(r'<tr><td class="when">.*?</tr>', opened.get("/register").text, re.DOTALL)[0]
    for name in ("Where", "When", "Reported by", "Harm", "Status"):
        cell = re.search(rf'data-name="{name}">(.*?)</td>', row, re.DOTALL)
        assert re.sub(r"<[^>]+>", "", cell[1]).strip()


def test_an_incident_opens_without_asking_again_and_is_logged_with_the_reason(opened):
    incident = listed(opened.get("/register").text)[0]
    shown = opened.get(f"/incidents/{incident}")
    assert shown.status_code == 200
    assert "Enter why you need to see it" not in shown.text
    (entry,) = [row for row in entries(opened, "restricted incident looked at") if row["subject"] == incident]
    assert (entry["actor"], entry["note"]) == ("keeper", WHY)


def test_without_a_session_an_incident_asks_as_before(keeper):
    incident = sorted(restricted_ids(keeper))[0]
    assert "keeps" not in keeper.get(f"/incidents/{incident}").text
    assert entries(keeper, "restricted incident looked at") == []
    assert 'name="reason"' in keeper.get(f"/incidents/{incident}").text


def test_a_proposal_and_a_follow_up_open_with_the_same_reason(opened):
    proposal = next(row["proposal_id"] for row in opened.desk.rows("proposal") if row["is_restricted"])
    assert (
        "The evidence" in opened.get(f"/groups/{proposal}").text or "Evidence" in opened.get(f"/groups/{proposal}").text
    )
    assert {row["note"] for row in entries(opened, "restricted proposal looked at")} == {WHY}


def test_it_is_filtered_by_category_partner_and_day(opened):
    everything = listed(opened.get("/register").text)
    some = listed(opened.get("/register?category=domestic_abuse").text)
    assert some
    assert set(some) < set(everything) or len(everything) == 50
    assert listed(opened.get("/register?since=2020-01-01&until=2020-01-02").text) == []
    assert listed(opened.get("/register?feed=police").text)
    assert listed(opened.get("/register?category=nonesuch").text) == []


@pytest.mark.parametrize("words", ["burgin", "STANGROVE", "46/00008/26", "TN8 5HU"])
def test_words_find_what_reports_have(opened, words):
    answer = opened.post("/register/search", {"q": words})
    assert answer.status_code == 200
    assert set(listed(answer.text)) <= restricted_ids(opened)
    assert listed(answer.text), words


def test_a_search_finds_nothing_public(opened):
    public = next(row for row in opened.desk.rows("report") if not row["is_restricted"] and row["place_name"])
    found = listed(opened.post("/register/search", {"q": public["place_name"]}).text)
    assert set(found) <= restricted_ids(opened)


@pytest.mark.parametrize("words", ["%%", "__", "\\\\", "' UNION SELECT 1=1 --", "<b>", "Ω≈ç", "аб", "💥💥"])
def test_words_that_are_patterns_or_code_are_only_words(opened, words):
    answer = opened.post("/register/search", {"q": words})
    assert answer.status_code == 200
    assert listed(answer.text) == []
    assert "<b>" not in answer.text


def test_names_and_words_are_searched_by_those_who_may_read_them_only(pages):
    some = pages(may=KEEPER - {May.DETAILS}, name="indexer")
    some.post("/register/open", {"reason": WHY})
    assert listed(some.post("/register/search", {"q": "burgin"}).text) == []
    assert listed(some.post("/register/search", {"q": "46/00008/26"}).text)


def test_a_search_is_logged_without_its_words(opened):
    opened.post("/register/search", {"q": "burgin"})
    (entry,) = entries(opened, "restricted register searched")
    assert "burgin" not in str(entry).casefold()


def test_search_and_export_need_an_open_session(keeper):
    for path, form in (("/register/search", {"q": "burgin"}), ("/register/export", {})):
        answer = keeper.post(path, form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/register")
    assert entries(keeper, "restricted register exported") == []


def test_it_is_exported_without_names_and_the_export_is_logged(opened):
    answer = opened.post("/register/export", {"category": "domestic_abuse"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows
    assert {row["category"] for row in rows} == {"Domestic abuse and stalking"}
    assert {row["incident_id"] for row in rows} <= restricted_ids(opened)
    assert "burgin" not in answer.text.casefold()
    (entry,) = entries(opened, "restricted register exported")
    assert (entry["actor"], entry["note"]) == ("keeper", WHY)


def test_an_export_has_every_incident_once(opened):
    rows = list(csv.DictReader(io.StringIO(opened.post("/register/export").text)))
    ids = [row["incident_id"] for row in rows]
    assert sorted(ids) == sorted(restricted_ids(opened))


def test_formulas_in_places_are_inert_in_the_export(opened):
    incident = sorted(restricted_ids(opened))[0]
    r, i = tables.report, tables.incident_report
    reports = sa.select(i.c.report_id).where(i.c.incident_id == incident)
    with opened.opened.warehouse.writing() as connection:
        connection.execute(sa.update(r).where(r.c.report_id.in_(reports)).values(town='=HYPERLINK("x")'))
    rows = list(csv.DictReader(io.StringIO(opened.post("/register/export").text)))
    town = next(row["town"] for row in rows if row["incident_id"] == incident)
    assert not town.startswith("=")


# MARAC


def marac(pages):
    return next(
        one for one in meeting.tracked_proposals(pages.opened.meeting)
        if one.proposal.rule == "marac" and one.standing.status == Status.PROPOSED
    )  # fmt: skip


def test_a_repeat_is_proposed_with_why_and_without_a_name(opened):
    text = opened.get("/register?show=marac").text
    assert "Consider a MARAC referral" in text
    assert re.search(r"reported about this person on \d occasions since", text)
    assert "burgin" not in text.casefold()
    assert f'href="/incidents/{marac(opened).proposal.evidence["incidents"][0]["incident_id"]}"' in text


def test_it_is_accepted_undone_and_rejected_with_a_reason(opened):
    one = marac(opened).proposal.proposal_id
    where = {"Referer": "https://desk.example/register?show=marac"}
    assert "/register" in opened.post(f"/groups/{one}/approve", {}, headers=where).headers["location"]
    assert meeting.standing_of(opened.opened.meeting, one).status == Status.APPROVED
    made = [row for row in opened.desk.rows("tasking") if row["proposal_id"] == one]
    assert len(made) == 1
    number = meeting.standing_of(opened.opened.meeting, one).last_act[-1].number
    opened.post(f"/groups/{one}/undo", {"number": str(number)}, headers=where)
    assert meeting.standing_of(opened.opened.meeting, one).status == Status.PROPOSED
    opened.post(f"/groups/{one}/reject", {"reason": ""}, headers=where)
    assert meeting.standing_of(opened.opened.meeting, one).status == Status.PROPOSED
    opened.post(f"/groups/{one}/reject", {"reason": "heard last week"}, headers=where)
    assert meeting.standing_of(opened.opened.meeting, one).status == Status.REJECTED
    assert "heard last week" in opened.get("/register?show=marac").text


def test_the_tasking_of_a_referral_is_in_the_register_by_reference(opened):
    one = marac(opened).proposal
    opened.post(f"/groups/{one.proposal_id}/approve", {})
    text = opened.get("/register?show=taskings").text
    assert one.subject in text
    assert "Approved by keeper" in text or "approved by keeper" in text.casefold()


@pytest.mark.parametrize("show", ["incidents", "marac", "others", "taskings", "follow-ups", "case-reviews"])
def test_every_list_is_shown_full_and_empty(opened, show):
    assert opened.get(f"/register?show={show}").status_code == 200
    with opened.opened.warehouse.writing() as connection:
        for table in (tables.proposal, tables.tasking, tables.incident_report, tables.step):
            connection.execute(sa.delete(table))
    assert opened.get(f"/register?show={show}").status_code == 200


# Everybody else


@pytest.mark.parametrize("may", [frozenset({May.READ}), KEEPER - {May.RESTRICTED}])
def test_others_are_refused_before_anything_is_asked_of_the_database(pages, may):
    other = pages(may=may, name="officer")
    asked: list[str] = []
    sa.event.listen(other.opened.warehouse.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    for path in ("/register", "/register?show=marac", "/register?after=2026-10-22~x"):
        assert other.get(path).status_code == 403
    assert asked == []
    for path, form in (("open", {"reason": WHY}), ("search", {"q": "burgin"}), ("export", {}), ("close", {})):
        assert other.post(f"/register/{path}", form).status_code == 403
    assert [row for row in other.log() if row["action"].startswith("restricted register")] == []


def test_what_the_keeper_does_is_in_nobody_elses_log(opened, pages):
    opened.post("/register/search", {"q": "burgin"})
    opened.post("/register/export")
    officer = pages(may=KEEPER - {May.RESTRICTED}, name="officer")
    assert "restricted register" not in officer.get("/log").text
    assert "restricted register" in opened.get("/log").text


def test_somebody_who_loses_the_right_loses_the_session(opened, pages):
    lost = pages(may=KEEPER - {May.RESTRICTED}, name="keeper")
    lost.client.cookies.set("tasking_register", opened.client.cookies["tasking_register"])
    assert lost.get("/register").status_code == 403
    incident = sorted(restricted_ids(opened))[0]
    assert lost.get(f"/incidents/{incident}").status_code == 404
