"""The DAGs as Airflow reads them, and as ops staff do."""

import json
import subprocess
import sys

import pytest
from conftest import ROOT

FEEDS = ["police", "council", "wardens", "housing", "fire", "residents"]


@pytest.fixture(scope="module")
def dags(tmp_path_factory):
    """What the DAG bag holds, read in a process of its own, so that nothing here has imported anything before."""
    from .conftest import airflow_environment

    folder = tmp_path_factory.mktemp("airflow")
    program = """
import json, sys, time
started = time.monotonic()
from airflow.dag_processing.dagbag import DagBag
ready = time.monotonic()
bag = DagBag(sys.argv[1])
heavy = [name for name in ("pandas", "great_expectations", "sqlalchemy.dialects.postgresql.psycopg2") if name in sys.modules]
print(json.dumps({"errors": bag.import_errors, "heavy": heavy, "seconds": time.monotonic() - ready, "dags": {
    dag_id: {"catchup": dag.catchup, "tags": sorted(dag.tags), "deadlines": len(dag.deadline or []), "doc": dag.doc_md or "", "name": dag.dag_display_name,
             "timetable": type(dag.timetable).__name__, "max_active_runs": dag.max_active_runs, "params": sorted(dag.params),
             "timeout": dag.dagrun_timeout.total_seconds() if dag.dagrun_timeout else None,
             "tasks": {t.task_id: {"retries": t.retries, "delay": t.retry_delay.total_seconds(),
                       "timeout": t.execution_timeout.total_seconds() if t.execution_timeout else None} for t in dag.tasks}}
    for dag_id, dag in bag.dags.items()}}))
"""
    environment = airflow_environment(folder, 8080, ROOT, ROOT / "demo" / "deliveries")
    done = subprocess.run(
        [sys.executable, "-c", program, ROOT / "dags"], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_every_dag_file_reads(dags):
    assert dags["errors"] == {}
    assert set(dags["dags"]) == {f"feed_{feed}" for feed in FEEDS} | {
        "daily_briefing", "briefing_cut_off", "briefing_evening_before", "briefing_last_look", "weekly_task_and_finish",
        "task_and_finish_decisions", "housekeeping", "photos",
    }  # fmt: skip


def test_reading_them_imports_neither_pandas_nor_great_expectations(dags):
    assert "pandas" not in dags["heavy"]
    assert "great_expectations" not in dags["heavy"]


def test_every_dag_says_what_it_is_for_and_what_to_do_when_it_fails(dags):
    for dag_id, dag in dags["dags"].items():
        assert "**If it fails**" in dag["doc"], dag_id
        assert dag["tags"], dag_id
        assert dag["name"] != dag_id
        assert {"day", "week"} & set(dag["params"]), dag_id


def test_nothing_catches_up_and_everything_has_limits(dags):
    for dag_id, dag in dags["dags"].items():
        assert dag["catchup"] is False, dag_id
        assert dag["timeout"], dag_id
        for task_id, task in dag["tasks"].items():
            waits_for_people = (dag_id, task_id) == ("task_and_finish_decisions", "decide")
            assert task["timeout"] or waits_for_people, (dag_id, task_id)
            assert task["delay"] <= 60, (dag_id, task_id)


def test_what_the_clock_starts_has_a_deadline_and_what_make_brief_runs_has_none(dags):
    """Airflow 3.3.2 can't run a DAG that has one by `dag.test()`."""
    has_one = {dag_id for dag_id, dag in dags["dags"].items() if dag["deadlines"]}
    assert has_one == {"briefing_cut_off", "briefing_last_look"}


def test_the_briefing_waits_for_all_feeds_or_the_cut_off(dags):
    assert dags["dags"]["daily_briefing"]["timetable"] == "PartitionedAssetTimetable"
    assert dags["dags"]["daily_briefing"]["max_active_runs"] == 1
    assert set(dags["dags"]["daily_briefing"]["tasks"]) == {
        "link", "trigger", "brief", "ask_for_decisions", "post", "every_row_accounted_for", "every_feed_heard",
        "send_taskings",
    }  # fmt: skip


def test_every_provider_in_use_imports():
    modules = [
        "standard.operators.python",
        "standard.operators.hitl",
        "imap.hooks.imap",
        "sftp.hooks.sftp",
        "http.hooks.http",
        "slack.hooks.slack",
    ]
    program = "import importlib\n" + "\n".join(f"importlib.import_module('airflow.providers.{m}')" for m in modules)
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
