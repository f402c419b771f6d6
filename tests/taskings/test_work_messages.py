"""Partners that only receive work are sent what is theirs, once a morning, with nothing in it that is not for them."""

import datetime as dt
import email
import email.policy
import re

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from conftest import FakeChannel, free_port

from tasking import delivery, meeting
from tasking.delivery.channels import Form, InDoubt, MailChannel, MailServer, Traits
from tasking.meeting.system_steps import take_system_steps
from tasking.model.errors import ChannelInDoubt, DeclarationError, NotPosted, TransportError
from tasking.model.partnership import Partnership
from tasking.model.proposal import Verb
from tasking.model.recipient import Recipient

from .conftest import CHAIR, COUNCIL, HALE, TODAY, WARDENS

FRIDAY, MONDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 23)


def send(district, day: dt.date = TODAY, clock: str = "07:40") -> tuple[str, ...]:
    return delivery.send_taskings(district.on(day, clock).delivery, day)


def text_to(district, one=WARDENS) -> str:
    (note,) = district.sent(one.route)
    return note.text


class Refusing(FakeChannel):
    """A channel that raises what it is told to, and keeps count."""

    error: Exception | None = None
    tries = 0
    in_doubt = InDoubt.NEVER_RESEND

    @property
    def traits(self):
        return Traits(Form.MAIL, self.in_doubt, can_edit=False)

    def send(self, note):
        self.tries += 1
        if self.error:
            raise self.error
        return super().send(note)


# What is in it


def test_each_part_holds_what_belongs_there(district):
    late = district.taken(dt.date(2026, 11, 16), 1, due_on=dt.date(2026, 11, 18))
    due = district.taken(dt.date(2026, 11, 16), 2, due_on=FRIDAY)
    old = district.taken(dt.date(2026, 11, 16), 4, due_on=dt.date(2026, 11, 27))
    send(district, dt.date(2026, 11, 17))
    district.routes.clear()
    new = district.taken(dt.date(2026, 11, 18), 3, due_on=dt.date(2026, 11, 27))
    assert send(district) == ("Town wardens: message posted",)
    text = text_to(district)
    order = [text.index(part) for part in ("OVERDUE (1)", late, "DUE BY FRI 20 NOV (1)", due, "NEW (1)", new,
                                           "ALSO OPEN (1)", old)]  # fmt: skip
    assert order == sorted(order)
    assert "Clear it and look for evidence, The Vine" in text
    assert "was due Wed 18 Nov" in text


def test_whoever_has_nothing_new_due_or_overdue_is_sent_nothing(district):
    district.taken(dt.date(2026, 11, 16), due_on=dt.date(2026, 11, 27))
    send(district, dt.date(2026, 11, 17))
    district.routes.clear()
    assert send(district) == ()
    assert district.routes == {}


def test_what_is_only_proposed_or_done_is_not_in_it(district):
    district.proposed(dt.date(2026, 11, 18), 1)
    done = district.taken(dt.date(2026, 11, 17), 2)
    meeting.decide(district.on(dt.date(2026, 11, 18), "09:00").meeting, done, Verb.DONE, "Sgt Hale")
    assert send(district) == ()


def test_areas_and_categories_narrow_a_name_down_and_what_is_not_known_is_not_lost(district):
    north = Recipient(name="Parish wardens", contact="north@example.org", areas=["Swanley"])
    south = Recipient(name="Parish wardens", contact="south@example.org", areas=["Sevenoaks"], categories=["noise"])
    district.changes["recipients"] = [north, south]
    swanley = district.taken(dt.date(2026, 11, 18), 1, owner="Parish wardens", place="Swanley")
    nowhere = district.taken(dt.date(2026, 11, 18), 2, owner="Parish wardens", place="no such place")
    send(district)
    assert swanley in text_to(district, north)
    assert swanley not in text_to(district, south)
    assert nowhere in text_to(district, north)
    assert nowhere in text_to(district, south)


def test_an_area_is_a_place_with_or_without_its_town(district):
    lakes = Recipient(name="Lake wardens", contact="lakes@example.org", areas=["bradbourne lakes"])
    district.changes["recipients"] = [lakes]
    there = district.taken(dt.date(2026, 11, 18), 1, owner=lakes.name, place="Bradbourne Lakes, Sevenoaks")
    elsewhere = district.taken(dt.date(2026, 11, 18), 2, owner=lakes.name, place="The Vine, Sevenoaks")
    send(district)
    assert there in text_to(district, lakes)
    assert elsewhere not in text_to(district, lakes)


def test_a_category_that_does_not_exist_is_refused_when_the_declarations_are_read(district):
    path = district.desk.home / "include" / "partnership.yml"
    wrong = "recipients: [{name: Town wardens, contact: a@example.org, categories: [noises]}]"
    path.write_text(path.read_text().replace("recipients: []", wrong))
    with pytest.raises(DeclarationError, match="recipients: Town wardens: there is no category 'noises'"):
        district.desk.open()


def test_what_a_person_typed_is_in_no_message_and_neither_is_a_place_that_is_not_public(district):
    district.given(what="speak to Alfred Tolhurst on 07700 900123", place="12 Acacia Avenue")
    district.given(owner="Sgt Hale", what="speak to Alfred Tolhurst on 07700 900123", place="12 Acacia Avenue")
    send(district)
    for route in (WARDENS.route, f"slack:{HALE.slack}"):
        for note in district.sent(route):
            said = f"{note.title} {note.text} {note.body}"
            assert "Tolhurst" not in said
            assert "900123" not in said
            assert "Acacia" not in said
    assert "A tasking from the meeting. Ask the Community Safety Unit for the details" in text_to(district)


def test_an_owner_that_a_person_typed_is_not_named_to_another(district):
    district.given(owner="Town wardens; Alfred Tolhurst; Sgt Hale")
    send(district)
    assert "Tolhurst" not in text_to(district)
    assert "you lead · with owner on the desk, Sgt Hale" in text_to(district)


def test_a_tasking_that_has_become_restricted_is_in_no_message(district, monkeypatch):
    open_, hidden = (district.taken(dt.date(2026, 11, 18), number) for number in (1, 2))
    monkeypatch.setattr("tasking.meeting.public_lists.withheld_taskings", lambda *_: frozenset({hidden}))
    send(district)
    assert open_ in text_to(district)
    assert hidden not in text_to(district)
    assert "(2)" not in text_to(district)
    assert delivery.tell_owners(district.open().delivery, [hidden]) == ()


def test_each_line_has_its_links_in_both_forms_and_without_a_desk_there_are_none(district):
    tasking_id = district.taken(dt.date(2026, 11, 18))
    send(district)
    (note,) = district.sent(WARDENS.route)
    links = re.findall(r"https://desk\.example/tasking/answer/(\S+)", note.text)
    assert [one.partition("?answer=")[2] for one in links] == ["accept", "done", "cant"]
    assert all(one.startswith(f"{tasking_id}.{WARDENS.key}.20261203.") for one in links)
    for one in links:
        assert f"https://desk.example/tasking/answer/{one}" in note.body["html"]
    district.desk_url = None
    district.taken(dt.date(2026, 11, 19), 2)
    send(district, FRIDAY)
    assert "http" not in list(district.sent(WARDENS.route))[1].text


def test_a_long_list_says_how_many_more_there_are(district):
    for number in range(1, 20):
        district.taken(dt.date(2026, 11, 18), number, due_on=dt.date(2026, 11, 27))
    send(district)
    text = text_to(district)
    assert "NEW (19)" in text
    assert "and 4 more" in text
    assert text.count("?answer=done") == 15


# When, and once


def test_it_is_sent_once_a_day_however_often_it_is_run_and_only_on_meeting_days(district):
    district.taken(dt.date(2026, 11, 18))
    send(district)
    assert send(district, clock="07:55") == ("Town wardens: message already posted, unchanged",)
    assert len(district.sent(WARDENS.route)) == 1
    assert send(district, dt.date(2026, 11, 21)) == ("Sat 21 Nov is not a meeting day: no taskings sent",)
    assert delivery.send_taskings(district.on(TODAY).delivery, FRIDAY) == ("Fri 20 Nov is not today: no taskings sent",)
    send(district, FRIDAY)
    assert len(district.sent(WARDENS.route)) == 2


def test_a_sender_that_is_killed_after_the_message_is_out_sends_it_no_second_time(district):
    district.taken(dt.date(2026, 11, 18))
    channel = district.routes[WARDENS.route] = FakeChannel(WARDENS.route, form="mail", is_killed_after_send=True)
    with pytest.raises(KeyboardInterrupt):
        send(district)
    channel.is_killed_after_send = False
    assert send(district) == ("Town wardens: message found there after an unclear answer",)
    assert len(channel.sent) == 1


@pytest.mark.parametrize("error", [TransportError("email: the server refused the mail (550)"), ZeroDivisionError()])
def test_a_server_that_refuses_stops_no_other_and_the_message_is_sent_when_it_takes_it(district, error):
    district.taken(dt.date(2026, 11, 18), 1)
    district.taken(dt.date(2026, 11, 18), 2, owner=COUNCIL.name, place="Swanley")
    refusing = district.routes[WARDENS.route] = Refusing(WARDENS.route)
    refusing.error, refusing.in_doubt = error, InDoubt.LOOK_UP
    with pytest.raises(NotPosted, match=r"Town wardens: message not sent: .*Swanley Town Council: message posted"):
        send(district)
    assert len(district.sent(COUNCIL.route)) == 1
    refusing.error = None
    assert send(district)[0].startswith("Town wardens: message posted")
    assert len(refusing.sent) == len(district.sent(COUNCIL.route)) == 1


def test_a_mail_of_which_it_is_not_known_whether_it_arrived_is_not_sent_twice(district):
    district.taken(dt.date(2026, 11, 18))
    refusing = district.routes[WARDENS.route] = Refusing(WARDENS.route)
    refusing.error = ChannelInDoubt("email: no clear answer (timeout)")
    for _ in range(2):
        with pytest.raises(NotPosted):
            send(district)
    assert refusing.tries == 1


def test_what_could_not_be_sent_for_a_whole_day_is_still_new_on_the_next(district):
    tasking_id = district.taken(dt.date(2026, 11, 18), due_on=dt.date(2026, 11, 27))
    refusing = district.routes[WARDENS.route] = Refusing(WARDENS.route)
    refusing.error = TransportError("email: no connection to the server (timeout)")
    with pytest.raises(NotPosted):
        send(district)
    refusing.error = None
    send(district, FRIDAY)
    (note,) = refusing.sent.values()
    assert note.text.index("NEW (1)") < note.text.index(tasking_id)


def test_a_run_of_the_day_sends_it_and_a_refusal_is_raised_after_everything_else_is_done(district):
    from tasking import flows

    district.taken(dt.date(2026, 11, 18))
    refusing = district.routes[WARDENS.route] = Refusing(WARDENS.route)
    refusing.error = TransportError("email: the server refused the mail (550)")
    with pytest.raises(NotPosted, match="Town wardens"):
        flows.run_day(district.on(TODAY), TODAY)
    assert len(district.desk.channel.sent) == 1  # the briefing is posted all the same
    refusing.error = None
    assert "Town wardens: message posted" in flows.run_day(district.open(), TODAY).posted


def test_a_real_mail_has_text_and_page_and_goes_to_the_recipient_alone(district):
    class Mailbox:
        mails: list = []  # noqa: RUF012

        async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
            self.mails.append((envelope.rcpt_tos, envelope.content))
            return "250 taken"

    box = Mailbox()
    controller = Controller(box, "127.0.0.1", free_port())
    controller.start()
    try:
        server = MailServer("127.0.0.1", controller.port, security="none")
        district.routes[WARDENS.route] = MailChannel(server, "csu@example.org", ["wardens@example.org"], WARDENS.route)
        district.taken(dt.date(2026, 11, 18))
        send(district)
    finally:
        controller.stop()
    ((recipients, content),) = box.mails
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert recipients == ["wardens@example.org"]
    assert mail["Subject"] == "Taskings for Town wardens · Thu 19 Nov"
    assert "Mark as done: https://desk.example/tasking/answer/" in mail.get_body(("plain",)).get_content()
    assert "Mark as done</a>" in mail.get_body(("html",)).get_content()


# The chair


def test_what_stays_overdue_is_named_to_the_chair_once(district):
    tasking_id = district.given(due_on=dt.date(2026, 11, 16), day=dt.date(2026, 11, 13))
    meetings = [dt.date(2026, 11, day) for day in (17, 18, 19, 20)]
    for day in meetings:
        take_system_steps(district.on(day, "07:00").meeting, day)
        send(district, day)
        send(district, day)
    (note,) = district.sent(CHAIR.route)
    assert note.title == "Overdue by 3 meetings · Thu 19 Nov"
    assert tasking_id in note.text
    assert "check the gates" not in note.text  # a person typed it


def test_a_chair_who_could_not_be_reached_is_told_on_the_next_meeting_day(district):
    tasking_id = district.taken(dt.date(2026, 11, 13), due_on=dt.date(2026, 11, 16))
    refusing = district.routes[CHAIR.route] = Refusing(CHAIR.route)
    refusing.error = TransportError("email: the server refused the mail (550)")
    take_system_steps(district.on(TODAY, "07:00").meeting, TODAY)
    with pytest.raises(NotPosted):
        send(district)
    refusing.error = None
    take_system_steps(district.on(FRIDAY, "07:00").meeting, FRIDAY)
    send(district, FRIDAY)
    send(district, FRIDAY)
    send(district, MONDAY)
    (note,) = refusing.sent.values()
    assert tasking_id in note.text


def test_what_was_done_meanwhile_is_not_named(district):
    tasking_id = district.given(due_on=dt.date(2026, 11, 16), day=dt.date(2026, 11, 13))
    meeting.decide(district.on(dt.date(2026, 11, 18), "09:00").meeting, tasking_id, Verb.DONE, "Sgt Hale")
    take_system_steps(district.on(TODAY, "07:00").meeting, TODAY)
    assert send(district) == ()


# Whoever is given a tasking


def test_an_account_that_is_given_a_tasking_has_one_direct_message_for_each_assignment(district):
    tasking_id = district.taken(dt.date(2026, 11, 18), due_on=dt.date(2026, 11, 27))
    opened = district.open()
    meeting.assign(opened.meeting, tasking_id, "PC Moss", "sgt hale")
    for _ in range(2):
        told = delivery.tell_owners(opened.delivery, [tasking_id])
    assert told == ("Sgt Hale: message already posted, unchanged",)
    (note,) = district.sent("slack:U0HALE")
    assert "Clear it and look for evidence, The Vine" in note.text
    assert "https://desk.example/tasking/taskings#" in str(note.body)
    meeting.assign(opened.meeting, tasking_id, "PC Moss", "Kent Police")
    meeting.assign(opened.meeting, tasking_id, "PC Moss", "Sgt Hale")
    delivery.tell_owners(opened.delivery, [tasking_id])
    assert len(district.sent("slack:U0HALE")) == 2


def test_whoever_gives_it_to_themselves_is_sent_nothing(district):
    tasking_id = district.given(owner="Sgt Hale")
    assert delivery.tell_owners(district.open().delivery, [tasking_id]) == ()


def test_a_direct_message_that_fails_is_said_and_sent_on_the_next_morning(district):
    tasking_id = district.taken(dt.date(2026, 11, 18), due_on=dt.date(2026, 11, 27))
    refusing = district.routes["slack:U0HALE"] = Refusing("slack:U0HALE")
    refusing.error = TransportError("slack: chat.postMessage: not_in_channel")
    meeting.assign(district.on(TODAY, "08:30").meeting, tasking_id, "PC Moss", "Sgt Hale")
    assert delivery.tell_owners(district.open().delivery, [tasking_id]) == (
        "Sgt Hale: message not sent: chat.postMessage: not_in_channel",
    )
    refusing.error = None
    send(district, FRIDAY)
    send(district, FRIDAY)
    assert len(refusing.sent) == 1


def test_a_direct_message_that_can_not_be_sent_makes_no_morning_fail(district):
    """An app without the scope for direct messages: whoever assigned it was shown that, and partners have theirs."""
    district.taken(dt.date(2026, 11, 18), 1)
    tasking_id = district.taken(dt.date(2026, 11, 18), 2, due_on=dt.date(2026, 11, 27))
    refusing = district.routes["slack:U0HALE"] = Refusing("slack:U0HALE")
    refusing.error = TransportError("slack: conversations.open: missing_scope")
    meeting.assign(district.on(dt.date(2026, 11, 18), "08:30").meeting, tasking_id, "PC Moss", "Sgt Hale")
    assert send(district) == (
        "Town wardens: message posted", "Sgt Hale: message not sent: conversations.open: missing_scope"
    )  # fmt: skip


def test_it_is_a_direct_message_in_slack_and_is_looked_up_there(district, workspace):
    from tasking.delivery.channels.slack import SlackChannel

    handler, channel = workspace
    district.routes["slack:U0HALE"] = SlackChannel("xoxb-practice", "U0HALE", channel.base_url, "slack:U0HALE")
    handler.faults["chat.postMessage"] = ["500 after storing"]
    tasking_id = district.taken(dt.date(2026, 11, 18), due_on=dt.date(2026, 11, 27))
    meeting.assign(district.open().meeting, tasking_id, "PC Moss", "Sgt Hale")
    delivery.tell_owners(district.open().delivery, [tasking_id])
    delivery.tell_owners(district.open().delivery, [tasking_id])
    assert [message["channel"] for message in handler.messages] == ["D0HALE"]


def test_a_recipient_is_sent_a_tasking_when_it_is_given(district):
    tasking_id = district.given(day=TODAY)
    delivery.tell_owners(district.on(TODAY, "08:30").delivery, [tasking_id])
    delivery.tell_owners(district.open().delivery, [tasking_id])
    (note,) = district.sent(WARDENS.route)
    assert note.title == "New tasking for Town wardens · Thu 19 Nov"
    assert note.text.count("/answer/") == 3


# What partnership.yml may say


@pytest.mark.parametrize(
    ("recipient", "words"),
    [
        ({"name": "Wardens"}, "channel email needs a contact"),
        ({"name": "Wardens", "contact": "a@b, c@d"}, "contact"),
        ({"name": "Wardens", "contact": "wardens@example.org", "phone": "1"}, "phone"),
    ],
)
def test_a_recipient_needs_an_address_that_can_be_written_to(district, recipient, words):
    declared = district.desk.open().partnership.model_dump(by_alias=False) | {"recipients": [recipient]}
    with pytest.raises(ValueError, match=words):
        Partnership.model_validate(declared)


def test_one_address_is_not_declared_twice_for_a_name(district):
    declared = district.desk.open().partnership.model_dump() | {"recipients": [WARDENS.model_dump()] * 2}
    with pytest.raises(ValueError, match="is there twice with one address"):
        Partnership.model_validate(declared)


def test_two_names_may_share_a_mailbox_and_each_has_its_message(district):
    other = Recipient(name="Trading Standards", contact=WARDENS.contact)
    district.changes["recipients"] = [WARDENS, other]
    district.taken(dt.date(2026, 11, 18), 1)
    district.taken(dt.date(2026, 11, 18), 2, owner=other.name)
    assert len(send(district)) == 2
    with district.open().warehouse.engine.connect() as connection:
        kinds = connection.execute(sa.text("SELECT kind FROM outbox ORDER BY kind")).scalars().all()
    assert kinds == ["taskings for Town wardens", "taskings for Trading Standards"]


# What was undone


def test_who_was_told_of_a_tasking_hears_on_the_next_morning_that_the_decision_was_undone(district):
    tasking_id = district.taken(dt.date(2026, 11, 18), due_on=dt.date(2026, 11, 27))
    send(district)
    meeting.undo(district.on(TODAY, "08:30").meeting, tasking_id, "Sgt Hale", "not theirs")
    send(district, FRIDAY)
    text = district.sent(WARDENS.route)[-1].text
    assert "NOT YOURS ANY MORE (1)" in text
    assert f"the decision was undone. There is nothing to do · {tasking_id}" in text
    assert "/answer/" not in text.partition("NOT YOURS ANY MORE")[2]
    send(district, MONDAY)
    assert len(district.sent(WARDENS.route)) == 2


def test_who_was_told_on_the_day_itself_hears_that_it_was_undone_and_who_was_not_told_hears_nothing(district):
    told, untold = district.proposed(TODAY, 1), district.proposed(TODAY, 2)
    opened = district.on(TODAY, "08:10")
    for one in (told, untold):
        meeting.approve(opened.meeting, one, "Sgt Hale", owners=["Town wardens"], due_on=dt.date(2026, 11, 27))
    delivery.tell_owners(opened.delivery, [told])
    for one in (told, untold):
        meeting.undo(opened.meeting, one, "Sgt Hale")
    send(district, FRIDAY)
    text = district.sent(WARDENS.route)[-1].text
    assert told in text
    assert untold not in text


def test_what_is_given_again_after_an_undo_is_told_again_and_not_called_undone(district):
    tasking_id = district.proposed(TODAY)
    opened = district.on(TODAY, "08:10")
    for _ in range(2):
        meeting.approve(opened.meeting, tasking_id, "Sgt Hale", owners=["Town wardens"], due_on=dt.date(2026, 11, 27))
        assert delivery.tell_owners(opened.delivery, [tasking_id]) == ("Town wardens: message posted",)
        if len(district.sent(WARDENS.route)) == 1:
            meeting.undo(opened.meeting, tasking_id, "Sgt Hale")
    send(district, FRIDAY)
    assert "NOT YOURS" not in district.sent(WARDENS.route)[-1].text
