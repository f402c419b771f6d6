"""The pages of an incident, a place and a person, as people with different rights use them."""

import base64
import io
import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from pages.conftest import OFFICER, Pages
from PIL import Image

from tasking import casefile
from tasking.linkage.incident_filter import IncidentFilter
from tasking.model.access import May
from tasking.warehouse.visibility import FULL_VISIBILITY, PUBLIC_VISIBILITY

from .conftest import a_restricted_incident, a_shared_incident, photo, photo_with_position, reports_of, run_sql

READER = frozenset({May.READ})
KEEPER = OFFICER | {May.RESTRICTED}


@pytest.fixture
def pages(copied):
    def of(may=OFFICER, name="officer", **options) -> Pages:
        return Pages(copied, may, name, **options)

    return of


def upload(officer, incident, content, description="A wall with paint on it", name="wall.jpg"):
    token = re.search(r'name="sent_from" value="(\w+)"', officer.get("/incidents").text)[1]
    return officer.client.post(
        f"/incidents/{incident}/attachments", data={"sent_from": token, "description": description},
        files={"file": (name, content, "image/jpeg")}, headers={"referer": f"https://desk.example/incidents/{incident}"},
    )  # fmt: skip


def test_an_incident_has_its_facts_status_notes_photos_and_timeline(pages, services):
    incident = a_shared_incident(services)
    officer = pages()
    assert "Note added." in officer.said(officer.post(f"/incidents/{incident}/notes", {"text": "The <b>swan</b> rang"}))
    said = officer.post(f"/incidents/{incident}/status", {"status": "closed", "outcome": "resolved", "reason": "done"})
    assert "Incident closed" in officer.said(said)
    assert upload(officer, incident, photo_with_position()).status_code == 303
    shown = officer.get(f"/incidents/{incident}").text
    assert "closed: resolved" in shown
    assert "The &lt;b&gt;swan&lt;/b&gt; rang" in shown
    assert 'alt="A wall with paint on it"' in shown
    assert "Status: closed, resolved" in shown
    assert "Report from" in shown
    assert shown.index("Status: closed") < shown.rindex("Report from")  # the newest first
    oldest = officer.get(f"/incidents/{incident}?order=oldest").text
    timeline = oldest[oldest.index('id="timeline"') :]
    assert timeline.index("Report from") < timeline.index("Status: closed")
    small = base64.b64decode(re.search(r"data:image/jpeg;base64,([^\"]+)", shown)[1])
    assert not dict(Image.open(io.BytesIO(small)).getexif())


def test_a_note_or_a_photo_that_is_sent_twice_is_kept_once(pages, copied, services):
    incident = a_shared_incident(services)
    officer, other = pages(), pages(name="other")
    for one in (officer, officer, other):
        one.said(one.post(f"/incidents/{incident}/notes", {"text": "The gate is open again"}))
        assert upload(one, incident, photo_with_position()).status_code == 303
    assert upload(officer, incident, photo_with_position(), "The same wall, from the road").status_code == 303
    assert [row["actor"] for row in copied.rows("note")] == ["officer", "other"]
    words = [row["description"] for row in copied.rows("attachment")]
    assert words == ["A wall with paint on it", "The same wall, from the road"]


def test_who_may_not_see_details_reads_no_note_no_reason_no_photo(pages, services):
    incident = a_shared_incident(services)
    officer, reader = pages(), pages(READER, "viewer")
    officer.post(f"/incidents/{incident}/notes", {"text": "kettlewhisper rang"})
    officer.post(f"/incidents/{incident}/status", {"status": "closed", "outcome": "resolved", "reason": "bobbinquill"})
    upload(officer, incident, photo(), "cobblefern at the door")
    shown = reader.get(f"/incidents/{incident}").text
    assert "closed: resolved" in shown
    assert not [word for word in ("kettlewhisper", "bobbinquill", "cobblefern", "data:image") if word in shown]
    attachment = re.search(r"/attachments/(A-\w+)", officer.get(f"/incidents/{incident}").text)[1]
    assert reader.get(f"/attachments/{attachment}").status_code == 403
    assert reader.post(f"/incidents/{incident}/notes", {"text": "x"}).status_code == 403
    assert reader.post(f"/incidents/{incident}/status", {"status": "in hand"}).status_code == 403


def test_a_photo_is_served_safely_and_the_look_is_logged(pages, services):
    incident = a_shared_incident(services)
    officer = pages()
    upload(officer, incident, photo_with_position())
    path = re.search(r"/attachments/A-\w+", officer.get(f"/incidents/{incident}").text)[0]
    answer = officer.get(path)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == 'inline; filename="photo.jpg"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert b"Exif" not in answer.content
    assert [row["action"] for row in officer.log()][-1] == "attachment looked at"


def test_a_photo_is_removed_for_good_once_that_is_checked(pages, services):
    incident = a_shared_incident(services)
    officer = pages()
    upload(officer, incident, photo())
    path = re.search(r"/attachments/A-\w+", officer.get(f"/incidents/{incident}").text)[0]
    asked = officer.post(f"{path}/remove", {"reason": "a child is in it"})
    assert "can’t be undone" in asked.text
    assert officer.get(path).status_code == 200
    assert "Photo removed." in officer.said(
        officer.post(f"{path}/remove", {"reason": "a child is in it", "checked": "yes"})
    )
    assert officer.get(path).status_code == 404
    assert officer.desk.rows("attachment_file") == []
    assert "Photo removed" in officer.get(f"/incidents/{incident}").text


def test_a_note_is_withdrawn_for_good_once_that_is_checked(pages, services):
    incident = a_shared_incident(services)
    officer = pages()
    officer.post(f"/incidents/{incident}/notes", {"text": "kettlewhisper rang"})
    path = re.search(r"notes/(N-\w+)/withdraw", officer.get(f"/incidents/{incident}").text)[0]
    assert "kettlewhisper" in officer.post(f"/{path}", {"reason": "wrong person"}).text
    assert "Note withdrawn." in officer.said(officer.post(f"/{path}", {"reason": "wrong person", "checked": "yes"}))
    shown = officer.get(f"/incidents/{incident}").text
    assert "kettlewhisper" not in shown
    assert "wrong person" in shown
    assert officer.post(f"/{path}", {"reason": "again", "checked": "yes"}).status_code == 404


@pytest.mark.parametrize(
    ("content", "description", "words"),
    [
        (b"", "A wall", "The file is empty"), (b"%PDF-1.7", "A letter", "virus scanner is needed"),
        (b"MZ\x90\x00", "A program", "something else"), (b"no picture", "A wall", "not a photo that can be read"),
        (photo(), "", "Enter what the photo or document shows"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_said_beside_its_field(pages, services, content, description, words):
    incident = a_shared_incident(services)
    officer = pages()
    answer = upload(officer, incident, content, description)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert words in answer.text
    assert officer.desk.rows("attachment") == []


def test_an_upload_without_a_file_is_said(pages, services):
    incident = a_shared_incident(services)
    officer = pages()
    answer = officer.post(
        f"/incidents/{incident}/attachments", {"description": "A wall"},
        headers={"referer": f"https://desk.example/incidents/{incident}"},
    )  # fmt: skip
    assert "Choose a photo" in answer.text


class Scanner:
    def __init__(self, error=None) -> None:
        self.error, self.seen = error, []

    def check(self, content: bytes) -> None:
        self.seen.append(content)
        if self.error:
            raise self.error


def test_with_a_scanner_documents_are_kept_and_served_as_downloads(pages, services):
    incident = a_shared_incident(services)
    officer = pages()
    scanner = Scanner()
    officer.opened = replace(officer.opened, scanner=scanner)
    assert upload(officer, incident, b"%PDF-1.7 a letter", "A letter").status_code == 303
    assert scanner.seen == [b"%PDF-1.7 a letter"]
    path = re.search(r"/attachments/A-\w+", officer.get(f"/incidents/{incident}").text)[0]
    answer = officer.get(path)
    assert answer.headers["content-disposition"] == 'attachment; filename="document.pdf"'
    assert answer.headers["content-type"] == "application/pdf"


def test_nothing_is_kept_while_the_scanner_does_not_answer(pages, services):
    from tasking.casefile.scanning import ScannerDown

    incident = a_shared_incident(services)
    officer = pages()
    officer.opened = replace(officer.opened, scanner=Scanner(ScannerDown("The virus scanner does not answer")))
    assert "does not answer" in upload(officer, incident, photo()).text
    assert officer.desk.rows("attachment") == []


def test_a_restricted_incident_shows_what_was_added_with_a_reason_alone(pages, services):
    incident = a_restricted_incident(services)
    keeper, officer = pages(KEEPER, "keeper"), pages()
    assert keeper.post(f"/incidents/{incident}/notes", {"text": "kettlewhisper rang"}).status_code == 303
    assert upload(keeper, incident, photo(), "cobblefern").status_code == 303
    assert "kettlewhisper" not in keeper.get(f"/incidents/{incident}").text
    shown = keeper.post(f"/incidents/{incident}/look", {"reason": "MARAC"}).text
    assert "kettlewhisper" in shown
    path = re.search(r"/attachments/A-\w+", shown)[0]
    assert "Enter why you need to see it" in keeper.get(path).text
    assert keeper.post(f"{path}/look", {"reason": "MARAC"}).headers["content-type"] == "image/jpeg"
    assert officer.get(path).status_code == 404
    assert {row["action"] for row in keeper.log()} >= {"restricted note added", "restricted attachment added",
                                                      "restricted attachment looked at"}  # fmt: skip
    run_sql(services, "UPDATE report SET is_restricted = false")  # what was added while it was, stays
    assert "kettlewhisper" not in officer.get(f"/incidents/{incident}").text
    assert officer.get(path).status_code == 404


def test_a_place_has_its_incidents_under_one_name(pages, services):
    found = services.linkage.incidents(IncidentFilter(place="Bradbourne Lakes"), PUBLIC_VISIBILITY, None, 50)
    shown = pages(READER, "viewer").get(f"/places?name={quote('Bradbourne Lakes')}").text
    assert "<h1>Bradbourne Lakes</h1>" in shown
    assert all(f"/incidents/{one.incident_id}" in shown for one in found)
    other = pages().get(f"/places?name={quote('bradbourne lks, Sevenoaks')}")
    assert other.status_code == 303
    assert other.headers["location"].endswith("name=Bradbourne+Lakes")
    assert pages().get("/places?name=Atlantis").status_code == 404
    assert pages().get("/places?name=x").status_code == 400
    run_sql(services, "UPDATE report SET place_name = 'Bradbourne Lakes, Sevenoaks' WHERE feed = 'police' AND "
                      "place_name = 'Bradbourne Lakes'")  # fmt: skip
    assert all(f"/incidents/{one.incident_id}" in pages().get("/places?name=Bradbourne+Lakes").text for one in found)


def a_caller(services, visibility=PUBLIC_VISIBILITY) -> str:
    incident = a_shared_incident(services)
    for row in services.linkage.incidents(IncidentFilter(), visibility, None, 300):
        ids = [one["report_id"] for one in reports_of(services, row.incident_id)]
        for keys in casefile.people_in(services.casefile, ids).values():
            if "caller" in keys:
                return keys["caller"]
    raise AssertionError(incident)


def test_a_person_is_for_those_who_may_see_details_and_the_look_is_logged(pages, services):
    key = a_caller(services)
    theirs = casefile.reports_of_person(services.casefile, key, PUBLIC_VISIBILITY)
    officer = pages()
    shown = officer.get(f"/people/{quote(key)}")
    assert shown.status_code == 200
    assert all(f'id="{row["report_id"]}"' in shown.text for row in theirs if not row["is_restricted"])
    assert [row["action"] for row in officer.log()][-1] == "person looked at"
    assert pages(READER, "viewer").get(f"/people/{quote(key)}").status_code == 403
    assert officer.get("/people/nobody").status_code == 404


def test_an_anonymous_report_is_not_on_the_page_of_whoever_made_it(pages, services):
    key = a_caller(services)
    run_sql(services, "UPDATE report SET is_anonymous = true WHERE caller_key = :key", key=key)
    assert pages().get(f"/people/{quote(key)}").status_code == 404


def test_what_is_restricted_of_a_person_needs_the_right_and_a_reason(pages, services):
    key = a_caller(services)
    one = casefile.reports_of_person(services.casefile, key, PUBLIC_VISIBILITY)[0]
    run_sql(services, "UPDATE report SET caller_key = :key, is_anonymous = false WHERE is_restricted", key=key)
    secret = [
        row for row in casefile.reports_of_person(services.casefile, key, FULL_VISIBILITY) if row["is_restricted"]
    ]
    officer, keeper = pages(), pages(KEEPER, "keeper")
    shown = officer.get(f"/people/{quote(key)}").text
    assert one["report_id"] in shown
    assert "restricted" not in re.sub(r"<footer>.*", "", shown, flags=re.DOTALL).lower()
    assert officer.post(f"/people/{quote(key)}/look", {"reason": "to see"}).status_code == 403
    assert secret[0]["report_id"] not in keeper.get(f"/people/{quote(key)}").text
    assert secret[0]["report_id"] in keeper.post(f"/people/{quote(key)}/look", {"reason": "MARAC"}).text
    assert "restricted person looked at" in {row["action"] for row in keeper.log()}
