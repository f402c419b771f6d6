"""The map: each part is a link to the incidents there, by the same filters, for what everybody may see."""

import html
import re

import h3
import pytest
import sqlalchemy as sa

from tasking.model.access import May
from tasking.warehouse import tables

SINCE = "since=2026-10-19&until=2026-11-02"
FULL = frozenset(May)


def cells(text: str) -> dict[str, int]:
    """Cell -> how many incidents its link says it has."""
    found = re.findall(r'<a href="[^"]*" data-cell="(\w+)" aria-label="(\d+) incident', text)
    return {cell: int(count) for cell, count in found}


def listed(text: str) -> list[str]:
    section = re.search(r'id="incidents-here".*?</section>', text, re.DOTALL)
    return re.findall(r'href="/incidents/([^"]+)"', section[0])


def test_each_part_leads_to_a_list_of_as_many_incidents(pages):
    officer = pages()
    text = officer.get(f"/map?{SINCE}").text
    found = cells(text)
    assert len(found) > 20
    links = [
        html.unescape(link) for link in re.findall(r'<a href="([^"]*&amp;cell=[^"]*)" data-cell="\w+" aria-label', text)
    ]
    assert len(links) == len(found)
    for link in links[:8]:
        assert link.endswith("#incidents-here")
        cell = re.search(r"cell=(\w+)", link)[1]
        assert len(listed(officer.get(link.partition("#")[0]).text)) == found[cell]


def test_the_list_keeps_the_filters(pages):
    officer = pages()
    asked = f"{SINCE}&category=fly_tip"
    text = officer.get(f"/map?{asked}").text
    cell = max(cells(text), key=cells(text).get)
    answer = officer.get(f"/map?{asked}&cell={cell}").text
    of_kind = {row["report_id"] for row in officer.desk.rows("report") if row["category"] == "fly_tip"}
    members = officer.desk.rows("incident_report")
    for incident in listed(answer):
        assert any(row["report_id"] in of_kind for row in members if row["incident_id"] == incident)
    assert "category=fly_tip" in re.search(r'href="([^"]*)" data-cell=""', answer)[1]


@pytest.mark.parametrize("cell", ["x", "0", "88194a8835fffff0", "<b>", "'; DROP", "💥", "88be0e35cbfffff"])
def test_a_part_that_there_is_not_lists_nothing(pages, cell):
    answer = pages().get("/map", params={"since": "2026-10-19", "until": "2026-11-02", "cell": cell})
    assert answer.status_code == 200
    assert listed(answer.text) == []
    assert "<b>" not in answer.text


def test_the_newest_hundred_of_a_busy_part_are_listed(pages):
    officer = pages()
    text = officer.get(f"/map?{SINCE}").text
    cell = next(iter(cells(text)))
    latitude, longitude = h3.cell_to_latlng(cell)
    with officer.opened.warehouse.writing() as connection:
        r = tables.report
        connection.execute(sa.update(r).where(r.c.latitude.is_not(None)).values(latitude=latitude, longitude=longitude))
    answer = officer.get(f"/map?{SINCE}&cell={cell}").text
    assert cells(answer)[cell] > 100
    assert len(listed(answer)) == 100
    assert "The newest 100 are listed." in answer


@pytest.mark.parametrize("may", [frozenset({May.READ}), FULL])
def test_where_only_something_restricted_happened_there_is_nothing(pages, may):
    """The same for those who have the right: the map is looked at over shoulders, the register has them."""
    reader = pages(may=may)
    r = tables.report
    hidden = next(row for row in reader.desk.rows("report") if row["is_restricted"])
    latitude, longitude = 51.11, 0.13
    with reader.opened.warehouse.writing() as connection:
        moved = sa.update(r).where(r.c.report_id == hidden["report_id"]).values(latitude=latitude, longitude=longitude)
        connection.execute(moved)
    cell = h3.latlng_to_cell(latitude, longitude, 8)
    assert cell not in cells(reader.get(f"/map?{SINCE}").text)
    assert listed(reader.get(f"/map?{SINCE}&cell={cell}").text) == []


def test_it_needs_nothing_from_elsewhere_and_no_inline_script_or_style(pages):
    answer = pages().get(f"/map?{SINCE}")
    assert re.findall(r'(?:src|href)="(?!/|#|data:)[^"]*"', answer.text) == []
    assert re.findall(r"<script(?![^>]*src=)|<style| style=| on\w+=", answer.text) == []
    assert "'unsafe" not in answer.headers["content-security-policy"]


def test_wards_and_towns_are_named(pages):
    text = pages().get("/map").text
    assert '<text class="ward-name"' in text
    assert ">Otford and Shoreham</text>" in text
    assert ">Swanley</text>" in text
