"""What fails inside a wall is set aside in words and told to ops, and everything beside it goes on."""

import datetime as dt
from dataclasses import replace

import pytest
from conftest import FakeChannel

from tasking import flows
from tasking.linkage import Reader
from tasking.model.errors import NotPosted
from tasking.triggering import raising
from tasking.warehouse import linking as store

DAY = dt.date(2026, 10, 21)
NEXT = DAY + dt.timedelta(days=1)


class Choking(Reader):
    """A reader that can't read one report, and counts how often it was asked."""

    asked = 0

    def read(self, report, where):
        if report["report_id"] == self.bad:
            type(self).asked += 1
            raise RuntimeError("the words of somebody")
        return super().read(report, where)


@pytest.fixture
def opened(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.others = {"ops": [FakeChannel("ops", form="text")]}
    desk.now = dt.datetime(2026, 10, 21, 6, 40, tzinfo=dt.UTC)
    return desk, desk.open()


def ops_were_told(desk) -> dict[str, str]:
    return {note.run_key: note.text for note in desk.others["ops"][0].sent.values()}


def links(opened) -> dict[str, str]:
    return {
        f"{row['feed']}:{row['source_ref']}": row["incident_id"] for row in store.links(opened.warehouse, DAY, NEXT)
    }


def test_a_report_that_can_not_be_read_is_an_incident_of_its_own_and_ops_are_told_once(opened):
    desk, open_desk = opened
    for day in (DAY, NEXT):
        for feed in ("council", "wardens", "residents"):
            flows.receive(open_desk, feed, day)
    bad = min(row["report_id"] for row in desk.rows("report") if str(row["day"]) == str(DAY))
    one = open_desk.reader
    reader = Choking(one.lexicon, one.zone, one.pseudonym, one.sensitive)
    object.__setattr__(reader, "bad", bad)
    Choking.asked = 0
    walled = replace(open_desk, reader=reader)
    for day in (DAY, NEXT, *(NEXT + dt.timedelta(days=n) for n in range(1, 5))):
        flows.link(walled, day)
    found = links(walled)
    assert len(found) == sum(str(row["day"]) in (str(DAY), str(NEXT)) for row in desk.rows("report"))
    assert [report for report, incident in found.items() if incident == found[bad]] == [bad]
    assert Choking.asked == 1  # and again when reading has changed, not every night
    (told,) = (text for key, text in ops_were_told(desk).items() if key.endswith(f"{DAY}/unread"))
    assert "1 report could not be read for linking" in told
    assert "the words of somebody" not in told


def test_a_rule_that_fails_is_set_aside_and_the_others_run(opened, monkeypatch):
    desk, open_desk = opened
    run, ran = raising.findings, []

    def findings(rule, asked):
        if rule.rule == "cluster":
            raise ZeroDivisionError
        ran.append(rule.rule)
        return run(rule, asked)

    monkeypatch.setattr(raising, "findings", findings)
    flows.trigger(open_desk, DAY)
    assert sorted(ran) == sorted(rule.rule for rule in open_desk.rules if rule.rule != "cluster")
    assert (
        "The rule cluster did not run on 2026-10-21: ZeroDivisionError"
        in ops_were_told(desk)[f"ops:{DAY}/rule-cluster"]
    )


def test_a_picture_that_can_not_be_drawn_stops_no_word(opened, monkeypatch):
    from tasking.briefing import pictures

    desk, open_desk = opened
    monkeypatch.setattr(pictures, "draw_map", lambda *_: 1 / 0)
    flows.receive(open_desk, "council", DAY)
    flows.finish(open_desk, DAY)
    assert len(desk.channel.sent) == 1
    assert not any("map" in key for key in desk.channel.pictures)
    assert "is without the map" in ops_were_told(desk)[f"ops:{DAY}/pictures"]


class Broken(FakeChannel):
    """A channel whose library fails in a way that nobody foresaw."""

    def send(self, note):
        raise AttributeError("secret of the library")


def test_a_channel_that_fails_unforeseen_keeps_neither_the_others_nor_the_fallback_nor_ops(opened):
    desk, open_desk = opened
    good, mail = FakeChannel("good"), FakeChannel("email", form="mail")
    channels = {
        "briefing": [Broken("bad"), good],
        "fallback": [Broken("worse"), mail],
        "ops": [Broken("deaf"), *desk.others["ops"]],
    }
    walled = replace(open_desk, open_channels=lambda kind: channels.get(kind, []))
    flows.receive(walled, "council", DAY)
    desk.now = dt.datetime(2026, 10, 21, 6, 50, tzinfo=dt.UTC)
    with pytest.raises(NotPosted, match=r"bad: not posted: a fault of ours \(AttributeError\)") as error:
        flows.make_sure(walled, DAY)
    assert "secret" not in str(error.value)
    assert (len(good.sent), len(mail.sent)) == (1, 1)
    assert f"ops:{DAY}/not-posted" in ops_were_told(desk)


def test_a_channel_without_its_token_keeps_no_other_from_posting(desk_with_deliveries, capsys):
    from tasking.runtime.channels import Addresses, channels_that_open

    desk = desk_with_deliveries
    desk.now = dt.datetime(2026, 10, 21, 6, 40, tzinfo=dt.UTC)
    opened = desk.open()
    wanted = ["slack", "nonsense", "console"]
    walled = replace(
        opened,
        open_channels=lambda kind: channels_that_open(
            wanted if kind == "briefing" else [], opened.partnership, lambda: Addresses(home=desk.home)
        ),
    )
    flows.receive(walled, "council", DAY)
    with pytest.raises(NotPosted, match="there is no bot token") as error:
        flows.finish(walled, DAY)
    assert "is no channel" in str(error.value)
    assert "console: posted v1" in str(error.value)
    assert "CSU" in capsys.readouterr().out
