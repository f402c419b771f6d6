"""Several days of Airflow in seconds: its own scheduler's steps, its database and our DAGs, under a clock that is moved.

No process is started and no task runs: the feeds are played. Run as a program, with the environment of
`airflow_environment` and a migrated database, it lives through the days of test_several_days.py and prints what
happened as JSON.
"""

import datetime as dt
import json
import os
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import time_machine
from airflow import settings
from airflow.assets.manager import asset_manager
from airflow.dag_processing.bundles.manager import DagBundlesManager
from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
from airflow.dag_processing.manager import DagFileInfo, DagFileProcessorManager
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models import DagModel, DagRun
from airflow.models.asset import AssetModel, AssetPartitionDagRun
from airflow.models.backfill import ReprocessBehavior, _create_backfill
from airflow.utils.session import create_session
from airflow.utils.sqlalchemy import prohibit_commit

LONDON = ZoneInfo("Europe/London")
HOME = Path(os.environ["TASKING_HOME"])
DAGS = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
BUNDLE = "dags-folder"
FEED, BRIEFING = "feed_", "daily_briefing"
CUT_OFF, LATE_NEWS = "briefing_cut_off", "briefing_late_news"


def at(local: str) -> dt.datetime:
    """`2026-10-25 06:05` in London."""
    return dt.datetime.fromisoformat(local).replace(tzinfo=LONDON).astimezone(dt.UTC)


class Airflow:
    """What a scheduler and a DAG processor do. `silent`: feeds of which nothing lands."""

    def __init__(self, now: str) -> None:
        self.clock = time_machine.travel(at(now), tick=False).start()
        sa.event.listen(settings.engine, "connect", _with_moved_clock)
        settings.engine.dispose()
        DagBundlesManager().sync_bundles_to_db()
        self.scheduler = SchedulerJobRunner(job=Job(), executors=[object()])
        self.silent: set[str] = set()
        self.seen: set[int] = set()

    def go(self, local: str) -> None:
        self.clock.move_to(at(local))

    def parse(self) -> None:
        """The DAG processor reads the files, and sets aside the DAGs that are not in them any more."""
        from tasking.runtime import airflow as runtime

        runtime.declared.cache_clear()
        bag = DagBag(DAGS, bundle_path=Path(DAGS), bundle_name=BUNDLE)
        assert not bag.import_errors, bag.import_errors
        now = dt.datetime.now(dt.UTC)
        with create_session() as session:
            sync_bag_to_db(bag, BUNDLE, None, session=session)
            for gone in session.scalars(sa.select(DagModel).where(DagModel.dag_id.not_in(list(bag.dags)))):
                gone.last_parsed_time = now - dt.timedelta(hours=1)
        files = {DagFileInfo(rel_path=Path(dag.relative_fileloc), bundle_name=BUNDLE) for dag in bag.dags.values()}
        DagFileProcessorManager(max_runs=1).deactivate_stale_dags(dict.fromkeys(files, now))
        self.scheduler._update_asset_orphanage()

    def rounds(self) -> list[str]:
        """The scheduler's rounds until there is no more to do. Returns the runs that it made, as `dag day`."""
        made: list[str] = []
        while more := self._round():
            made += more
            for run in more:
                dag_id, _, day = run.partition(" ")
                is_briefed = f"{BRIEFING} {day}" in self.runs(BRIEFING)
                if dag_id.startswith(FEED) and dag_id.removeprefix(FEED) not in self.silent:
                    self.news(LATE_NEWS if is_briefed else dag_id, day)
                elif dag_id == CUT_OFF and not is_briefed:
                    self.news(CUT_OFF, day)
            self.end()
            assert len(made) < 200, made
        return made

    def live(self, until: str) -> list[str]:
        """A scheduler that is left on. Returns the runs, as `Sun 06:05 dag day`."""
        lived = []
        with create_session() as session:
            is_on = ~DagModel.is_stale & ~DagModel.is_paused
            query = sa.select(sa.func.min(DagModel.next_dagrun_create_after)).where(is_on)
        while True:
            with create_session() as session:
                due = session.scalar(query)
            if due >= at(until):
                break
            self.clock.move_to(max(due, dt.datetime.now(dt.UTC)))
            when = dt.datetime.now(LONDON).strftime("%a %H:%M")
            lived += [f"{when} {run}" for run in self.rounds()]
        self.go(until)
        return lived

    def skip(self, until: str) -> None:
        """Passes over days of which nothing is told."""
        self.go(until)
        self.parse()
        self.rounds()

    def news(self, asset: str, day: str) -> None:
        """As a task does that tells the partition of an asset."""
        with create_session() as session:
            found = session.scalar(sa.select(AssetModel).where(AssetModel.name == asset))
            asset_manager.register_asset_change(asset=found, partition_key=day, session=session)

    def end(self) -> None:
        """Every run has ended."""
        with create_session() as session:
            session.execute(sa.update(DagRun).values(state="success"))
            session.execute(sa.update(DagModel).values(exceeds_max_non_backfill=False))
        self.scheduler._mark_backfills_complete()

    def pause(self, dag_id: str, *, is_paused: bool) -> None:
        with create_session() as session:
            session.execute(sa.update(DagModel).where(DagModel.dag_id == dag_id).values(is_paused=is_paused))

    def switched_off(self) -> list[str]:
        """What a task is told. Of one feed Airflow knows nothing."""
        from tasking.runtime import airflow as runtime

        class Instance:
            def get_dag(self, dag_id: str) -> DagModel:
                with create_session() as session:
                    return session.scalars(
                        sa.select(DagModel).where(DagModel.dag_id == dag_id.replace("police", "x"))
                    ).one()

        return runtime.paused_feeds({"ti": Instance()})

    def backfill(self, dag_id: str, first: str, last: str, again: ReprocessBehavior) -> list[str]:
        """As the form in the UI does. Returns the days of the runs that were made."""
        _create_backfill(
            dag_id=dag_id, from_date=_midnight(first), to_date=_midnight(last), max_active_runs=4, reverse=False,
            dag_run_conf=None, triggering_user_name="ops", reprocess_behavior=again,
        )  # fmt: skip
        with create_session() as session:
            new = session.scalars(sa.select(DagRun).where(DagRun.id.not_in(self.seen)).order_by(DagRun.id)).all()
            self.seen |= {run.id for run in new}
            made = [run.partition_key for run in new]
        self.end()
        return made

    def runs(self, beginning: str = "") -> list[str]:
        with create_session() as session:
            found = session.execute(sa.select(DagRun.dag_id, DagRun.partition_key).order_by(DagRun.id))
            return [f"{row.dag_id} {row.partition_key}" for row in found if row.dag_id.startswith(beginning)]

    def waiting(self) -> list[str]:
        """The days of which some feeds have landed, and whose briefing waits for the others."""
        t = AssetPartitionDagRun
        with create_session() as session:
            return list(session.scalars(sa.select(t.partition_key).where(t.created_dag_run_id.is_(None))))

    def dags(self) -> list[str]:
        with create_session() as session:
            return sorted(session.scalars(sa.select(DagModel.dag_id).where(~DagModel.is_stale)))

    def _round(self) -> list[str]:
        with create_session() as session, prohibit_commit(session) as guard:
            self.scheduler._create_dagruns_for_dags(guard, session)
        with create_session() as session:
            new = session.scalars(sa.select(DagRun).where(DagRun.id.not_in(self.seen)).order_by(DagRun.id)).all()
            self.seen |= {run.id for run in new}
            return [f"{run.dag_id} {run.partition_key}" for run in new]


def _with_moved_clock(connection, _record) -> None:
    """SQLite's own clock too."""
    connection.create_function("CURRENT_TIMESTAMP", 0, lambda: dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f"))


def _midnight(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)


def declare(feeds: Sequence[str]) -> None:
    """The feeds of the partnership; a declaration that is not there yet is a copy of Kent Police's."""
    folder, partnership = HOME / "include" / "feeds", HOME / "include" / "partnership.yml"
    lines = [line for line in partnership.read_text().splitlines() if not line.startswith("feeds:")]
    partnership.write_text("\n".join([*lines, f"feeds: [{', '.join(feeds)}]", ""]))
    for feed in feeds:
        if not (folder / f"{feed}.yml").exists():
            text = (folder / "police.yml").read_text()
            (folder / f"{feed}.yml").write_text(text.replace("feed: police", f"feed: {feed}"))


def story() -> dict:
    """Everything, in the order of the calendar."""
    told: dict = {}
    airflow = Airflow("2026-10-23 23:00")
    six = ["police", "council", "wardens", "housing", "fire", "residents"]
    airflow.parse()
    told["autumn"] = airflow.live("2026-10-27 23:00")

    airflow.pause("feed_fire", is_paused=True)
    told["paused"] = airflow.live("2026-10-31 10:00")
    told["switched off"] = airflow.switched_off()
    airflow.parse()  # it goes on all the time
    airflow.pause("feed_fire", is_paused=False)
    told["unpaused"] = airflow.rounds()

    airflow.skip("2026-11-02 23:00")
    airflow.go("2026-11-05 09:00")  # the machine was off on Tuesday and on Wednesday
    told["off"] = airflow.rounds()  # the worst case: the scheduler is quicker than the DAG processor
    told["off, next day"] = airflow.live("2026-11-06 07:00")

    airflow.skip("2026-11-17 23:00")
    airflow.silent = {"residents"}
    airflow.live("2026-11-18 06:30")
    declare([*six, "parish"])
    airflow.parse()
    told["seventh added"] = airflow.rounds()
    airflow.news("feed_residents", "2026-11-18")  # the last of the six comes after the seventh was added
    told["the sixth lands"] = airflow.rounds()
    airflow.silent = set()
    told["seventh, that day"] = airflow.live("2026-11-18 12:00")
    told["seventh, next day"] = airflow.live("2026-11-19 07:00")

    airflow.silent = {"police", "parish"}
    airflow.live("2026-11-20 06:30")
    told["before it is deleted"] = airflow.waiting()
    declare(six)
    airflow.parse()
    told["deleted"] = airflow.rounds()
    told["dags without it"] = airflow.dags()
    airflow.news("feed_police", "2026-11-20")
    told["the last of the others lands"] = airflow.rounds()
    airflow.silent = set()
    told["deleted, that day"] = airflow.live("2026-11-20 12:00")
    told["deleted, next day"] = airflow.live("2026-11-21 07:00")

    declare(["police_force", *six[1:]])
    airflow.parse()
    told["renamed"] = airflow.live("2026-11-22 07:00")
    told["dags renamed"] = airflow.dags()

    airflow.skip("2026-12-07 12:00")
    told["backfill"] = [
        airflow.backfill("feed_council", "2026-09-14", "2026-09-18", again)
        for again in (ReprocessBehavior.NONE, ReprocessBehavior.NONE, ReprocessBehavior.COMPLETED)
    ]
    told["after the backfill"] = airflow.live("2026-12-08 07:00")

    declare(six)
    airflow.skip("2027-03-26 23:00")
    told["spring"] = airflow.live("2027-03-29 12:00")
    return told


if __name__ == "__main__":
    print(json.dumps(story()))
