"""What ops staff see beside a run in Airflow: a note with its status, and a link to the page of the desk to act on it.

Loaded by the scheduler and the API server, so heavy modules are imported inside functions. Every viewer can read notes,
so they hold our own figures and reasons and quote no partner.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Final

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import BaseOperatorLink

log = logging.getLogger(__name__)

BRIEFING: Final = "daily_briefing"
FEED: Final = "feed_"
_declared_at: dict[str, int] = {}  # the newest change under include/ when the declarations were read

PAGES = {  # task -> page of the desk
    "every_feed_heard": "feeds", "every_row_accounted_for": "feeds", "link": "incidents", "ask_for_decisions": "groups",
    "waiting": "groups", "decide": "groups", "send_taskings": "taskings",
}  # fmt: skip


class DeskLink(BaseOperatorLink):
    """A link to the page of the desk that shows what a task reports."""

    name = "Tasking desk"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow calls it so
        return address_of(ti_key.dag_id, ti_key.task_id, day_of_run(ti_key.dag_id, ti_key.run_id))


def address_of(dag_id: str, task_id: str, day: str | None) -> str:
    """`/tasking/feeds?day=2026-10-22#police`"""
    feed = dag_id.removeprefix("feed_") if dag_id.startswith("feed_") else ""
    if dag_id.startswith("partnership_"):
        return "/tasking/"  # a run does not say which partnership it was for
    page = "feeds" if feed else PAGES.get(task_id, "today")
    if dag_id.startswith(("weekly_", "task_and_finish")):
        page = "groups"
    asked = f"?day={day}" if day and page in ("feeds", "today") else ""
    return f"/tasking/{page}{asked}" + (f"#{feed}" if feed else "")


def day_of_run(dag_id: str, run_id: str) -> str | None:
    """The reporting day of a run: its partition key, or the parameter it was started with."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        run = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
        return _day(run) if run is not None else None


def _day(run: Any) -> str | None:
    day = run.partition_key or (run.conf or {}).get("day")
    return str(day)[:10] if day else None


class RunNotes:
    """Puts a note on every run of a feed and of the briefing when it starts and when it ends. It is called by the
    scheduler, in whose session the run is; what happens in between is for plugins/notes_while_waiting.py."""

    @hookimpl
    def on_dag_run_running(self, dag_run: Any, msg: str) -> None:  # noqa: ARG002 - Airflow calls it by these names
        _note(dag_run)

    @hookimpl
    def on_dag_run_success(self, dag_run: Any, msg: str) -> None:  # noqa: ARG002
        _note(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: Any, msg: str) -> None:  # noqa: ARG002
        _note(dag_run)


def _note(dag_run: Any) -> None:
    """Puts the note on a run. Never raises. Runs of `dag.test()` are in no session and get none."""
    from sqlalchemy.orm.exc import DetachedInstanceError

    try:
        with opened() as warehouse:
            put_note(dag_run, warehouse)
    except DetachedInstanceError:
        log.debug("no note for %s, which is in no session", dag_run.run_id)
    except Exception:
        log.exception("no note for %s", dag_run.run_id)


def put_note(dag_run: Any, warehouse: Any) -> bool:
    """Writes the status into the note of a run of a feed or of the briefing. Returns whether the note changed."""
    from tasking.runtime.run_notes import with_words

    day = _day(dag_run)
    if day is None or not has_note(dag_run.dag_id):
        return False
    on = date.fromisoformat(day)
    words = words_of(warehouse, dag_run.dag_id, on, dag_run.start_date)
    before = newest_note(dag_run)  # read late, because somebody may edit it while the words are made
    note = with_words(before, words, on, f"{dag_run.dag_id} {dag_run.run_id}")
    if note == (before or ""):
        return False
    dag_run.note = note
    return True


def newest_note(dag_run: Any) -> str | None:
    """The note of a run as it stands in the database now, locked against other writers until the session commits."""
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is not None:
        session.refresh(dag_run, ["dag_run_note"])
        if dag_run.dag_run_note is not None:
            session.refresh(dag_run.dag_run_note, with_for_update=True)
    note: str | None = dag_run.note
    return note


def has_note(dag_id: str) -> bool:
    """True for the DAGs whose runs get a note: the feeds and the briefing."""
    return dag_id == BRIEFING or dag_id.startswith(FEED)


def words_of(warehouse: Any, dag_id: str, day: date, started_at: datetime | None = None) -> str:
    """The status of a run of a feed or of the briefing, in words. `started_at` is shown for the briefing, whose runs
    are started by assets and have no readable name."""
    from tasking.briefing.service import newest_briefing
    from tasking.model.feed_status import MorningClock, NextStepContext, where_ops_look
    from tasking.runtime import run_notes

    partnership, feeds = as_declared()
    morning = MorningClock(day, partnership.meeting, partnership.zone)
    if dag_id == BRIEFING:
        begun = f"started {morning.clock(started_at)}. " if started_at else ""
        found = run_notes.of_briefing(warehouse, day).removeprefix(run_notes.named(day)) or "no briefing yet."
        return f"{run_notes.named(day)}{begun}{found[0].upper()}{found[1:]}"
    name = dag_id.removeprefix(FEED)
    feed = next((one for one in feeds if one.feed == name), None)
    if feed is None:
        return f"{run_notes.named(day)}{name} is no feed of {partnership.name} (any more)."
    follow = NextStepContext(
        is_briefed=newest_briefing(warehouse, day) is not None,
        has_meeting=partnership.calendar.is_meeting_day(day),
        where_ops_look=where_ops_look(name, feed.delivery.transport.kind),
    )
    return run_notes.of_feed(warehouse, name, morning, datetime.now(UTC), follow, feed.contact)


def as_declared() -> Any:
    """The partnership and its feeds; read again if a file under include/ has changed."""
    from tasking.runtime.airflow import declared
    from tasking.runtime.settings import Settings

    stamp = max(path.stat().st_mtime_ns for path in Settings().include.declarations().values())
    if stamp != _declared_at.get("stamp"):
        declared.cache_clear()
        _declared_at["stamp"] = stamp
    return declared()


@contextmanager
def opened() -> Iterator[Any]:
    """The warehouse, opened and closed again."""
    from tasking.runtime.settings import Settings
    from tasking.warehouse import open_warehouse

    settings = Settings()
    warehouse = open_warehouse(settings.warehouse_url, settings.include / "sql")
    try:
        yield warehouse
    finally:
        warehouse.engine.dispose()


class RunNotesPlugin(AirflowPlugin):
    name = "tasking_run_notes"
    global_operator_extra_links = [DeskLink()]  # noqa: RUF012
    listeners = [RunNotes()]  # noqa: RUF012
