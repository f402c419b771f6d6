"""Scheduled runs are named by their day and local time; Airflow stores and reads the timetable that does so."""

import json
import subprocess
import sys

import pytest
from conftest import ROOT

from .conftest import airflow_environment

PROGRAM = """
import json, sys
import pendulum, time_machine
from airflow.sdk import DAG, CronPartitionTimetable
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DagRunInfo, TimeRestriction
from airflow.utils.types import DagRunType
from tasking.runtime.airflow_timetable import NamedByDay

def stored(kind, cron, **options):
    dag = DAG("feed_police", schedule=kind(cron, timezone="Europe/London", **options), catchup=False)
    as_text = json.dumps(DagSerialization.to_dict(dag))
    return DagSerialization.from_dict(json.loads(as_text)).timetable

def ticks(timetable, first, count):
    last, found = None, []
    with time_machine.travel(first, tick=False) as clock:
        for _ in range(count):
            info = timetable.next_dagrun_info_v2(
                last_dagrun_info=last, restriction=TimeRestriction(earliest=None, latest=None, catchup=False))
            name = timetable.generate_run_id(
                run_type=DagRunType.SCHEDULED, run_after=info.run_after, data_interval=None,
                partition_key=info.partition_key)
            found.append([info.run_after.isoformat(), info.partition_key, name])
            last = info
            clock.move_to(info.run_after)
    return found

daily = dict(key_format="%Y-%m-%d")
ours = stored(NamedByDay, "5 6 * * *", **daily)
out = {
    "kind": type(ours).__name__, "partitioned": ours.partitioned,
    "autumn": ticks(ours, "2026-10-23T12:00:00+00:00", 3), "spring": ticks(ours, "2027-03-26T12:00:00+00:00", 3),
    "plain": ticks(stored(CronPartitionTimetable, "5 6 * * *", **daily), "2026-10-23T12:00:00+00:00", 3),
    "twice": ticks(stored(NamedByDay, "30 1 * * *", **daily), "2026-10-24T12:00:00+00:00", 2),
    "weekly": ticks(stored(NamedByDay, "30 8 * * 1-5", key_format="%G-W%V"), "2026-11-21T12:00:00+00:00", 5),
    "others": [ours.generate_run_id(run_type=kind, run_after=pendulum.datetime(2026, 11, 27, 6, 5), data_interval=None,
                                    partition_key="2026-11-27") for kind in 2 * [DagRunType.BACKFILL_JOB]],
    "by hand": ours.generate_run_id(run_type=DagRunType.MANUAL, run_after=pendulum.datetime(2026, 6, 1, 6, 5),
                                    data_interval=None),
}
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> dict:
    environment = airflow_environment(tmp_path_factory.mktemp("names"), 8080, ROOT, ROOT)
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_the_timetable_is_stored_and_read_again_by_airflow(said):
    assert (said["kind"], said["partitioned"]) == ("NamedByDay", True)


def test_runs_are_named_by_day_and_local_time_over_both_clock_changes(said):
    assert said["autumn"] == [
        ["2026-10-24T05:05:00+00:00", "2026-10-24", "scheduled__2026-10-24__06:05"],
        ["2026-10-25T06:05:00+00:00", "2026-10-25", "scheduled__2026-10-25__06:05"],
        ["2026-10-26T06:05:00+00:00", "2026-10-26", "scheduled__2026-10-26__06:05"],
    ]
    assert said["spring"] == [
        ["2027-03-27T06:05:00+00:00", "2027-03-27", "scheduled__2027-03-27__06:05"],
        ["2027-03-28T05:05:00+00:00", "2027-03-28", "scheduled__2027-03-28__06:05"],
        ["2027-03-29T05:05:00+00:00", "2027-03-29", "scheduled__2027-03-29__06:05"],
    ]


def test_its_runs_are_due_when_those_of_airflows_own_are(said):
    assert [tick[:2] for tick in said["autumn"]] == [tick[:2] for tick in said["plain"]]


def test_a_time_that_the_clocks_show_twice_says_which(said):
    names = [name for _, _, name in said["twice"]]
    assert names[0].startswith("scheduled__2026-10-25__01:30+0")
    assert names[1] == "scheduled__2026-10-26__01:30"


def test_the_runs_of_a_week_have_names_of_their_own(said):
    """Two of one name, and the scheduler dies: the alert's DAG runs on five days of a week, which are one partition."""
    assert {key for _, key, _ in said["weekly"]} == {"2026-W48"}
    names = [name for *_, name in said["weekly"]]
    assert len(set(names)) == 5
    assert names[0] == "scheduled__2026-W48__2026-11-23__08:30"


def test_runs_that_may_be_several_of_a_day_have_names_of_their_own(said):
    one, other = said["others"]
    assert one.startswith("backfill__2026-11-27__06:05__")
    assert one != other
    assert said["by hand"].startswith("manual__2026-06-01__07:05__")


def test_every_name_is_one_that_airflow_takes(said):
    import re

    pattern = r"^[A-Za-z0-9_.~:+-]+$"  # [scheduler] allowed_run_id_pattern
    names = [tick[2] for kind in ("autumn", "spring", "twice", "weekly") for tick in said[kind]]
    assert all(re.match(pattern, name) for name in [*names, *said["others"], said["by hand"]])


ASSETS = """
import json, sys
sys.argv = ["airflow", "scheduler"]
sys.path.insert(0, "plugins")
import pendulum
import run_names
run_names.RunNamesPlugin.on_load()
run_names.RunNamesPlugin.on_load()
from airflow.models.dagrun import DagRun
from airflow.utils.types import DagRunType

def made(kind, moment, key, given="as_given__1"):
    return DagRun(dag_id="daily_briefing", run_id=given, run_type=kind, run_after=moment, partition_key=key).run_id

winter, summer = pendulum.datetime(2026, 11, 27, 6, 31, 12), pendulum.datetime(2026, 6, 1, 6, 31, 12)
assets = DagRunType.ASSET_TRIGGERED
out = {
    "winter": made(assets, winter, "2026-11-27"), "again": made(assets, winter, "2026-11-27"),
    "summer": made(assets, summer, "2026-06-01"), "late": made(assets, winter, "2026-11-20"),
    "week": made(assets, winter, "2026-W48"), "none": made(assets, winter, None), "odd": made(assets, None, "2026-11-27"),
    "manual": made(DagRunType.MANUAL, winter, "2026-11-27"), "scheduled": made(DagRunType.SCHEDULED, winter, "2026-11-27"),
    "read": DagRunType.from_run_id(made(assets, winter, "2026-11-27")).value,
}
def broken():
    raise RuntimeError("no declarations")
run_names._zone = broken
out["without a zone"] = made(assets, winter, "2026-11-27")
from tasking.runtime.airflow_timetable import manual_run_id
from zoneinfo import ZoneInfo
out["desk"] = manual_run_id("2026-11-27", winter, ZoneInfo("Europe/London"))
print(json.dumps(out))
"""


@pytest.fixture(scope="module")
def by_assets(tmp_path_factory) -> dict:
    environment = airflow_environment(tmp_path_factory.mktemp("assets"), 8080, ROOT, ROOT)
    program = [sys.executable, "-c", ASSETS]
    done = subprocess.run(program, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_runs_that_assets_start_are_named_by_day_and_local_time(by_assets):
    assert by_assets["winter"].startswith("asset_triggered__2026-11-27__06:31:12__")
    assert by_assets["summer"].startswith("asset_triggered__2026-06-01__07:31:12__")
    assert by_assets["late"].startswith("asset_triggered__2026-11-20__at__2026-11-27__06:31:12__")
    assert by_assets["winter"] != by_assets["again"]
    assert by_assets["read"] == "asset_triggered"


def test_other_runs_keep_the_names_they_were_given(by_assets):
    assert {by_assets[name] for name in ("week", "none", "odd", "manual", "scheduled", "without a zone")} == {
        "as_given__1"
    }


def test_a_run_that_is_started_on_the_desk_is_named_by_its_day(by_assets):
    assert by_assets["desk"].startswith("manual__2026-11-27__06:31:12__")


def test_these_names_are_taken_by_airflow_too(by_assets):
    import re

    assert all(re.match(r"^[A-Za-z0-9_.~:+-]+$", by_assets[name]) for name in ("winter", "late", "desk"))
