"""What people wrote on an incident is found as it is shown: to those with May.DETAILS, until it is taken away."""

import datetime as dt

import sqlalchemy as sa

from search.search_desk import DAY, KEEPER, READER
from tasking.warehouse import tables

AT = dt.datetime(2026, 11, 18, 9, tzinfo=dt.UTC)


def store_status(searched, step_id: str, reason: str, *, is_restricted: bool = False) -> None:
    with searched.warehouse.writing() as connection:
        connection.execute(sa.insert(tables.status_step).values(
            step_id=step_id, number=int(step_id[-1]), day=DAY, at=AT, actor="a", status="closed", outcome="resolved",
            reason=reason, is_restricted=is_restricted,
        ))  # fmt: skip
        connection.execute(sa.insert(tables.status_step_report).values(step_id=step_id, report_id="police:1"))


def store_photo(searched, attachment_id: str, description: str, *, is_restricted: bool = False) -> None:
    with searched.warehouse.writing() as connection:
        connection.execute(sa.insert(tables.attachment).values(
            attachment_id=attachment_id, report_id="police:1", at=AT, actor="a", source="hand",
            description=description, media_type="image/jpeg", size_bytes=9, sha256="0", is_restricted=is_restricted,
        ))  # fmt: skip


def assert_found_by_officers_alone(searched, words: str, incident: str, where: str) -> None:
    found = searched.find(words).incidents[0]
    assert (found.incident.incident_id, found.where) == (incident, where)
    assert words in "".join(piece.text for piece in found.snippet)
    assert searched.incidents(words, READER) == []


def test_an_incident_is_found_by_the_reason_for_its_status(searched):
    incident = searched.report(report_id="police:1")
    store_status(searched, "S-1", "the glazier came")
    store_status(searched, "S-2", "her aunt rang", is_restricted=True)
    assert_found_by_officers_alone(searched, "glazier", incident, "Reason for the status")
    assert searched.incidents("aunt rang", KEEPER) == []
    searched.run("UPDATE report SET is_restricted = true")
    assert searched.incidents("glazier") == []


def test_an_incident_is_found_by_the_description_of_a_photo_until_it_is_removed(searched):
    incident = searched.report(report_id="police:1")
    store_photo(searched, "A-1", "a purple sofa")
    store_photo(searched, "A-2", "a green cot", is_restricted=True)
    assert_found_by_officers_alone(searched, "purple sofa", incident, "Photo")
    assert searched.incidents("green cot", KEEPER) == []
    searched.run("UPDATE attachment SET removed_at = :at", at="2026-11-19 09:00:00")
    assert searched.incidents("purple sofa") == []


def test_what_is_deleted_is_found_no_more(searched):
    searched.report(report_id="police:1")
    store_status(searched, "S-1", "the glazier came")
    store_photo(searched, "A-1", "a purple sofa")
    searched.run("DELETE FROM status_step")
    searched.run("DELETE FROM attachment")
    assert searched.incidents("glazier") == searched.incidents("purple sofa") == []
