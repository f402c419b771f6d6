"""The minutes by mail: to whom, once, with the PDF, and with nothing in them that a mail may not hold."""

from dataclasses import replace

from tasking import meeting
from tasking.briefing import meeting_papers as papers
from tasking.delivery import minutes_addressees, send_minutes
from tasking.delivery.channels import MailChannel, MailServer
from tasking.meeting import sessions
from tasking.model.recipient import Attendee, Recipient

from .conftest import HALE, TODAY, WARDENS


def finished(district, owner="Town wardens", present=("Sgt Hale",)):
    services = district.open("08:30")
    sessions.start_meeting(services.meeting, "chair", list(present), [])
    question = next(one for one in papers.items_on(services.briefings, TODAY) if one.part.name == "DECIDE")
    meeting.approve(services.meeting, question.subject_id, "chair", "ask Zelda Quorn", owners=[owner])
    sessions.add_note(services.meeting, TODAY, "chair", "", "the gate is mended")
    return district.open("09:00"), papers.finish(services.briefings, TODAY, "chair")


def whom(services, written) -> dict[str, str]:
    return {one.name: one.why for one in minutes_addressees(services.delivery, written)}


def test_those_who_were_there_who_own_what_was_decided_and_the_chair_are_sent_them(district):
    services, written = finished(district)
    assert whom(services, written) == {
        "Sgt Hale": "was there", "Town wardens": "was given work", "Chair of the CSU": "chairs",
    }  # fmt: skip
    assert len(send_minutes(services.delivery, TODAY).done) == 3
    assert all("unchanged" in one for one in send_minutes(services.delivery, TODAY).done)
    assert [len(district.mails(one)) for one in ("hale@example.org", "wardens@example.org", "obi@example.org")] == [
        1,
        1,
        0,
    ]


def test_somebody_whose_partner_was_given_work_hears_of_it_though_they_were_not_there(district):
    services, written = finished(district, owner=HALE.partner, present=("Jo Quiet",))
    assert whom(services, written) == {"Sgt Hale": "was given work", "Chair of the CSU": "chairs"}


def test_one_address_is_written_to_once(district):
    services, written = finished(district, present=("Sgt Hale", "Deputy"))
    deputy = Attendee(name="Deputy", contact=HALE.contact)
    declared = services.partnership.model_copy(update={"attendees": [HALE, deputy], "chair": None, "recipients": []})
    assert list(whom(replace(services, partnership=declared), written)) == ["Sgt Hale"]


def test_another_channel_has_what_was_decided_and_no_file(district):
    district.changes = {"recipients": [WARDENS, Recipient(name="Swanley Town Council", channel="slack:#swanley")]}
    services, _ = finished(district, owner="Swanley Town Council")
    send_minutes(services.delivery, TODAY)
    (note,) = [one for one in district.routes["slack:#swanley"].sent.values() if one.title.startswith("Minutes")]
    assert note.attachments == ()
    assert "DECIDED (1)" in str(note.body)


def test_a_channel_that_fails_stops_nobody_and_is_tried_again(district):
    services, _ = finished(district)
    taken = district.route("email:hale@example.org").send
    district.route("email:hale@example.org").send = lambda _note: 1 / 0
    told = send_minutes(services.delivery, TODAY)
    assert "Sgt Hale: message not sent: a fault in Tasking (ZeroDivisionError)" in told.failures[0]
    assert len(district.mails("chair@example.org")) == 1
    district.route("email:hale@example.org").send = taken
    send_minutes(services.delivery, TODAY)
    assert len(district.mails("hale@example.org")) == len(district.mails("chair@example.org")) == 1


def test_the_mail_has_a_text_a_page_and_the_pdf(district):
    services, _ = finished(district)
    send_minutes(services.delivery, TODAY)
    (note,) = district.mails("hale@example.org")
    mail = MailChannel(MailServer("localhost", 25), "csu@example.org", ["hale@example.org"]).as_mail(note)
    text, page, file = (part for part in mail.walk() if not part.is_multipart())
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert "Next meeting: 3 November 2026" in text.get_content()
    assert (file.get_content_type(), file.get_filename()) == ("application/pdf", "minutes-2026-11-02-v1.pdf")
    assert file.get_content().startswith(b"%PDF")
    assert "Zelda" not in mail.as_string()
    assert mail["Subject"] == "Minutes of 2 November 2026"


def test_the_same_minutes_are_the_same_file_whenever_they_are_sent(district):
    services, _ = finished(district)
    send_minutes(services.delivery, TODAY)
    (first,) = district.mails("hale@example.org")
    district.routes.clear()
    services = district.open("17:00")
    with services.warehouse.writing() as connection:
        from tasking.warehouse import tables

        connection.execute(tables.outbox.delete())
    send_minutes(services.delivery, TODAY)
    (later,) = district.mails("hale@example.org")
    assert first.attachments == later.attachments
