"""A category that is declared no more is called by the words of its code: on pages, in files and in explanations."""

import re
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from tasking.model.category import category_label
from tasking.warehouse import tables

from .files import csv_of, sheet_rows

CODE, WORDS = "garden_gnome_theft", "Garden gnome theft"


def test_a_declared_category_has_its_label_and_another_the_words_of_its_code():
    labels = {"fly_tip": "Fly-tip"}
    assert [category_label(one, labels) for one in ("fly_tip", CODE, "noise", "")] == ["Fly-tip", WORDS, "Noise", ""]


@pytest.fixture
def incident(copied, pages) -> dict[str, str]:
    """An incident of a category that is in no declaration, as the list's file has it."""
    found = next(row for row in csv_of(pages(), "incidents") if row["Reports"] == "1" and row["Where"] == "The Vine")
    r, member = tables.report, tables.incident_report
    of_incident = sa.select(member.c.report_id).where(member.c.incident_id == found["Incident"])
    with copied.open().warehouse.writing() as connection:
        connection.execute(r.update().where(r.c.report_id.in_(of_incident)).values(category=CODE))
    return found


def shown(page: str) -> str:
    """What a person reads of a page."""
    return re.sub(r"<[^>]*>", " ", page)


def test_it_is_in_words_on_every_page(incident, pages):
    officer = pages()
    day = {"since": incident["Reported"], "until": incident["Reported"]}
    of_day = urlencode(day)
    place = urlencode({"name": incident["Where"]})
    paths = ["/incidents?" + of_day, f"/incidents/{incident['Incident']}", f"/places?{place}", f"/map?{of_day}"]
    texts = {path: shown(officer.get(path).text) for path in paths}
    texts["search"] = shown(officer.post("/search", {"q": incident["Where"], "kind": "incidents"} | day).text)
    assert [path for path, text in texts.items() if WORDS not in text or CODE in text] == []


def test_it_is_in_words_in_files(incident, pages):
    officer = pages()
    rows = [*csv_of(officer, "incidents"), *sheet_rows(officer, "incidents")]
    assert [row["What"] for row in rows if row["Incident"] == incident["Incident"]] == [WORDS, WORDS]
