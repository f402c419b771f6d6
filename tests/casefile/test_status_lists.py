"""The list of incidents by status: the same status as on the page of each, and nothing of what is restricted."""

import csv
import io

import openpyxl
import pytest
from pages.conftest import OFFICER, Pages

from tasking import casefile
from tasking.linkage import decisions
from tasking.linkage.incident_filter import IncidentFilter
from tasking.model.access import May
from tasking.model.casefile import IncidentState
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import a_restricted_incident, a_shared_incident, reports_of, run_sql

CLOSED, IN_HAND, NEW = IncidentState.CLOSED, IncidentState.IN_HAND, IncidentState.NEW
KEEPER = OFFICER | {May.RESTRICTED}


def set_to(services, incident, state, **options):
    options = {"outcome": "resolved", "reason": "the swan is well"} if state == CLOSED else {}
    return casefile.set_status(
        services.casefile, incident, reports_of(services, incident), "officer", state, **options
    )  # fmt: skip


def listed(services, state, visibility=FULL_VISIBILITY) -> set[str]:
    found = services.linkage.incidents(IncidentFilter(state=state), visibility, None, 500)
    return {one.incident_id for one in found}


def every(services) -> list[str]:
    return [one.incident_id for one in services.linkage.incidents(IncidentFilter(), PUBLIC_VISIBILITY, None, 500)]


def assert_as_on_the_pages(services):
    """Each filter has the incidents that have this status on their own pages."""
    statuses = casefile.statuses_of(services.casefile, every(services))
    for state in IncidentState:
        assert listed(services, state) == {one for one, status in statuses.items() if status.state == state}


def test_a_status_that_is_set_changed_and_taken_back_is_followed(services):
    incident = a_shared_incident(services)
    assert_as_on_the_pages(services)
    set_to(services, incident, IN_HAND)
    step = set_to(services, incident, CLOSED)
    assert listed(services, CLOSED) == {incident}
    assert_as_on_the_pages(services)
    casefile.undo_status(services.casefile, incident, reports_of(services, incident), "officer", step.step_id)
    assert listed(services, IN_HAND) == {incident}
    assert_as_on_the_pages(services)


def test_both_parts_of_a_split_keep_the_status(services):
    incident = a_shared_incident(services)
    set_to(services, incident, IN_HAND)
    reports = [row["report_id"] for row in reports_of(services, incident)]
    decisions.split(services.linkage, incident, reports[-1:], "officer")
    assert len(listed(services, IN_HAND)) == 2
    assert_as_on_the_pages(services)


def test_a_restricted_incident_is_in_no_list_by_status(services):
    incident = a_restricted_incident(services)
    set_to(services, incident, CLOSED)
    assert listed(services, CLOSED) == set()
    assert incident not in listed(services, NEW) | listed(services, IN_HAND)


def test_a_status_set_while_an_incident_was_restricted_does_not_count_in_public(services):
    incident = a_restricted_incident(services)
    set_to(services, incident, CLOSED)
    run_sql(services, "UPDATE report SET is_restricted = false")
    assert listed(services, CLOSED) == set()
    assert incident in listed(services, NEW)


@pytest.mark.parametrize("may", [OFFICER, KEEPER, frozenset({May.READ})])
def test_the_page_and_the_files_show_the_status_and_filter_by_it(copied, services, may):
    incident, hidden = a_shared_incident(services), a_restricted_incident(services)
    set_to(services, incident, CLOSED)
    set_to(services, hidden, CLOSED)
    pages = Pages(copied, may)
    shown = pages.get("/incidents?status=closed").text
    assert '<td data-name="Status">closed: resolved</td>' in shown
    assert incident in shown
    assert hidden not in shown
    assert "1 incident" in shown
    sent = pages.post("/lists/incidents/file/csv", {})
    rows = {row["Incident"]: row for row in csv.DictReader(io.StringIO(sent.content.decode("utf-8-sig")))}
    assert list(rows[incident])[-1] == "Status"
    assert rows[incident]["Status"] == "closed: resolved"
    assert sum(row["Status"].startswith("closed") for row in rows.values()) == 1
    book = openpyxl.load_workbook(io.BytesIO(pages.post("/lists/incidents/file/xlsx", {"status": "closed"}).content))
    table = [[cell.value for cell in row] for row in book.worksheets[1].rows]
    assert [row[-1] for row in table] == ["Status", "closed: resolved"]


def test_a_status_that_there_is_not_fits_nothing(copied):
    assert "No incident fits these filters" in Pages(copied).get("/incidents?status=lost").text
