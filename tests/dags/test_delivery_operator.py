"""The task of a feed: it takes what is there, waits in the triggerer for what is not, and ends in words at the cut-off."""

import asyncio
import datetime as dt
import itertools
import shutil
import time
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred
from conftest import home_for, settle

from tasking.intake.transports.digest import digest_of
from tasking.model.delivery import FetchedFile, FetchResult
from tasking.model.errors import DeliveryNotComplete, TransportError
from tasking.runtime import airflow as runtime
from tasking.runtime import airflow_connections, delivery_operator
from tasking.runtime.airflow import LATE_NEWS, feed_asset
from tasking.runtime.delivery_operator import BROUGHT, UNREACHABLE, DeliveryTrigger, ReceiveDelivery

DAY = "2026-10-22"
ASSET = feed_asset("police")


class Outlets(dict):
    """What a task tells Airflow of its outlets."""

    def __missing__(self, asset):
        self[asset] = SimpleNamespace(keys=[], add_partitions=lambda key: self[asset].keys.append(key))
        return self[asset]


@pytest.fixture
def installation(tmp_path, deliveries, monkeypatch):
    """The environment of a task: a home, deliveries, a warehouse; nothing of Airflow's is asked for."""
    home = home_for(tmp_path / "home")
    partnership = home / "include" / "partnership.yml"
    partnership.write_text(partnership.read_text().replace("  ops: [console]", "  ops: [file:ops]"))
    drops = tmp_path / "drops"
    shutil.copytree(deliveries.folder, drops)
    settle(*(path for path in drops.rglob("*") if path.is_file()))
    for name, value in (("HOME", home), ("DROPS", drops), ("DATABASE_URL", f"sqlite:///{tmp_path / 'tasking.db'}")):
        monkeypatch.setenv(f"TASKING_{name}", str(value))
    monkeypatch.setenv("TASKING_PSEUDONYM_KEY", "ab" * 32)
    monkeypatch.setattr(airflow_connections, "_lookup", lambda _name: None)
    runtime.services.cache_clear()
    yield SimpleNamespace(home=home, drops=drops, police=drops / "police" / "KP_CSU_20261022.csv")
    runtime.services.cache_clear()


@pytest.fixture
def run(installation, monkeypatch):
    """run(due_in_s, event): one process of the task; gives its outlets and what it told of them, or raises."""

    def of(due_in_s: float = 3600, event=None, by_hand: bool = False):
        due_at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=due_in_s)
        monkeypatch.setattr("tasking.model.partnership.Partnership.due_at", lambda _self, _day: due_at)
        task = ReceiveDelivery(task_id="receive", feed="police", asset=ASSET)
        events = Outlets()
        context = {
            "dag_run": SimpleNamespace(partition_key=None if by_hand else DAY),
            "params": {"day": DAY}, "outlet_events": events,
            "ti": SimpleNamespace(task=task),
        }  # fmt: skip
        task.resume(context, event) if event else task.execute(context)
        return task.outlets, {asset: one.keys for asset, one in events.items()}

    return of


def test_what_is_there_is_taken_and_the_briefing_hears_it(run):
    assert run() == ([ASSET], {ASSET: [DAY]})


def test_what_comes_after_the_briefing_is_late_news_and_nothing_else(run, installation):
    from tasking import flows

    away = installation.police.rename(installation.police.with_suffix(".away"))
    with pytest.raises(TaskDeferred):
        run()
    flows.brief(runtime.services(), dt.date.fromisoformat(DAY))
    away.rename(installation.police)
    assert run(event={"answer": "another"}) == ([LATE_NEWS], {LATE_NEWS: [DAY]})


@pytest.mark.parametrize(("by_hand", "news"), [(False, LATE_NEWS), (True, ASSET)])
def test_from_the_cut_off_the_night_s_own_feed_is_late_news_and_one_started_by_hand_is_not(
    run, monkeypatch, by_hand, news
):
    monkeypatch.setattr(runtime, "is_today", lambda *_: True)
    assert run(due_in_s=-1, by_hand=by_hand)[0] == [news]


def test_what_is_not_there_is_waited_for_until_it_is_due_and_then_said_in_words(run, installation):
    installation.police.unlink()
    with pytest.raises(TaskDeferred) as waits:
        run()
    assert waits.value.method_name == "resume"
    assert waits.value.trigger.answer == seen_now()
    assert waits.value.timeout > dt.timedelta(minutes=59)  # the scheduler wakes it though the triggerer is dead
    with pytest.raises(AirflowFailException, match=r"Kent Police: no file by 07:30.*Ring "):
        run(due_in_s=-1, event={"answer": "another"})


def test_a_refused_file_is_not_the_end_and_a_good_one_is_taken(run, installation):
    good = installation.police.read_bytes()
    installation.police.write_bytes(b"%PDF-1.7 not a table")
    settle(installation.police)
    with pytest.raises(TaskDeferred) as waits:
        run()
    assert waits.value.trigger.answer is None  # so the triggerer's first question is the second try
    with pytest.raises(AirflowFailException, match="a file came and was refused"):
        run(due_in_s=-1)
    installation.police.write_bytes(good)
    settle(installation.police)
    assert run(event={"answer": "another"}) == ([ASSET], {ASSET: [DAY]})


def test_half_a_file_is_waited_for_and_is_taken_as_it_is_when_it_is_due(run, installation):
    whole = installation.police.read_bytes()
    installation.police.write_bytes(whole[: len(whole) - 40])
    settle(installation.police)
    with pytest.raises(TaskDeferred):
        run()
    assert run(due_in_s=-1, event={"answer": "the same"}) == ([ASSET], {ASSET: [DAY]})


def test_a_folder_that_is_gone_is_never_said_to_be_the_partner_s(run, installation):
    shutil.rmtree(installation.drops)
    with pytest.raises(TaskDeferred):
        run()
    with pytest.raises(AirflowFailException) as said:
        run(due_in_s=-1)
    assert "we can't fetch their file" in str(said.value)
    assert "Ring" not in str(said.value)
    assert "no file" not in str(said.value)


def seen_now() -> str:
    """The digest of what lies in the folder."""
    from tasking.intake.transports import Request

    desk = runtime.services()
    request = Request.of_day(desk.feeds["police"], dt.date.fromisoformat(DAY), desk.partnership.calendar)
    return digest_of(desk.open_transport(desk.feeds["police"]).fetch(request))


def test_the_task_goes_by_what_it_saw_itself_and_not_by_what_woke_it(run, installation):
    """The triggerer saw a file; when the task looked it was gone: only then is the file's return news."""
    away = installation.police.rename(installation.police.with_suffix(".away"))
    with pytest.raises(TaskDeferred) as waits:
        run(event={"answer": "a file"})
    assert waits.value.trigger.answer == seen_now()
    away.rename(installation.police)
    assert run(event={"answer": "a file"})[0] == [ASSET]


def test_a_first_failure_is_looked_at_again_at_once_and_a_second_waits_for_news(run, installation):
    installation.police.write_bytes(b"%PDF-1.7 not a table")
    settle(installation.police)
    with pytest.raises(TaskDeferred) as first:
        run()
    assert first.value.trigger.answer is None
    with pytest.raises(TaskDeferred) as second:
        run(event={"answer": "another"})
    assert second.value.trigger.answer == seen_now()


def trigger(answer, due_in_s: float) -> DeliveryTrigger:
    due_at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=due_in_s)
    return DeliveryTrigger("police", DAY, due_at.isoformat(), answer)


def first_event(waiting: DeliveryTrigger) -> tuple[dict, float]:
    """What a trigger says first, and after how many seconds."""

    async def of():
        async for event in waiting.run():
            return event.payload
        return None

    started = time.monotonic()
    return asyncio.run(of()), time.monotonic() - started


def test_the_triggerer_sees_a_file_that_comes(installation, monkeypatch):
    monkeypatch.setattr(delivery_operator, "PAUSE_S", 0.2)
    away = installation.police.rename(installation.police.with_suffix(".away"))
    nothing = seen_now()
    assert first_event(trigger(nothing, 2))[0] == {"answer": nothing}  # it is due, and nothing came
    away.rename(installation.police)
    settle(installation.police)
    found, seconds = first_event(trigger(nothing, 60))
    assert found["answer"] not in (nothing, UNREACHABLE)
    assert seconds < 30
    assert first_event(trigger(found["answer"], 1.5))[0] == found  # the same again is no news


def test_the_triggerer_knocks_less_and_less_where_it_is_not_let_in(installation, monkeypatch):
    monkeypatch.setattr(delivery_operator, "PAUSE_S", 0.05)
    asked = []
    monkeypatch.setattr(DeliveryTrigger, "_fetch_digest", lambda *_: asked.append(time.monotonic()) or UNREACHABLE)
    first_event(trigger(UNREACHABLE, 4))
    pauses = [after - before for before, after in itertools.pairwise(asked)]
    assert 3 <= len(asked) <= 8
    assert pauses[-1] > pauses[0]


def test_that_somebody_looked_is_stored_though_nothing_has_changed(installation, run, monkeypatch):
    installation.police.unlink()
    with pytest.raises(TaskDeferred):
        run()

    def asked_at():
        rows = runtime.services().warehouse.query(
            "briefing/feeds", first_day=dt.date(2026, 10, 22), day=dt.date(2026, 10, 22)
        )
        return next(row["asked_at"] for row in rows if row["feed"] == "police")

    before = asked_at()
    monkeypatch.setattr(delivery_operator, "PAUSE_S", 0.2)
    first_event(trigger(seen_now(), 2))
    assert asked_at() > before


def test_a_file_brought_by_hand_wakes_the_task(installation, run, monkeypatch):
    from tasking.intake import receiving

    content = installation.police.read_bytes()
    installation.police.unlink()
    with pytest.raises(TaskDeferred):
        run()
    desk = runtime.services()
    receiving.receive_by_hand(
        desk.intake, "police", dt.date.fromisoformat(DAY), installation.police.name, content, "officer"
    )
    monkeypatch.setattr(delivery_operator, "PAUSE_S", 0.1)
    assert first_event(trigger(seen_now(), 60))[0] == {"answer": BROUGHT}
    assert run(event={"answer": BROUGHT}) == ([ASSET], {ASSET: [DAY]})


def test_a_look_that_hangs_does_not_outlast_the_due_time(installation, monkeypatch):
    monkeypatch.setattr(delivery_operator, "PAUSE_S", 0.1)
    monkeypatch.setattr(DeliveryTrigger, "_fetch_digest", lambda *_: time.sleep(6) or "late")
    found, seconds = first_event(trigger("nothing", 1))
    assert found == {"answer": "nothing"}
    assert seconds < 5


@pytest.mark.parametrize("pause_s", [None, 60.0])
def test_a_trigger_is_what_it_was_when_it_is_made_again(pause_s):
    waiting = trigger("nothing", 60)
    waiting.pause_s = pause_s
    path, kept = waiting.serialize()
    assert path == "tasking.runtime.delivery_operator.DeliveryTrigger"
    assert DeliveryTrigger(**kept).serialize() == (path, kept)
    assert DeliveryTrigger(**kept).pause_s == pause_s


def test_a_refused_file_that_is_another_at_every_look_wakes_the_task_once_a_minute_at_most(
    run, installation, monkeypatch
):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(delivery_operator.asyncio, "sleep", sleep)
    for look in range(4):
        installation.police.write_bytes(f"<html>Log in. It is 06:0{look}.".encode())
        settle(installation.police)
        with pytest.raises(TaskDeferred) as waits:
            run(event={"answer": "another"} if look else None)
        slept.clear()
        installation.police.write_bytes(f"<html>Log in. It is 07:0{look}.".encode())
        settle(installation.police)
        first_event(waits.value.trigger)
        assert sum(slept) >= 60


def test_a_refused_file_that_stays_as_it_is_is_looked_at_every_half_minute(monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    answers = iter(("a page", "a page", "the file"))
    monkeypatch.setattr(delivery_operator.asyncio, "sleep", sleep)
    monkeypatch.setattr(DeliveryTrigger, "_answer", lambda _self: next(answers))
    waiting = trigger("a page", 3600)
    waiting.pause_s = 60.0
    assert first_event(waiting)[0] == {"answer": "the file"}
    assert slept == [60.0, 30.0, 30.0]


def test_another_feed_s_broken_declaration_keeps_no_feed_from_being_waited_for(installation, monkeypatch):
    nothing = seen_now()
    (installation.home / "include" / "feeds" / "council.yml").write_text("feed: council\npartner: [")
    monkeypatch.setattr(delivery_operator, "PAUSE_S", 0.1)
    installation.police.unlink()
    found, _ = first_event(trigger(nothing, 60))
    assert found["answer"] not in (nothing, UNREACHABLE)


def test_a_digest_tells_a_new_file_and_one_that_has_grown():
    one, grown, other = (FetchedFile(name, content) for name, content in (("a", b"1"), ("a", b"12"), ("b", b"1")))
    digests = {digest_of(FetchResult(files)) for files in ((), (one,), (grown,), (other,), (one, other))}
    assert len(digests) == 5
    assert digest_of(FetchResult((one, other))) == digest_of(FetchResult((other, one)))


def test_a_digest_tells_another_reason_and_not_another_number_or_word_of_theirs():
    locked, refused = TransportError("police: our login was refused"), TransportError("police: no such folder")
    assert (
        len(
            {
                digest_of(one)
                for one in (locked, refused, DeliveryNotComplete("police: 3 bytes"), FetchResult(not_taken=("x",)))
            }
        )
        == 4
    )
    assert digest_of(TransportError("gone 17:02 “port 99”")) == digest_of(TransportError("gone 17:03 “port 98”"))
