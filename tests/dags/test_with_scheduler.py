"""Airflow as it runs at night: a scheduler, assets, LocalExecutor on SQLite. Prints how long the briefing took."""

import datetime as dt
import json
import subprocess
import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from conftest import GOLD, free_port, home_for, settle

from .conftest import airflow_environment, running_airflow, stop_the_clock

pytestmark = pytest.mark.server

FEEDS = ["police", "council", "wardens", "housing", "fire", "residents"]
LABELLED = dt.date(2026, 10, 22)  # a day on which all six partners sent something


def shifted(text: str | None, days: int) -> str | None:
    if not text:
        return text
    return (dt.datetime.fromisoformat(text) + dt.timedelta(days=days)).isoformat(timespec="minutes")


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Airflow with deliveries that are for today: the labelled day, moved."""
    tmp_path = tmp_path_factory.mktemp("night")
    today = dt.datetime.now(ZoneInfo("Europe/London")).date()
    days = (today - LABELLED).days
    rows = [json.loads(line) for line in (GOLD / "dev.jsonl").read_text().splitlines()]
    for row in rows:
        row |= {name: shifted(row[name], days) for name in ("received", "occurred", "occurred_to")}
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, rows)))
    drops = tmp_path / "drops"
    subprocess.run(
        [sys.executable, GOLD / "export.py", tmp_path / "gold.jsonl", drops], check=True, capture_output=True
    )
    settle(*(path for path in drops.rglob("*") if path.is_file()))
    home = home_for(tmp_path / "home")
    partnership = home / "include" / "partnership.yml"
    declared = partnership.read_text().replace("[mon, tue, wed, thu, fri]", "[mon, tue, wed, thu, fri, sat, sun]")
    partnership.write_text(declared)  # whatever today is, it is a meeting day
    stop_the_clock(home)
    folder = tmp_path / "airflow"
    folder.mkdir()
    environment = airflow_environment(folder, free_port(), home, drops)
    raise_proposal(home, environment["TASKING_DATABASE_URL"], today)
    with running_airflow(environment) as airflow:
        yield airflow, today, sa.create_engine(airflow.environment["TASKING_DATABASE_URL"]), drops


PROPOSAL = "D-20261022-0a1b2c3d"


def raise_proposal(home, url, day) -> None:
    """A proposal that waits for a decision when the day begins."""
    from tasking.meeting.store.proposals import store_proposals
    from tasking.model.trigger import Proposal
    from tasking.warehouse import open_warehouse

    evidence = {
        "rule": "cluster", "numbers": {"days": 7}, "counts": {"incidents": 4, "partners": 2}, "measures": {},
        "theme": "disorder", "incidents": [], "is_partial": False, "is_warning": False,
    }  # fmt: skip
    proposal = Proposal(PROPOSAL, day, "cluster", "disorder", "The Vine", "I0", 553_000, 155_000, False, evidence)
    warehouse = open_warehouse(url, home / "include" / "sql")
    store_proposals(warehouse, [(proposal, "cluster 1")], "tasking", dt.datetime.now(dt.UTC))
    warehouse.engine.dispose()


def outbox(engine) -> list:
    """The briefings that were posted; on a weekday after 08:30 the week's alert is posted as well."""
    try:
        with engine.connect() as connection:
            return connection.execute(
                sa.text("SELECT day, state, version FROM outbox WHERE state = 'sent' AND kind = 'briefing'")
            ).all()
    except sa.exc.OperationalError:
        return []


def test_the_last_feed_to_land_starts_the_briefing_and_it_is_posted_once(night, capsys):
    airflow, today, engine, _ = night
    airflow.wait_for(lambda: all_known(airflow), 90, "the DAGs are read")
    for feed in FEEDS[:-1]:
        airflow.trigger(f"feed_{feed}", {"day": str(today)})
    for feed in FEEDS[:-1]:
        airflow.wait_for(lambda feed=feed: ended(airflow, f"feed_{feed}") == "success", 180, f"{feed} has landed")
    assert outbox(engine) == []
    started = time.monotonic()
    airflow.trigger(f"feed_{FEEDS[-1]}", {"day": str(today)})
    airflow.wait_for(lambda: outbox(engine), 120, "the briefing is posted")
    seconds = time.monotonic() - started
    with capsys.disabled():
        print(f"\nairflow: from the last delivery to the briefing posted: {seconds:.1f} s")
    assert ended_soon(airflow, "daily_briefing") == "success"
    assert [str(run["partition_key"]) for run in airflow.runs("daily_briefing")] == [str(today)]

    # A rerun of the day posts nothing more.
    airflow.trigger("daily_briefing", {"day": str(today), "posting": "always"})
    airflow.wait_for(
        lambda: len([r for r in airflow.runs("daily_briefing") if r["state"] == "success"]) == 2, 120, "rerun"
    )
    assert len(outbox(engine)) == 1


def test_what_waits_is_a_required_action_and_the_answer_is_the_decision(night):
    airflow, today, engine, _ = night
    dag = "task_and_finish_decisions"

    def waiting() -> list[dict]:
        details = airflow.get(f"/api/v2/dags/{dag}/dagRuns/~/hitlDetails")["hitl_details"]
        return [one for one in details if not one["response_received"]]

    asked = airflow.wait_for(waiting, 120, "the proposal is asked about")
    assert [one["subject"] for one in asked] == [
        "The Vine: 4 incidents in 7 days, 2 partners: start a task-and-finish group?"
    ]
    instance = asked[0]["task_instance"]
    assert [str(run["partition_key"]) for run in airflow.runs(dag)][:1] == [str(today)]
    path = (
        f"/api/v2/dags/{dag}/dagRuns/{instance['dag_run_id']}/taskInstances/decide/{instance['map_index']}/hitlDetails"
    )
    airflow.patch(path, {"chosen_options": ["Reject: not one problem"], "params_input": {}})
    airflow.wait_for(lambda: steps(engine), 120, "the decision is stored")
    assert [(row.verb, row.reason) for row in steps(engine)] == [("reject", "not one problem")]
    run_id = instance["dag_run_id"]
    airflow.wait_for(lambda: airflow.states(dag, run_id)["decide"] == "success", 60, "the action has ended")


def steps(engine) -> list:
    with engine.connect() as connection:
        return connection.execute(sa.text("SELECT verb, reason, actor FROM step ORDER BY number")).all()


def test_at_the_cut_off_the_briefing_goes_out_without_the_missing_and_late_news_edits_it(night):
    airflow, today, engine, drops = night
    day = today + dt.timedelta(days=1)  # of which nothing has been received yet
    police = drops / "police" / f"KP_CSU_{day:%Y%m%d}.csv"
    late = police.rename(drops / "not-yet")
    before = len(airflow.runs("daily_briefing"))
    airflow.trigger("feed_council", {"day": str(day)})
    airflow.wait_for(lambda: stands(engine, day, "council") == "landed", 90, "the council has landed")
    airflow.trigger("briefing_cut_off", {"day": str(day)})
    run = airflow.wait_for(lambda: ended_run(airflow, before), 120, "the briefing of the cut-off")
    assert (run["partition_key"], run["state"]) == (str(day), "failed")
    states = airflow.states("daily_briefing", run["dag_run_id"])
    assert states["every_feed_heard"] == "failed"
    assert states["every_row_accounted_for"] == "success"
    assert states["post"] == "skipped"  # it is not that day yet
    assert versions(engine, day) == [1]

    late.rename(police)
    airflow.trigger("feed_police", {"day": str(day)})
    airflow.wait_for(lambda: versions(engine, day) == [1, 2], 120, "late news makes version 2")
    assert ended_run(airflow, before)["dag_run_id"] == run["dag_run_id"]


def test_nothing_personal_is_in_airflow(night):
    """Names, telephones, e-mails and stories of the labelled set, in Airflow's database, its logs and what it served."""
    airflow, *_ = night
    rows = [json.loads(line) for line in (GOLD / "dev.jsonl").read_text().splitlines()]
    people = [person for row in rows for person in (row["reporter"] or {}, row["about"] or {})]
    named = {value.casefold() for person in people for key, value in person.items() if value and key != "dob"}
    # Initials such as "T." are in every file; what is left names somebody.
    canaries = {value for value in named if len(value) > 5 and value != "anonymous"}
    canaries |= {row["text"][:60].casefold() for row in rows}
    assert len(canaries) > 400
    home = Path(airflow.environment["AIRFLOW_HOME"])
    looked_at = [path for path in home.rglob("*") if path.is_file() and not path.name.startswith("tasking.db")]
    assert any(path.name == "airflow.db" for path in looked_at)
    assert any(path.suffix == ".log" and "feed_police" in str(path) for path in looked_at)
    for path in looked_at:
        content = path.read_bytes().decode("utf-8", "replace").casefold()
        assert not [canary for canary in canaries if canary in content], path


def stands(engine, day, feed) -> str | None:
    with engine.connect() as connection:
        query = sa.text("SELECT outcome FROM feed_day WHERE day = :day AND feed = :feed")
        return connection.execute(query, {"day": str(day), "feed": feed}).scalar()


def versions(engine, day) -> list[int]:
    with engine.connect() as connection:
        query = sa.text("SELECT version FROM briefing WHERE day = :day ORDER BY version")
        return list(connection.execute(query, {"day": str(day)}).scalars())


def ended_run(airflow, number: int) -> dict | None:
    runs = airflow.runs("daily_briefing")
    return runs[number] if len(runs) > number and runs[number]["state"] in ("success", "failed") else None


def all_known(airflow) -> bool:
    try:
        return (
            all(airflow.runs(f"feed_{feed}") is not None for feed in FEEDS)
            and airflow.runs("daily_briefing") is not None
        )
    except Exception:
        return False


def ended(airflow, dag_id: str) -> str | None:
    runs = airflow.runs(dag_id)
    states = {run["state"] for run in runs}
    assert "failed" not in states, airflow.states(dag_id, runs[0]["dag_run_id"])
    return "success" if "success" in states else None


def ended_soon(airflow, dag_id: str) -> str | None:
    return airflow.wait_for(lambda: ended(airflow, dag_id), 60, f"{dag_id} has ended")
