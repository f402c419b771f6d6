"""Notes, photos, addresses and reasons go with the person: by retention, by erasure, and not under a legal hold."""

import datetime as dt

import pytest

from tasking import casefile
from tasking.model.casefile import IncidentState
from tasking.privacy import erasure, retention
from tasking.privacy.store import legal_holds
from tasking.warehouse.visibility import FULL_VISIBILITY

from .conftest import a_shared_incident, photo, reports_of, run_sql

TABLES = ("note", "attachment", "attachment_file", "media_link", "status_step", "status_step_report")
CANARY = "Zebedee Quillfeather"


def add_everything(services, incident) -> list[str]:
    rows = reports_of(services, incident)
    for row in rows:
        report = row["report_id"]
        casefile.add_note(services.casefile, report, f"{CANARY} rang", "officer", is_restricted=False)
        casefile.add(services.casefile, report, photo(), f"{CANARY} at the door", "officer", is_restricted=False)
        run_sql(services, "INSERT INTO media_link (link_id, report_id, feed, day, url, state, tries, said) VALUES "
                          "(:report, :report, 'council', '2026-10-22', 'https://a.example/zq.jpg', 'refused', 1, '')",
                report=report)  # fmt: skip
    casefile.set_status(services.casefile, incident, rows, "officer", IncidentState.CLOSED, "resolved",
                        reason=f"{CANARY} is content")  # fmt: skip
    return [row["report_id"] for row in rows]


def counts(desk) -> dict[str, int]:
    return {table: len(desk.rows(table)) for table in TABLES}


def test_words_and_photos_go_with_the_people_and_statuses_with_the_reports(services, copied):
    add_everything(services, a_shared_incident(services))
    kept = services.partnership.retention
    retention.purge(services.privacy, dt.date(2026, 11, 3) + dt.timedelta(days=kept.people_days))
    left = counts(copied)
    assert (left["note"], left["attachment"], left["attachment_file"], left["media_link"]) == (0, 0, 0, 0)
    assert left["status_step"] == 1
    assert copied.rows("status_step")[0]["reason"] == ""
    retention.purge(services.privacy, dt.date(2026, 11, 3) + dt.timedelta(days=kept.reports_days))
    assert set(counts(copied).values()) == {0}


def test_a_legal_hold_keeps_them(services, copied):
    ids = add_everything(services, a_shared_incident(services))
    before = counts(copied)
    legal_holds.place(services.warehouse, [], ids, "a court", "officer", services.clock())
    retention.purge(services.privacy, dt.date(2026, 11, 3) + dt.timedelta(days=3000))
    assert counts(copied) == before


def test_erasing_somebody_takes_what_was_added_to_their_reports_and_mentions_elsewhere(services, copied):
    incident = a_shared_incident(services)
    ids = add_everything(services, incident)
    phone = "07700 900912"
    run_sql(services, "UPDATE report_person SET caller_name = :name, caller_phone = :phone WHERE report_id = :report",
            name=CANARY, phone=phone, report=ids[0])  # fmt: skip
    run_sql(services, "UPDATE report SET is_anonymous = false WHERE report_id = :report", report=ids[0])
    erasure.erase(services.privacy, CANARY, "records officer")
    assert {row["report_id"] for row in copied.rows("note")} == set(ids[1:])
    assert {row["report_id"] for row in copied.rows("attachment")} == set(ids[1:])
    assert len(copied.rows("attachment_file")) == 2 * len(ids[1:])
    texts = [row["text"] for row in copied.rows("note")] + [row["description"] for row in copied.rows("attachment")]
    assert texts
    assert not [text for text in texts if "Quillfeather" in text]
    assert "Quillfeather" not in copied.rows("status_step")[0]["reason"]


def test_a_photo_with_letters_in_its_bytes_is_no_mention(services):
    """The search after an erasure reads bytes too: those of photos are pixels and nobody's words."""
    incident = a_shared_incident(services)
    add_everything(services, incident)
    with pytest.raises(Exception, match="there is no record"):
        erasure.erase(services.privacy, "Oswald Pennyfarthing", "records officer")


def test_what_is_removed_leaves_no_bytes(services, copied):
    incident = a_shared_incident(services)
    report = reports_of(services, incident)[0]["report_id"]
    one = casefile.add(services.casefile, report, photo(), "a wall", "officer", is_restricted=False)
    content = casefile.content_of(services.casefile, one)
    casefile.remove(services.casefile, one, "officer", "a child is in it")
    assert casefile.attachment_of(services.casefile, one.attachment_id, FULL_VISIBILITY) is None
    services.warehouse.engine.dispose()
    path = copied.database_url.removeprefix("sqlite:///")
    from pathlib import Path

    assert content[200:400] not in Path(path).read_bytes()
