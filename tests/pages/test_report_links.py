"""A partner's reference may have any signs: every link to a report leads to it."""

import asyncio
import html
import re
from urllib.parse import unquote, urljoin

import httpx
import pytest

from tasking.linkage.incident_filter import IncidentFilter
from tasking.model.access import May
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import OFFICER

REFERENCES = ["46/00008/26", "50%", "a//b", "../b", "a?b#c", "Ω&amp;<b>"]
# Starlette's test client decodes an address twice, so these are asked for as servers ask.
ENCODED = ["a%2Fb", "%25", "100%2525"]


@pytest.fixture(params=REFERENCES)
def reference(request, copied) -> tuple[str, str]:
    """(reference, incident): the reference of the first report of an incident of several, by which its id is made."""
    return request.param, renamed_first(copied, request.param)


def renamed_first(desk, reference: str) -> str:
    services = desk.open()
    found = services.linkage.incidents(IncidentFilter(is_shared=True), PUBLIC_VISIBILITY, None, 1)[0].incident_id
    row = services.linkage.reports_side_by_side(found, FULL_VISIBILITY)[0]
    renamed = {"was": row["report_id"], "id": f"{row['feed']}:{reference}", "ref": reference}
    with services.warehouse.writing() as connection:
        raw = connection.connection.driver_connection
        for table in ("report", "report_person", "incident_report", "report_fact"):
            raw.execute(f"UPDATE {table} SET report_id = :id WHERE report_id = :was", renamed)  # noqa: S608
        raw.execute("UPDATE incident_report SET linked_to = :id WHERE linked_to = :was", renamed)
        raw.execute("UPDATE report SET source_ref = :ref WHERE report_id = :id", renamed)
    return found


def links_in(page: str, words: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'href="([^"]+)"', page) if words in one]


def test_the_pages_of_a_report_and_of_its_correction_are_reached(reference, pages):
    ref, incident = reference
    officer = pages()
    page = officer.get(f"/incidents/{incident}").text
    reached = []
    for link in links_in(page, "/reports/"):
        answer = officer.get(urljoin("https://desk.example/incidents/", link))
        assert answer.status_code == 200, link
        reached.append(html.escape(ref) in answer.text)
    assert sum(reached) >= 2  # the report on its own, and its correction


def test_links_to_a_report_on_the_page_of_its_incident_name_its_place(reference, pages):
    ref, incident = reference
    officer = pages()
    page = officer.get(f"/incidents/{incident}").text
    places = {html.unescape(one) for one in re.findall(r'<section class="paper" id="([^"]+)" aria-label="Report', page)}
    other = next(
        one for one in links_in(page, "/reports/") if not one.endswith("/correct") and quoted(one) not in (ref,)
    )
    on_another = officer.get(urljoin("https://desk.example/incidents/", other)).text
    named = [one.partition("#")[2] for one in (*links_in(page, "#"), *links_in(on_another, "#")) if ":" in unquote(one)]
    assert any(unquote(one).endswith(f":{ref}") for one in named)
    for one in named:
        assert unquote(one) in places


def quoted(link: str) -> str:
    return unquote(link).partition(":")[2]


def test_a_correction_that_is_refused_is_shown_again_with_what_was_typed(reference, pages):
    ref, incident = reference
    officer = pages()
    link = next(one for one in links_in(officer.get(f"/incidents/{incident}").text, "/correct") if ref in unquote(one))
    form = officer.get(link).text
    assert html.escape(ref) in form
    sent = {"field": "place", "place": "The Vine", "reason": ""}
    answer = officer.post(link, sent, headers={"Referer": f"https://desk.example{link}"})
    assert answer.status_code == 422
    assert re.search(r'name="place"[^>]*value="The Vine"|value="The Vine"[^>]*name="place"', answer.text)


def test_a_restricted_report_leads_to_its_reason_form(reference, copied, pages):
    ref, incident = reference
    services = copied.open()
    with services.warehouse.writing() as connection:
        connection.exec_driver_sql("UPDATE report SET is_restricted = 1 WHERE source_ref = ?", (ref,))
    keeper = pages(OFFICER | {May.RESTRICTED})
    shown = keeper.post(f"/incidents/{incident}/look", {"reason": "to see it"}).text
    link = next(one for one in links_in(shown, "/correct") if ref in unquote(one))
    asked = keeper.get(link)
    action = html.unescape(re.search(r'<form method="post" action="([^"]+look)"', asked.text)[1])
    assert keeper.post(action, {"reason": "to correct it"}).status_code == 200


@pytest.mark.parametrize("ref", ENCODED)
def test_a_reference_that_looks_encoded_is_taken_as_it_is(copied, pages, ref):
    officer = pages()
    page = officer.get(f"/incidents/{renamed_first(copied, ref)}").text

    async def asked_for(link: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=officer.client.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as client:
            return await client.get(link)

    links = [one for one in links_in(page, "/reports/") if unquote(one).removesuffix("/correct").endswith(f":{ref}")]
    assert len(links) == 2
    for link in links:
        answer = asyncio.run(asked_for(link))
        assert answer.status_code == 200
        assert html.escape(ref) in answer.text
