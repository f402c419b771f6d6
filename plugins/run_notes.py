"""What ops staff see beside a run in Airflow: a note that says what came of it, and a link to the page that mends it.

Loaded by the scheduler and the API server, so nothing heavy is imported here. Notes are for every viewer: figures and
reasons of ours, nothing that a partner wrote.
"""

import logging
from datetime import date
from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import BaseOperatorLink

log = logging.getLogger(__name__)

PAGES = {  # task -> page of the desk
    "every_feed_heard": "feeds", "every_row_accounted_for": "feeds", "link": "incidents", "ask_for_decisions": "groups",
    "waiting": "groups", "decide": "groups",
}  # fmt: skip


class DeskLink(BaseOperatorLink):
    """The page of the desk on which what a task reports can be seen and mended."""

    name = "Tasking desk"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 - Airflow calls it so
        return address_of(ti_key.dag_id, ti_key.task_id, day_of_run(ti_key.dag_id, ti_key.run_id))


def address_of(dag_id: str, task_id: str, day: str | None) -> str:
    """`/tasking/feeds?day=2026-10-22#police`"""
    feed = dag_id.removeprefix("feed_") if dag_id.startswith("feed_") else ""
    if dag_id.startswith("partnership_"):
        return "/tasking/"  # whose night it was, the run does not say
    page = "feeds" if feed else PAGES.get(task_id, "today")
    if dag_id.startswith(("weekly_", "task_and_finish")):
        page = "groups"
    asked = f"?day={day}" if day and page in ("feeds", "today") else ""
    return f"/tasking/{page}{asked}" + (f"#{feed}" if feed else "")


def day_of_run(dag_id: str, run_id: str) -> str | None:
    """The reporting day of a run: its partition, or what it was started with."""
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
    """Puts a note on every run of a feed and of the briefing when it ends."""

    @hookimpl
    def on_dag_run_success(self, dag_run: Any, msg: str) -> None:  # noqa: ARG002 - Airflow calls it by these names
        _note(dag_run)

    @hookimpl
    def on_dag_run_failed(self, dag_run: Any, msg: str) -> None:  # noqa: ARG002
        _note(dag_run)


def _note(dag_run: Any) -> None:
    """A run never fails for its note."""
    try:
        day = _day(dag_run)
        if day is None:
            return
        words = words_of(dag_run.dag_id, date.fromisoformat(day))
        if words:
            dag_run.note = f"{dag_run.note}\n\n{words}" if dag_run.note else words
    except Exception as error:
        log.warning("no note for %s: %s", dag_run.run_id, type(error).__name__)


def words_of(dag_id: str, day: date) -> str:
    """What a run of a feed or of the briefing came to; empty for other DAGs."""
    from tasking.runtime.settings import Settings
    from tasking.warehouse import open_warehouse, run_words

    if dag_id != "daily_briefing" and not dag_id.startswith("feed_"):
        return ""
    settings = Settings()
    warehouse = open_warehouse(settings.warehouse_url, settings.include / "sql")
    try:
        if dag_id == "daily_briefing":
            return run_words.of_briefing(warehouse, day)
        return run_words.of_feed(warehouse, dag_id.removeprefix("feed_"), day)
    finally:
        warehouse.engine.dispose()


class RunNotesPlugin(AirflowPlugin):
    name = "tasking_run_notes"
    global_operator_extra_links = [DeskLink()]  # noqa: RUF012
    listeners = [RunNotes()]  # noqa: RUF012
