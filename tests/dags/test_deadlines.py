"""A run by the clock that does not end in time is told to ops once."""

import asyncio
import datetime as dt
from types import SimpleNamespace

import pytest
from conftest import FakeChannel

from tasking.runtime import airflow as runtime
from tasking.runtime.airflow_deadline import ended_within, tell_ops_of_run

DAY = dt.date(2026, 11, 20)


@pytest.fixture
def told(desk, monkeypatch):
    """told(day): what ops have been told after the run of a day is late."""
    ops = FakeChannel("ops", form="text")
    desk.others = {"ops": [ops]}
    monkeypatch.setattr(runtime, "services_as_declared", lambda: desk.open())

    def of(dag_run: dict) -> list[str]:
        asyncio.run(tell_ops_of_run(minutes=10, context={"dag_run": dag_run}))
        return [note.text for note in ops.sent.values()]

    return of


def test_a_late_run_of_today_is_told_once_a_dag(told):
    run = {"dag_id": "briefing_cut_off", "partition_key": str(DAY)}
    (words,) = told(run)
    assert "briefing_cut_off of 2026-11-20 is not over after 10 minutes" in words
    assert len(told(run)) == 1
    assert len(told({"dag_id": "briefing_last_look", "conf": {"day": str(DAY)}})) == 2


def test_of_an_old_day_and_of_a_run_without_a_day_nothing_is_told(told):
    assert told({"dag_id": "daily_briefing", "partition_key": "2026-11-19"}) == []
    assert told({"dag_id": "daily_briefing"}) == []


def test_the_triggerer_finds_it_by_its_path():
    alert = ended_within(minutes=4)
    assert alert.interval == dt.timedelta(minutes=4)
    assert alert.callback.path == "tasking.runtime.airflow_deadline.tell_ops_of_run"
    assert SimpleNamespace(**alert.callback.kwargs).minutes == 4
