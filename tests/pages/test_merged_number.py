"""An incident that was merged into another: its number leads to that one, and what hangs on it is found there, for
those who may see it."""

import csv
import html
import io
import json
import re

import pytest
import sqlalchemy as sa

from tasking.linkage import decisions
from tasking.linkage.incident_filter import IncidentFilter
from tasking.model.access import May
from tasking.warehouse import tables
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import OFFICER
from .files import csv_of, sheet_rows

KEEPER = OFFICER | {May.RESTRICTED}
UNKNOWN = "I260101-00000000"


@pytest.fixture
def merged(copied) -> tuple[str, str]:
    """(the number that is no more, the incident that its report is in now)."""
    services = copied.open()
    found = services.linkage.incidents(IncidentFilter(), PUBLIC_VISIBILITY, None, 300)
    single = [one for one in found if one.reports == 1]
    first, second = next(
        (one.incident_id, other.incident_id)
        for one in single for other in single
        if one.incident_id < other.incident_id and (one.day, one.category) == (other.day, other.category)
    )  # fmt: skip
    now = decisions.merge(services.linkage, first, second, "officer")
    return (first if now == second else second), now


def restrict(desk, incident) -> None:
    services = desk.open()
    reports = [row["report_id"] for row in services.linkage.reports_side_by_side(incident, FULL_VISIBILITY)]
    with services.warehouse.writing() as connection:
        for one in reports:
            connection.exec_driver_sql("UPDATE report SET is_restricted = 1 WHERE report_id = ?", (one,))


def test_it_leads_there_and_one_line_says_so(merged, pages):
    gone, now = merged
    officer = pages()
    answer = officer.get(f"/incidents/{gone}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/incidents/{now}"
    assert officer.said(answer) == f"{gone} is part of this incident now."
    assert officer.get(f"/incidents/{now}").status_code == 200


def test_where_the_incident_is_restricted_now_it_is_answered_as_unknown(merged, copied, pages):
    gone, now = merged
    restrict(copied, now)
    officer = pages()
    answers = [officer.get(f"/incidents/{one}") for one in (gone, now, UNKNOWN)]
    assert {one.status_code for one in answers} == {404}
    assert {one.text.replace(gone, "").replace(now, "").replace(UNKNOWN, "") for one in answers} == {
        answers[2].text.replace(UNKNOWN, "")
    }
    assert not any("set-cookie" in one.headers for one in answers)
    assert pages(KEEPER).get(f"/incidents/{gone}").headers["location"] == f"/incidents/{now}"


def test_a_number_whose_reports_are_in_a_public_and_a_restricted_incident_tells_nothing(copied, pages):
    services, old = copied.open(), "I260101-00000001"
    found = services.linkage.incidents(IncidentFilter(), PUBLIC_VISIBILITY, None, 2)
    with services.warehouse.writing() as connection:
        for one in found:
            row = services.linkage.reports_side_by_side(one.incident_id, FULL_VISIBILITY)[0]
            named = {"incident_id": old, "report_id": row["report_id"]}
            connection.execute(sa.insert(tables.incident_name).values(named))
    restrict(copied, found[0].incident_id)
    assert pages().get(f"/incidents/{old}").status_code == 404


@pytest.fixture
def tasking(merged, copied) -> str:
    """A proposed tasking that was given the number that is no more."""
    row = next(one for one in copied.rows("tasking") if one["incident_id"] and not one["withdrawn_on"])
    t = tables.tasking
    with copied.open().warehouse.writing() as connection:
        connection.execute(t.update().where(t.c.tasking_id == row["tasking_id"]).values(incident_id=merged[0]))
    return row["tasking_id"]


def test_a_tasking_has_the_number_that_stands_on_its_page_and_in_files(merged, tasking, pages):
    gone, now = merged
    officer, found = pages(), []
    for name, tab in [("taskings", tab) for tab in ("open", "proposed")] + [("past-taskings", "lapsed")]:
        fields = {"show": tab, "since": "2026-01-01"}
        page = officer.get(f"/taskings?show={tab}&since=2026-01-01").text
        assert f"/incidents/{gone}" not in page
        shown = re.search(rf'id="{tasking}".*?/incidents/([^"]+)">Incident', page, re.DOTALL)
        rows = [*csv_of(officer, name, fields), *sheet_rows(officer, name, fields)]
        in_files = [row["Incident"] for row in rows if row["Reference"] == tasking]
        assert in_files == ([shown[1]] * 2 if shown else [])
        found += in_files
    assert found == [now, now]


def test_a_check_of_a_merge_names_the_tasking_by_either_number(merged, tasking, copied, pages):
    services, (_, now) = copied.open(), merged
    other = next(
        one.incident_id
        for one in services.linkage.incidents(IncidentFilter(), PUBLIC_VISIBILITY, None, 300)
        if one.incident_id != now
    )
    what = next(row["what"] for row in copied.rows("tasking") if row["tasking_id"] == tasking)
    assert html.escape(what) in pages().post(f"/incidents/{now}/merge", {"other": other}).text


def test_the_register_has_the_tasking_of_an_incident_that_took_over_another(merged, tasking, copied, pages):
    _, now = merged
    restrict(copied, now)
    keeper = pages(frozenset(May), name="keeper")
    keeper.post("/register/open", {"reason": "Preparing the MARAC list"})
    exported = csv.DictReader(io.StringIO(keeper.post("/register/export").text))
    (row,) = [row for row in exported if row["incident_id"] == now]
    assert tasking in row["taskings"].split("; ")


def test_a_proposal_stays_with_the_incident_that_took_over_its_evidence(merged, copied, pages):
    services, (gone, now) = copied.open(), merged
    other = next(
        one.incident_id
        for one in services.linkage.incidents(IncidentFilter(), PUBLIC_VISIBILITY, None, 300)
        if one.incident_id != now
    )
    officer, check = pages(), {"other": other}
    row = next(one for one in copied.rows("proposal") if one["rule"] == "cluster" and not one["is_restricted"])
    link = f"/groups/{row['proposal_id']}"
    assert link not in officer.get(f"/incidents/{now}").text
    evidence = json.loads(row["evidence"])
    evidence["incidents"] = [evidence["incidents"][0] | {"incident_id": gone}]
    p = tables.proposal
    with services.warehouse.writing() as connection:
        connection.execute(p.update().where(p.c.proposal_id == row["proposal_id"]).values(evidence=evidence))
    assert link in officer.get(f"/incidents/{now}").text
    assert link in officer.post(f"/incidents/{now}/merge", check).text
