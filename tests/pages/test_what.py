"""What an incident is called: as the briefing calls it, wherever the desk names it, and in the files too."""

import csv
import html
import io
import re

import sqlalchemy as sa

from tasking.linkage.incident_filter import IncidentFilter, IncidentOrder, SortedBy
from tasking.warehouse import tables
from tasking.warehouse.visibility import PUBLIC_VISIBILITY

ROW = re.compile(r'<td class="what"><a href="/incidents/(I[\w-]+)">([^<]+)<')


def called_by_harm(desk) -> dict[str, str]:
    """Incident -> its label by its signs of harm, of the public ones whose category does not say what happened."""
    services = desk.open()
    rows = services.linkage.incidents(IncidentFilter(category="other"), PUBLIC_VISIBILITY, None, 500)
    return {
        row.incident_id: label
        for row in rows
        if (label := services.harm.label_of(row.category, row.signs.split()))
    }  # fmt: skip


def test_the_list_names_an_incident_by_its_harm_where_its_category_says_nothing(pages, copied):
    by_harm = called_by_harm(copied)
    assert by_harm
    shown = dict(ROW.findall(pages().get("/incidents?category=other").text))
    assert {incident: html.unescape(shown[incident]) for incident in by_harm if incident in shown} == {
        incident: label for incident, label in by_harm.items() if incident in shown
    }
    assert set(shown) & set(by_harm)


def test_a_file_and_the_page_of_an_incident_name_it_so_too(pages, copied):
    incident, label = next(iter(called_by_harm(copied).items()))
    answer = pages().post("/lists/incidents/file/csv", {"category": "other"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["What"] for row in rows if row["Incident"] == incident} == {label}
    assert f"<h1>{html.escape(label)}," in pages().get(f"/incidents/{incident}").text


def test_the_place_page_names_it_so_too(pages, copied):
    by_harm = called_by_harm(copied)
    services = copied.open()
    rows = services.linkage.incidents(IncidentFilter(ids=tuple(by_harm)), PUBLIC_VISIBILITY, None, 500)
    row = next(one for one in rows if one.place_name and services.gazetteer.public_name(one.place_name)[0])
    name = services.gazetteer.public_name(row.place_name)[0]
    page = pages().get(f"/places?name={name}").text
    listed = re.search(rf'<a href="/incidents/{row.incident_id}">([^<]+)<', page)
    assert html.unescape(listed[1]) == by_harm[row.incident_id]


def test_a_possible_duplicate_is_named_by_the_harm_in_its_text(pages, copied):
    services = copied.open()
    incident = next(iter(called_by_harm(copied)))
    report = services.linkage.reports_side_by_side(incident, PUBLIC_VISIBILITY)[0]
    with services.warehouse.writing() as connection:
        q = tables.link_question
        asked = connection.execute(sa.select(q).where(~q.c.is_restricted).limit(1)).mappings().one()
        connection.execute(sa.insert(q).values({**asked, "report_a": report["report_id"], "kind": "merge"}))
    label = services.what(report["category"], report["signs"])
    assert label != "Something else"
    assert html.escape(label) in pages().get("/incidents/duplicates").text


def test_incidents_are_sorted_by_what_they_are_called(pages):
    shown = [html.unescape(label) for _, label in ROW.findall(pages().get("/incidents?sort=what").text)]
    assert shown == sorted(shown, key=str.casefold)
    assert len(shown) > 1


def test_the_sign_that_names_an_incident_decides_where_it_comes(copied):
    """Of those whose category says nothing, in the order of any ranks that signs are given."""
    services = copied.open()
    by_harm = called_by_harm(copied)
    labelled = [name for name, sign in services.harm.signs.items() if sign.label]
    ranks = {name: -at for at, name in enumerate(labelled)}
    order = IncidentOrder(SortedBy.WHAT, False, {"other": 1}, ranks)
    wanted = IncidentFilter(category="other")
    found, _ = services.linkage.sorted_incidents(wanted, PUBLIC_VISIBILITY, order, range(500), 1000)
    named = [by_harm.get(row.incident_id) for row in found]
    last_named = max(at for at, label in enumerate(named) if label)
    assert None not in named[:last_named], "what no sign names comes last, by the rank of its category"
    of_label = {services.harm.signs[name].label: rank for name, rank in ranks.items()}
    given = [of_label[label] for label in named if label]
    assert given == sorted(given)
