"""What counts as sent and what does not: faults of ours, odd answers, clocks, old days, and who has to wait for whom."""

import datetime as dt
import threading
from dataclasses import dataclass, replace

import pytest
from conftest import HURRIED, FakeChannel

from tasking import delivery, flows
from tasking.delivery import refresh
from tasking.delivery.channels import Form, InDoubt, Note, Traits, UnopenedChannel
from tasking.delivery.sender import Endpoint, Sender
from tasking.delivery.store.outbox import MessageKey
from tasking.model.errors import ChannelBusy, ChannelInDoubt, NotComplete, NotPosted, TransportError

from .test_by_the_clock import DAY, at

NOTE = Note("briefing:2026-10-22", "", "words")
KEY = MessageKey(DAY, "card", "briefing")


@dataclass
class OneWay(FakeChannel):
    """Takes a card; it can't be asked, edited or answered."""

    @property
    def traits(self):
        return Traits(Form.CARD, InDoubt.NEVER_RESEND, can_edit=False)


@pytest.fixture
def made(briefed):
    """made(clock, kind=[channels]): the desk at a time of day with these channels; its briefing is made."""
    desk = briefed

    def opened(clock: str, *briefing, day: dt.date = DAY, **others):
        routes = {"briefing": list(briefing), **others}
        return replace(
            desk.open(),
            open_channels=lambda kind: routes.get(kind, []),
            clock=lambda: at(clock, day),
            retry_policy=HURRIED,
        )

    opened.desk = desk
    return opened


@pytest.fixture
def sender(desk):
    now = dt.datetime(2026, 10, 22, 7, 5, tzinfo=dt.UTC)
    return Sender(desk.open().warehouse, "card", InDoubt.NEVER_RESEND, HURRIED, lambda: now)


def sends(error=None, reference="ref"):
    sent = []

    def send(note):
        if error:
            raise error
        sent.append(note)
        return reference

    return sent, Endpoint(send, lambda _key: None)


def broken(_at):
    raise ZeroDivisionError


def test_a_message_that_could_not_be_made_was_not_sent_and_is_sent_by_the_next_try(sender):
    sent, endpoint = sends()
    with pytest.raises(ZeroDivisionError):
        sender.deliver(KEY, 1, broken, endpoint)
    assert sender.deliver(KEY, 1, lambda _at: NOTE, endpoint).words == "posted"
    assert len(sent) == 1


def test_a_fault_of_ours_in_the_middle_of_sending_is_doubt(sender):
    _, endpoint = sends(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        sender.deliver(KEY, 1, lambda _at: NOTE, endpoint)
    sent, endpoint = sends()
    with pytest.raises(ChannelInDoubt):
        sender.deliver(KEY, 1, lambda _at: NOTE, endpoint)
    assert sent == []


def test_a_database_that_is_away_for_a_moment_after_the_send_is_waited_for(sender, monkeypatch):
    from tasking.delivery.store import outbox

    real, failures = outbox.record_sent, [OSError(), OSError()]

    def record(*arguments):
        if failures:
            raise failures.pop()
        return real(*arguments)

    monkeypatch.setattr(outbox, "record_sent", record)
    sent, endpoint = sends()
    sender.deliver(KEY, 1, lambda _at: NOTE, endpoint)
    assert sender.deliver(KEY, 1, lambda _at: NOTE, endpoint).words == "already posted, unchanged"
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        (dt.datetime(2026, 10, 22, 6, 40, tzinfo=dt.UTC), dt.datetime(2026, 10, 22, 6, 40, tzinfo=dt.UTC)),
        (dt.datetime(2019, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 10, 22, 7, 5, tzinfo=dt.UTC)),
        (None, dt.datetime(2026, 10, 22, 7, 5, tzinfo=dt.UTC)),
    ],
)
def test_a_message_was_posted_when_its_channel_says_so_unless_that_can_not_be(sender, told, counts):
    from tasking.delivery.store import outbox

    _, endpoint = sends()
    sender.deliver(KEY, 1, lambda _at: NOTE, endpoint._replace(posted_at=lambda _reference: told))
    assert outbox.find(sender.warehouse, KEY).sent_at == counts


def test_a_headline_that_is_found_and_can_not_be_edited_is_posted(made, workspace):
    handler, slack = workspace
    mail = FakeChannel("email", form="mail", reaches_people=True)
    handler.faults["chat.postMessage"] = ["500 after storing"]
    handler.faults["chat.update"] = ["refused: edit_window_closed"] * 9
    with pytest.raises(NotComplete, match="posted, and not edited"):
        flows.post(made("07:51", slack, fallback=[mail]), DAY)
    assert (len(handler.parents()), mail.sent, bool(handler.thread())) == (1, {}, True)


def test_a_channel_that_can_not_be_opened_any_more_is_not_passed_over(made, workspace):
    handler, slack = workspace
    delivery.schedule_deadline_alarm(made("18:00", slack, day=DAY - dt.timedelta(days=1)).delivery, DAY)
    handler.faults["chat.deleteScheduledMessage"] = ["500 before storing"] * 9
    with pytest.raises(NotComplete):
        flows.post(made("07:40", slack), DAY)
    with pytest.raises(NotComplete, match="07:55 is not cancelled: no token"):
        flows.ensure_posted(made("07:50", UnopenedChannel("slack", "no token")), DAY)


def test_a_deadline_message_that_is_posted_late_is_looked_for_again(made, workspace):
    handler, slack = workspace
    delivery.schedule_deadline_alarm(made("18:00", slack, day=DAY - dt.timedelta(days=1)).delivery, DAY)
    (left,) = handler.scheduled.items()
    handler.scheduled.clear()  # the channel gives it out of its hands, and has not posted it yet
    with pytest.raises(NotComplete, match="about to post it"):
        flows.post(made("07:54:40", slack), DAY)
    with pytest.raises(NotComplete, match="we will check again"):
        flows.post(made("07:55:05", slack), DAY)
    handler.scheduled.update([left])
    handler.post_scheduled()
    flows.post(made("07:56", slack), DAY)
    assert [one["text"] for one in handler.parents() if "there was no briefing here" in one["text"]] == []


def test_two_deadline_messages_that_were_left_are_both_taken_back(made, workspace):
    handler, slack = workspace
    delivery.schedule_deadline_alarm(made("18:00", slack, day=DAY - dt.timedelta(days=1)).delivery, DAY)
    handler.scheduled["Q99"] = dict(handler.scheduled["Q1"])
    handler.scheduled["Q98"] = {**handler.scheduled["Q1"], "text": "another partnership's"}
    flows.post(made("07:31", slack), DAY)
    assert list(handler.scheduled) == ["Q98"]


def test_an_old_day_that_was_refused_on_its_day_is_not_posted_anew(made, workspace):
    handler, slack = workspace
    handler.faults["chat.postMessage"] = ["refused"]
    with pytest.raises(NotPosted):
        flows.post(made("07:31", slack), DAY)
    (said,) = flows.post(made("09:00", slack, day=DAY + dt.timedelta(days=1)), DAY)
    assert "skipped" in said
    assert handler.parents() == []


def test_the_last_look_posts_what_is_stored_where_it_can_not_be_made_anew(made, workspace, monkeypatch):
    handler, slack = workspace
    ops = FakeChannel("ops", form="text")
    opened = made("07:50", slack, ops=[ops])
    monkeypatch.setattr(flows, "poll_again", lambda *_args, **_named: [])
    monkeypatch.setattr(flows, "link", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        flows.ensure_posted(opened, DAY)
    assert len(handler.parents()) == 1
    assert [note.idempotency_key for note in ops.sent.values()] == [f"ops:{DAY}/not-made-anew"]


def test_an_edit_that_waited_too_long_never_overwrites_a_newer_one(sender):
    from tasking.delivery.store import outbox

    shown, waits, goes_on = [], threading.Event(), threading.Event()

    def update(_reference, note):
        if note.text == "two" and not waits.is_set():
            waits.set()
            raise ChannelBusy("card: wait", 1)
        shown.append(note.text)

    endpoint = Endpoint(lambda _note: "ref", lambda _key: None, update)
    can_be_asked = replace(sender, in_doubt=InDoubt.LOOK_UP)
    patient = replace(HURRIED, lease_s=0, max_wait_s=60, sleep=lambda _s: goes_on.wait(20))
    sender.deliver(KEY, 1, lambda _at: NOTE, endpoint)
    came = []

    def slow() -> None:
        try:
            replace(can_be_asked, retry_policy=patient).deliver(KEY, 2, lambda _at: replace(NOTE, text="two"), endpoint)
        except NotPosted as error:
            came.append(str(error))

    thread = threading.Thread(target=slow)
    thread.start()
    assert waits.wait(20)
    can_be_asked.deliver(KEY, 3, lambda _at: replace(NOTE, text="three"), endpoint)
    goes_on.set()
    thread.join(20)
    assert shown == ["three"]
    assert came == ["card: another run took this message over"]
    assert outbox.find(sender.warehouse, KEY).version == 3


def test_a_press_is_shown_in_every_channel_that_can_be_edited(made):
    class Closed(FakeChannel):
        def update(self, _reference, _note):
            raise TransportError("a: is_archived")

    first, second = Closed("a", reaches_people=True), FakeChannel("b", reaches_people=True)
    flows.post(made("07:31", first, second), DAY)
    made.desk.put("police", str(DAY), made.desk.path("police", "2026-10-21").read_bytes())
    flows.run_day(made.desk.open(), DAY, is_posting=False)
    with pytest.raises(NotComplete, match="a: not edited: is_archived"):
        refresh(made("07:40", first, second).delivery, DAY)
    assert second.updates == 1


def test_a_channel_that_asks_us_to_wait_delays_no_other(made):
    order = []

    class Waits(FakeChannel):
        def send(self, note):
            order.append(self.name)
            if order.count(self.name) == 1:
                raise ChannelBusy("a: wait", 30)
            return super().send(note)

    class Quick(FakeChannel):
        def send(self, note):
            order.append(self.name)
            return super().send(note)

    retry_policy = replace(HURRIED, max_wait_s=60, sleep=lambda seconds: order.append(seconds) if seconds else None)
    opened = replace(made("07:31", Waits("a", form="text"), Quick("b", form="text")), retry_policy=retry_policy)
    flows.post(opened, DAY)
    assert order == ["a", "b", 30, "a"]


def test_two_cards_are_never_sent_because_a_first_try_came_to_nothing(made):
    card = OneWay("card", reaches_people=True)
    flows.post(made("07:31", card), DAY)
    flows.post(made("07:32", card), DAY)
    assert len(card.sent) == 1
