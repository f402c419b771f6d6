"""Ops hear of a feed that fails, at the second failure in a row, once; and when it is working again."""

import datetime as dt
from dataclasses import replace

import pytest
from conftest import FakeChannel

from tasking import flows
from tasking.intake import polling, receiving
from tasking.model.delivery import FetchedFile, FetchResult
from tasking.model.errors import DeliveryNotComplete, TransportError
from tasking.model.feed_status import MorningClock, NextStepContext
from tasking.runtime import run_notes

from .test_by_the_clock import DAY, at

LOCKED_OUT = TransportError("residents: the SFTP server refused our login: “Password for J Doe?”")
NOTHING, BAD = FetchResult(), FetchResult((FetchedFile("concerns-20261022.csv", b"\x89PNG\r\n\x1a\n" + bytes(99)),))


class Gives:
    def __init__(self, answer):
        self.answer = answer

    def fetch(self, _request):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def ask(desk_with_deliveries):
    """ask(clock, answer): residents are asked, and give it; returns what ops have been told in all, heads only."""
    desk, ops = desk_with_deliveries, FakeChannel("ops", form="text")
    desk.others = {"ops": [ops]}
    good = desk.path("residents", str(DAY)).read_bytes()

    def of(clock: str, answer=None, day: dt.date = DAY) -> list[str]:
        desk.now = at(clock, day)
        gives = Gives(answer or FetchResult((FetchedFile(f"concerns-{day:%Y%m%d}.csv", good),)))
        flows.poll(replace(desk.open(), open_transport=lambda _feed: gives), "residents", day)
        return [note.text.splitlines()[1] for note in ops.sent.values()]

    of.ops, of.desk, of.good = ops, desk, good
    return of


def test_the_second_failure_in_a_row_is_told_once_and_then_that_it_is_well(ask):
    assert ask("06:05", LOCKED_OUT) == []
    told = ask("06:06", LOCKED_OUT)
    assert len(told) == 1
    assert "we can't fetch their file: the SFTP server refused our login" in told[0]
    assert ask("06:40", LOCKED_OUT) == told
    assert ask("07:31", LOCKED_OUT) == told
    assert ask("07:32")[1:] == ["Residents: working again"]
    assert len(ask("07:40")) == 2
    assert not [note for note in ask.ops.sent.values() if "J Doe" in note.text]  # a server's words are anybody's


def test_one_failure_between_others_is_nobody_s_business(ask):
    for clock in ("06:05", "06:10", "06:20"):
        assert ask(clock, LOCKED_OUT) == []
        assert ask(clock, NOTHING) == []
    assert ask("06:30") == []


def test_a_failure_that_stands_at_the_cut_off_is_told_though_it_is_the_first(ask):
    ask("07:29", NOTHING)
    assert "we can't fetch" in ask("07:30", LOCKED_OUT)[0]


def test_an_outage_over_nights_is_told_once(ask):
    for clock in ("06:05", "06:06"):
        ask(clock, LOCKED_OUT)
    next_day = DAY + dt.timedelta(days=1)
    assert len(ask("06:05", LOCKED_OUT, next_day)) == 1
    assert len(ask("07:31", LOCKED_OUT, next_day)) == 1
    assert ask("08:00", day=next_day)[1:] == ["Residents: working again"]


def test_a_refused_file_names_the_partner_to_ring_and_one_that_is_being_sent_is_none(ask):
    assert ask("06:05", DeliveryNotComplete("residents: it is still being written")) == []
    assert ask("06:06", DeliveryNotComplete("residents: it is still being written")) == []
    assert ask("06:07", BAD) == []
    (told,) = ask("06:08", BAD)
    assert "a file came and was refused" in told


def test_a_partner_that_sends_nothing_is_told_on_the_second_day(ask):
    assert ask("07:29", NOTHING) == []
    assert ask("07:31", NOTHING) == []  # the briefing says so
    next_day = DAY + dt.timedelta(days=1)
    assert ask("07:29", NOTHING, next_day) == []
    assert "no file by 07:30" in ask("07:31", NOTHING, next_day)[0]


def test_of_an_old_day_nothing_is_told(desk_with_deliveries):
    desk, ops = desk_with_deliveries, FakeChannel("ops", form="text")
    desk.others, desk.now = {"ops": [ops]}, at("09:00", DAY + dt.timedelta(days=1))
    opened = replace(desk.open(), open_transport=lambda _feed: Gives(LOCKED_OUT))
    for _ in range(3):
        flows.poll(opened, "residents", DAY)
    assert ops.sent == {}


def test_a_fault_of_ours_is_told_too_and_raised(desk_with_deliveries):
    desk, ops = desk_with_deliveries, FakeChannel("ops", form="text")
    desk.others, desk.now = {"ops": [ops]}, at("06:05")
    opened = replace(desk.open(), open_transport=lambda _feed: Gives(ZeroDivisionError("J Doe")))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            flows.poll(opened, "residents", DAY)
    (told,) = (note.text for note in ops.sent.values())
    assert "their delivery could not be stored: a fault in Tasking (ZeroDivisionError)." in told
    assert "The log of the feed's task" in told
    day = MorningClock(DAY, opened.partnership.meeting, opened.partnership.zone)
    follow = NextStepContext(is_briefed=False, has_meeting=True, where_ops_look="the connection feed_residents")
    note = run_notes.of_feed(opened.warehouse, "residents", day, desk.now, follow, "x")
    assert note.endswith(
        "could not be stored at 06:05: a fault in Tasking (ZeroDivisionError). Next: ops: see the log of the feed's task; checked "
        "again until 07:30."
    )


def test_well_again_is_not_said_where_a_file_was_brought_and_their_system_still_does_not_let_us_in(ask):
    for clock in ("06:05", "06:06"):
        told = ask(clock, LOCKED_OUT)
    opened = ask.desk.open()
    receiving.receive_by_hand(opened.intake, "residents", DAY, "x.csv", ask.good, "jo")
    assert ask("06:40", LOCKED_OUT) == told
    flows.send_feed_alerts(opened, DAY)
    assert len(ask.ops.sent) == 1
    next_day = DAY + dt.timedelta(days=1)
    assert ask("06:05", day=next_day)[1:] == []  # the same bytes once more: their system answers, and nothing came
    fresh = FetchResult((FetchedFile(f"concerns-{next_day:%Y%m%d}.csv", ask.good.splitlines(keepends=True)[0]),))
    assert ask("06:10", fresh, next_day)[1:] == ["Residents: working again"]


def test_a_bad_file_that_was_put_right_by_hand_alerts_nobody_again(ask):
    for clock in ("06:05", "06:06"):
        told = ask(clock, BAD)
    receiving.receive_by_hand(ask.desk.open().intake, "residents", DAY, "x.csv", ask.good, "jo")
    for clock in ("06:40", "07:31", "07:50"):
        assert ask(clock, BAD) == told


def test_the_rows_in_a_word_that_a_feed_is_well_are_those_that_are_stored(ask):
    for clock in ("06:05", "06:06"):
        ask(clock, LOCKED_OUT)
    good = FetchResult((FetchedFile("concerns-20261022.csv", ask.good),))
    opened = replace(ask.desk.open(), open_transport=lambda _feed: Gives(good))
    polling.poll_again(opened.intake, DAY)  # before linking, when nobody is told anything
    rows = ask.desk.ledger()[str(DAY), "residents"]["rows_in"]
    assert rows
    assert ask("07:31", LOCKED_OUT)[1:] == ["Residents: working again"]
    assert f"is in: {rows} row" in list(ask.ops.sent.values())[1].text


def test_a_file_that_is_still_being_written_at_the_cut_off_is_not_whole_and_never_no_file(ask):
    writing = DeliveryNotComplete("residents: concerns-20261022.csv is still being written")
    yesterday = DAY - dt.timedelta(days=1)
    ask("07:31", NOTHING, yesterday)  # so that the second day in a row is told
    (told,) = ask("07:31", writing)
    assert told == (
        "Residents: their file was still being sent at 07:30: concerns-20261022.csv is still being written."
    )
    (note,) = ask.ops.sent.values()
    assert "We check once more by 07:50." in note.text
    assert "no file" not in note.text
    assert "missing" not in note.text
    briefing, _ = flows.brief(ask.desk.open(), DAY)
    line = next(line for line in briefing.feeds if line.partner == "Residents")
    assert line.state == "still being sent"
    notice = next(one for one in briefing.notices if one.startswith("Residents"))
    assert notice.endswith("the file was still being sent when we last checked")
