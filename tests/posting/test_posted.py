"""Posted is one fact: the headline is in the channel. What follows it is completed afterwards, each part for itself."""

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from conftest import FakeChannel

from tasking import delivery, flows
from tasking.delivery import messages
from tasking.delivery.channels import Form, InDoubt, Traits, UnopenedChannel
from tasking.model.errors import ChannelInDoubt, NotComplete, NotPosted, TransportError

from .test_by_the_clock import DAY, at


@dataclass
class Chat(FakeChannel):
    """A channel with a thread that people read, and that raises what it is told to, by method."""

    raises: dict[str, Exception] = None

    @property
    def traits(self):
        return Traits(Form.BLOCKS, InDoubt.LOOK_UP, has_threads=True)

    def send(self, note):
        return self._do("send", note)

    def update(self, reference, note):
        return self._do("update", reference, note)

    def reply(self, reference, note):
        return self._do("reply", reference, note)

    def attach(self, reference, idempotency_key, picture):
        return self._do("attach", reference, idempotency_key, picture)

    def _do(self, method, *given):
        if error := (self.raises or {}).get(method):
            raise error
        return getattr(super(), method)(*given)


@pytest.fixture
def morning(briefed):
    """A made briefing, and the channels that a test gives it: morning(clock, *channels) posts."""
    desk = briefed
    mail, ops = FakeChannel("email", form="mail", reaches_people=True), FakeChannel("ops", form="text")

    class Morning:
        def post(self, clock, *channels):
            routes = {"briefing": channels, "fallback": [mail], "ops": [ops]}
            opened = replace(desk.open(), open_channels=lambda kind: routes.get(kind, []), clock=lambda: at(clock))
            return flows.post(opened, DAY)

        mails, told = mail.sent, ops.sent

        def ops_heard(self) -> list[str]:
            return [note.idempotency_key.partition("/")[2] for note in ops.sent.values()]

    return Morning()


BREAKS = [TransportError("chat: not today"), ChannelInDoubt("chat: no clear answer"), ZeroDivisionError()]


@pytest.mark.parametrize("error", BREAKS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("method", ["reply", "attach"])
def test_what_fails_below_the_headline_brings_no_mail_and_is_completed_by_the_next_run(morning, method, error):
    chat = Chat("chat", raises={method: error})
    with pytest.raises(NotComplete, match="chat: posted, and not complete"):
        morning.post("07:51", chat)
    assert (len(chat.sent), morning.mails) == (1, {})
    assert morning.ops_heard() == ["not-complete"]
    chat.raises = {}
    assert morning.post("07:52", chat) == ("chat: already posted, unchanged (v1)",)
    assert len(chat.sent) == 1
    assert chat.replies
    assert len(chat.pictures) == 1


def test_no_picture_stands_before_a_reply_that_is_still_to_come(morning):
    chat = Chat("chat", raises={"reply": TransportError("chat: msg_too_long")})
    with pytest.raises(NotComplete):
        morning.post("07:31", chat)
    assert chat.pictures == {}


def test_a_reply_that_is_refused_keeps_no_other_reply(morning):
    class Picky(Chat):
        def reply(self, reference, note):
            if "areas" in note.idempotency_key:
                raise TransportError("chat: not this one")
            return super().reply(reference, note)

    chat = Picky("chat")
    with pytest.raises(NotComplete, match="the reply areas-1: not this one"):
        morning.post("07:31", chat)
    assert [note.idempotency_key for note in chat.replies.values()][-1] == f"briefing:{DAY}/feeds-1"


@pytest.mark.parametrize("form", ["blocks", "mail", "page"])
def test_pictures_that_can_not_be_drawn_at_all_keep_no_word_back(morning, form, monkeypatch):
    monkeypatch.setattr(messages, "draw_pictures", lambda *_: 1 / 0)
    monkeypatch.setattr("tasking.delivery.briefing_post.pictures_of", lambda *_: 1 / 0)
    chat = FakeChannel("chat", form=form, reaches_people=True)
    assert morning.post("07:51", chat) == ("chat: posted v1",)
    assert morning.ops_heard() == ["pictures"]


@pytest.mark.parametrize("error", BREAKS, ids=lambda error: type(error).__name__)
def test_one_of_two_channels_that_raises_keeps_neither_the_other_nor_the_word_to_ops(morning, error):
    first, second = Chat("first", raises={"send": error}), Chat("second")
    with pytest.raises(NotPosted, match="first: not posted"):
        morning.post("07:51", first, second)
    assert (len(second.sent), bool(second.replies)) == (1, True)
    assert morning.ops_heard() == ["not-posted"]
    assert morning.mails == {}  # people have the briefing: what is left is the first channel's own matter
    first.raises = {}
    assert morning.post("08:05", first, second)[0] == "first: posted v1"


def test_a_channel_that_is_not_set_up_keeps_neither_the_others_nor_the_fallback(morning):
    unset = UnopenedChannel("teams", "there is no webhook")
    with pytest.raises(NotPosted, match="teams: not posted: there is no webhook"):
        morning.post("07:51", unset)
    assert (len(morning.mails), morning.ops_heard()) == (1, ["not-posted"])
    chat = Chat("chat")
    with pytest.raises(NotPosted):
        morning.post("07:52", unset, chat)
    assert len(chat.sent) == 1


def test_a_terminal_that_has_the_briefing_is_no_reason_to_send_no_mail(morning):
    with pytest.raises(NotPosted):
        morning.post("07:51", FakeChannel("console"), Chat("chat", raises={"send": BREAKS[0]}))
    assert len(morning.mails) == 1


def test_an_edit_that_is_refused_brings_no_mail(morning, briefed):
    chat, desk = Chat("chat"), briefed
    morning.post("07:31", chat)
    desk.put("police", str(DAY), desk.path("police", "2026-10-21").read_bytes())
    flows.run_day(desk.open(), DAY, is_posting=False)
    chat.raises = {"update": TransportError("chat: cant_update_message")}
    with pytest.raises(NotComplete, match="posted, and not edited"):
        morning.post("07:51", chat)
    assert morning.mails == {}


# The deadline message, and that it never stands beside a briefing that was there in time.


@pytest.fixture
def evening(briefed, workspace):
    desk = briefed
    handler, desk.channel = workspace
    desk.now = at("18:00", DAY - dt.timedelta(days=1))
    delivery.schedule_deadline_alarm(desk.open().delivery, DAY)
    desk.now = at("07:31")
    return desk, handler


def deadline_messages(handler) -> list[dict]:
    return [message for message in handler.parents() if "there was no briefing here" in message["text"]]


def test_it_is_taken_back_though_the_thread_fails(evening):
    desk, handler = evening
    handler.faults["chat.postMessage"] = [None, *["500 before storing"] * 9]
    with pytest.raises(NotComplete):
        desk.run(str(DAY))
    assert handler.scheduled == {}


def test_it_is_taken_back_by_the_last_look_where_that_failed_before(evening):
    desk, handler = evening
    handler.faults["chat.deleteScheduledMessage"] = ["500 before storing"] * 9
    with pytest.raises(NotComplete, match="the warning for 07:55 is not cancelled"):
        desk.run(str(DAY))
    handler.faults.clear()
    desk.now = at("07:50")
    assert flows.ensure_posted(desk.open(), DAY)[0] == "slack: already posted, unchanged (v1)"
    assert handler.scheduled == {}


@pytest.mark.parametrize("fault", ["500 after storing", "reply lost", "reply cut"])
def test_it_counts_as_taken_back_where_only_the_answer_was_lost(evening, fault):
    desk, handler = evening
    handler.faults["chat.deleteScheduledMessage"] = [fault]
    desk.run(str(DAY))
    assert handler.scheduled == {}


def test_it_is_taken_away_where_it_was_posted_though_the_briefing_was_there(evening):
    desk, handler = evening
    handler.faults["chat.deleteScheduledMessage"] = ["500 before storing"] * 9
    with pytest.raises(NotComplete):
        desk.run(str(DAY))
    handler.faults.clear()
    handler.post_scheduled()
    assert len(deadline_messages(handler)) == 1
    desk.now = at("07:56")
    desk.run(str(DAY))
    assert deadline_messages(handler) == []
    assert len(handler.parents()) == 1


def test_it_stays_where_it_was_true(evening):
    desk, handler = evening
    handler.post_scheduled()
    desk.now = at("08:10")
    desk.run(str(DAY))
    assert len(deadline_messages(handler)) == 1
    assert "LATE: posted at 08:10" in str(handler.messages)


def test_none_is_left_where_the_briefing_is_there_already(briefed, workspace):
    handler, briefed.channel = workspace
    desk = briefed
    flows.post(desk.open(), DAY)
    assert (
        "the briefing for 2026-10-22 is already there" in delivery.schedule_deadline_alarm(desk.open().delivery, DAY)[0]
    )
    assert handler.scheduled == {}
