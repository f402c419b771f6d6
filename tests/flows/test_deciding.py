"""A person's decisions on incidents in the warehouse: what a split leaves alone, what a merge takes in, and undo."""

import shutil
from dataclasses import replace

import pytest

from tasking.linkage import decisions, linking
from tasking.linkage.explain import members_of
from tasking.linkage.store import linked_days, merges, review
from tasking.model.errors import TaskingError


@pytest.fixture
def copied(faulty, tmp_path):
    shutil.copy(faulty.database_url.removeprefix("sqlite:///"), tmp_path / "tasking.db")
    return replace(faulty, database_url=f"sqlite:///{tmp_path / 'tasking.db'}", others={})


@pytest.fixture
def stored(copied):
    """The linkage service of a warehouse with a linked fortnight, and an incident with several public reports."""
    service = copied.open().linkage
    rows = copied.rows("incident_report")
    hidden = {row["report_id"] for row in copied.rows("report") if row["is_restricted"]}
    members: dict[str, list[str]] = {}
    for row in rows:
        if row["left_on"] is None:
            members.setdefault(row["incident_id"], []).append(row["report_id"])
    incident, reports = next(
        (one, some) for one, some in sorted(members.items()) if len(some) > 2 and not hidden & set(some)
    )
    return service, incident, reports


def members(service, report: str) -> set[str]:
    return set(members_of(service, report))


def test_a_split_stays_apart_through_every_run_and_is_undone(stored):
    service, incident, reports = stored
    before = {one: members(service, one) for one in reports}
    decisions.split(service, incident, reports[-1:], "hale", "another bike")
    assert members(service, reports[-1]) == {reports[-1]}
    assert members(service, reports[0]) == set(reports[:-1])
    linking.relink(service, linked_days.linked_days(service.warehouse)[0].day)
    assert members(service, reports[-1]) == {reports[-1]}
    decisions.undo(service, reports[-1], "hale", "a slip")
    assert {one: members(service, one) for one in reports} == before


def test_a_person_may_still_merge_what_was_split_off(stored):
    service, incident, reports = stored
    decisions.split(service, incident, reports[-1:], "hale")
    decisions.merge(service, reports[0], reports[-1], "marsh")
    assert members(service, reports[-1]) == set(reports)
    assert merges.merges_among(service.warehouse, reports)[frozenset((reports[0], reports[-1]))].actor == "marsh"


def test_what_changed_since_it_was_shown_is_said_and_nothing_is_changed(stored):
    service, incident, reports = stored
    count = len(review.decisions(service.warehouse))
    with pytest.raises(TaskingError, match=f"{reports[-1]} joined"):
        decisions.split(service, incident, reports[:1], "hale", shown=reports[:-1])
    with pytest.raises(TaskingError, match="police:gone left"):
        decisions.split(service, incident, reports[:1], "hale", shown=[*reports, "police:gone"])
    assert len(review.decisions(service.warehouse)) == count
    assert members(service, reports[0]) == set(reports)


def test_incidents_that_cannot_be_one_are_left_as_they_were(stored):
    service, incident, reports = stored
    last = linked_days.linked_days(service.warehouse)[-1].day
    far = next(f"{row['feed']}:{row['source_ref']}" for row in service.links(last, last))
    before = members(service, far)
    with pytest.raises(TaskingError, match="can’t be one incident"):
        decisions.merge(service, incident, far, "hale")
    assert members(service, far) == before
    assert members(service, reports[0]) == set(reports)
    assert not review.decisions(service.warehouse)
