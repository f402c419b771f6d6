"""What fails inside a wall is set aside in words and told to ops, and everything beside it goes on."""

import datetime as dt
import errno
from dataclasses import replace

import pytest
import sqlalchemy as sa
from conftest import FakeChannel, free_port

from tasking import flows
from tasking.intake import polling
from tasking.intake.archive import Archive
from tasking.linkage import FeatureExtractor
from tasking.linkage.store import incidents as store
from tasking.model.errors import NotPosted
from tasking.triggers import run
from tasking.warehouse import Warehouse
from tasking.warehouse.faults import internal_fault_words

DAY = dt.date(2026, 10, 21)
NEXT = DAY + dt.timedelta(days=1)


class Choking(FeatureExtractor):
    """A reader that can't read one report, and counts how often it was asked."""

    asked = 0

    def extract(self, report, location):
        if report["report_id"] == self.bad:
            type(self).asked += 1
            raise RuntimeError("the words of somebody")
        return super().extract(report, location)


@pytest.fixture
def opened(desk_with_deliveries):
    desk = desk_with_deliveries
    desk.others = {"ops": [FakeChannel("ops", form="text")]}
    desk.now = dt.datetime(2026, 10, 21, 6, 40, tzinfo=dt.UTC)
    return desk, desk.open()


def ops_were_told(desk) -> dict[str, str]:
    return {note.idempotency_key: note.text for note in desk.others["ops"][0].sent.values()}


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
    one = open_desk.extractor
    extractor = Choking(one.lexicon, one.zone, one.pseudonym, one.sensitive)
    object.__setattr__(extractor, "bad", bad)
    Choking.asked = 0
    walled = replace(open_desk, extractor=extractor)
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
    findings_of, ran = run.findings, []

    def findings(rule, asked):
        if rule.rule == "cluster":
            raise ZeroDivisionError
        ran.append(rule.rule)
        return findings_of(rule, asked)

    monkeypatch.setattr(run, "findings", findings)
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
    with pytest.raises(NotPosted, match=r"bad: not posted: a fault in Tasking \(AttributeError\)") as error:
        flows.ensure_posted(walled, DAY)
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


def test_a_full_disk_is_said_to_be_ours_and_full_and_stops_no_other_feed(opened, monkeypatch):
    desk, open_desk = opened
    keep = Archive.keep

    def is_full(self, content):
        if b"CallerTel" in content:  # as if what was left had been enough for the others
            raise OSError(errno.ENOSPC, "No space left on device")
        return keep(self, content)

    monkeypatch.setattr(Archive, "keep", is_full)
    receipts, failures = polling.receive_all(open_desk.intake, DAY)
    assert failures == ["police (the disk is full)"]
    stand = {receipt.feed: (receipt.outcome, receipt.reason) for receipt in receipts}
    assert stand["police"] == ("unreachable", "a fault in Tasking (the disk is full)")
    assert stand["council"] == ("landed", "")
    desk.now = dt.datetime(2026, 10, 21, 6, 31, tzinfo=dt.UTC)  # 07:31
    flows.send_feed_alerts(open_desk, DAY)
    (told,) = [text for key, text in ops_were_told(desk).items() if key.endswith("feed-police")]
    assert "a fault in Tasking (the disk is full)" in told


def test_where_the_store_fails_too_as_it_is_told_no_feed_stops_and_the_reason_says_what_failed(opened):
    _, open_desk = opened
    sa.event.listen(
        open_desk.warehouse.engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only=ON")
    )
    open_desk.warehouse.engine.dispose()
    receipts, failures = polling.receive_all(open_desk.intake, DAY)
    assert len(receipts) == len(failures) == len(open_desk.partnership.feeds)
    assert {receipt.reason for receipt in receipts} == {
        "a fault in Tasking (the disk can't be written to); nor could that be stored (the disk can't be written to)"
    }
    assert len(polling.poll_again(open_desk.intake, DAY)) == len(receipts)


def away() -> sa.Engine:
    return sa.create_engine(
        f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none", connect_args={"connect_timeout": 5}
    )


def test_a_database_that_is_away_while_feeds_are_asked_again_is_told_and_not_raised(opened):
    _, open_desk = opened
    gone = replace(open_desk, warehouse=Warehouse(away(), open_desk.warehouse.sql))
    assert {receipt.reason for receipt in polling.poll_again(gone.intake, DAY)} == {
        "a fault in Tasking (our database does not respond); nor could that be stored (our database does not respond)"
    }


def refused_by(engine: sa.Engine, *statements: str) -> str:
    with engine.connect() as connection:
        for one in statements[:-1]:
            connection.exec_driver_sql(one)
        with pytest.raises(sa.exc.OperationalError) as error:
            connection.exec_driver_sql(statements[-1])
    return internal_fault_words(error.value)


def test_what_failed_of_ours_is_told_by_the_database_s_own_number(tmp_path):
    lite = sa.create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    fill = ("PRAGMA max_page_count = 2", "CREATE TABLE t (a)", "INSERT INTO t VALUES (zeroblob(20000))")
    assert refused_by(lite, *fill) == "the disk is full"
    assert refused_by(lite, "PRAGMA query_only = ON", "CREATE TABLE u (a)") == "the disk can't be written to"
    assert refused_by(lite, "SELECT a FROM nowhere") == "OperationalError"
    with pytest.raises(sa.exc.OperationalError) as error:
        away().connect()
    assert internal_fault_words(error.value) == "our database does not respond"
    assert internal_fault_words(OSError(errno.EROFS, "Read-only file system")) == "the disk can't be written to"
    assert internal_fault_words(ZeroDivisionError("somebody's words")) == "ZeroDivisionError"
