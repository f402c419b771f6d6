"""Partners' words that nobody declared, and places in doubt, as the desk shows them."""

import re

import pytest
import sqlalchemy as sa

from tasking.pages import May

from .conftest import KEEPER, OFFICER


@pytest.fixture
def changed(copied):
    """changed(sql, **values): changes what is stored."""

    def change(statement: str, **values) -> None:
        engine = sa.create_engine(copied.database_url)
        with engine.begin() as connection:
            assert connection.execute(sa.text(statement), values).rowcount
        engine.dispose()

    return change


def public_report(desk) -> dict:
    """A report of the last days that everybody sees, with a position."""
    rows = [row for row in desk.rows("report") if not row["is_restricted"] and not row["superseded_on"]]
    restricted = {row["report_id"] for row in desk.rows("report") if row["is_restricted"]}
    members = {row["report_id"]: row["incident_id"] for row in desk.rows("incident_report") if not row["left_on"]}
    alone = [row for row in rows if list(members.values()).count(members.get(row["report_id"])) == 1]
    found = max(
        (row for row in alone if row["report_id"] not in restricted and row["latitude"]), key=lambda row: row["day"]
    )
    return found | {"incident_id": members[found["report_id"]]}


def test_where_every_word_is_known_the_page_says_so(pages):
    assert "We recognise every category name" in pages().get("/words").text
    assert 'href="/words"' in pages().get("/feeds").text


def test_a_word_is_listed_with_the_likeliest_category_and_accepted(copied, pages, changed):
    report = public_report(copied)
    changed("UPDATE report SET category_text = 'BIKES N CARS' WHERE report_id = :it", it=report["report_id"])
    officer = pages()
    shown = officer.get("/words").text
    assert "1 category name from the last 14 days" in shown
    assert re.search(r"BIKES N CARS.*Bikes and nuisance vehicles.*% sure", shown, re.DOTALL)
    assert '<option value="nuisance_bikes" selected>' in shown
    said = officer.said(officer.post("/words", {"word": "BIKES N CARS", "category": "nuisance_bikes"}))
    assert said.endswith("New reports with this category name count as Bikes and nuisance vehicles.")
    assert "BIKES N CARS" not in officer.get("/words").text
    assert officer.log()[-1]["action"] == "category word mapped"
    assert officer.log()[-1]["actor"] == "officer"


def test_the_words_of_restricted_reports_are_for_those_who_may_see_them(copied, pages, changed):
    report = public_report(copied)
    changed(
        "UPDATE report SET category_text = 'WELFARE MATTER', is_restricted = TRUE WHERE report_id = :it",
        it=report["report_id"],
    )
    assert "WELFARE MATTER" not in pages().get("/words").text
    shown = pages(KEEPER).get("/words").text
    assert re.search(r"WELFARE MATTER <span class=\"badge warn\">restricted", shown)
    officer = pages()
    refused = officer.post("/words", {"word": "WELFARE MATTER", "category": "other"})
    assert "Ask someone with access to restricted reports" in officer.said(refused)
    assert copied.rows("category_word") == []


def test_who_may_not_decide_sees_no_form(copied, pages, changed):
    changed("UPDATE report SET category_text = 'ODDMENTS' WHERE report_id = :it", it=public_report(copied)["report_id"])
    reader = pages(OFFICER - {May.DECIDE})
    assert "ODDMENTS" in reader.get("/words").text
    assert "<select" not in reader.get("/words").text
    assert reader.post("/words", {"word": "ODDMENTS", "category": "other"}).status_code == 403
    assert pages(frozenset({May.READ})).get("/words").status_code == 403


def test_an_incident_says_that_its_position_is_in_doubt(copied, pages, changed):
    report = public_report(copied)
    path = f"/incidents/{report['incident_id']}"
    changed(
        "UPDATE report SET place_text = 'Manse Way, Swanley', postcode = 'BR8 8DD', latitude = 51.196, longitude = 0.066 "
        "WHERE report_id = :it",
        it=report["report_id"],
    )
    shown = pages().get(path).text
    assert "Where it was is in doubt: the position is 2" in shown
    assert "or more from the postcode and Manse Way, Swanley, which agree" in shown
    changed("UPDATE report SET latitude = 51.3925, longitude = 0.188 WHERE report_id = :it", it=report["report_id"])
    assert "in doubt" not in pages().get(path).text
