"""Keeps the notes of runs up to date, within half a minute, while they wait and for some hours after they end.

Tasks have no access to Airflow's database or to notes, and listeners are called only when a run starts or ends. So the
API server updates the notes periodically, in a background task that a middleware starts and stops with the server.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from airflow.plugins_manager import AirflowPlugin

log = logging.getLogger(__name__)

EVERY_S: Final = 20
AFTERWARDS: Final = timedelta(hours=12)  # an uploaded file changes the status of a feed after its run has ended


class NotesWhileWaiting:
    """Middleware that passes every request on, and writes notes in the background while the server runs."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        writing = asyncio.create_task(keep_writing())
        try:
            await self.app(scope, receive, send)
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing


async def keep_writing() -> None:
    """Writes notes every EVERY_S seconds until it is cancelled. What fails is logged and tried again."""
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            await asyncio.to_thread(write_notes)
        except Exception:
            log.exception("the notes of runs could not be written; they are tried again in %d s", EVERY_S)


def write_notes() -> int:
    """Brings the notes of the newest runs up to date. Returns how many were changed.

    The warehouse is opened only where there is a run to write about.
    """
    from airflow.utils.session import create_session
    from run_notes import opened

    with create_session() as session:
        runs = newest_runs(session)
        if not runs:
            return 0
        with opened() as warehouse:
            return sum(_put(session, run, warehouse) for run in runs)


def _put(session: Any, run: Any, warehouse: Any) -> bool:
    """Updates one run's note and commits at once, so that the row is locked only briefly.

    A run that fails, such as one with an invalid day, is logged and does not affect the others.
    """
    from run_notes import put_note

    run_id = run.run_id  # can't be read after a failure
    try:
        is_changed = bool(put_note(run, warehouse))
        session.commit()
    except Exception:
        session.rollback()
        log.exception("no note for %s", run_id)
        return False
    return is_changed


def newest_runs(session: Any) -> list[Any]:
    """The newest run of each feed and of the briefing for each day, among those running or ended recently.

    An older run of the same day keeps the note that it ended with.
    """
    from airflow.models.dagrun import DagRun
    from airflow.utils.state import DagRunState
    from run_notes import BRIEFING, FEED
    from sqlalchemy import or_, select

    lately = datetime.now(UTC) - AFTERWARDS
    found = session.scalars(
        select(DagRun)
        .where(
            or_(DagRun.dag_id == BRIEFING, DagRun.dag_id.startswith(FEED, autoescape=True)),
            or_(DagRun.state == DagRunState.RUNNING, DagRun.end_date >= lately),
            DagRun.start_date.is_not(None),
        )
        .order_by(DagRun.start_date)
    )
    return list({(run.dag_id, run.partition_key or (run.conf or {}).get("day")): run for run in found}.values())


class NotesWhileWaitingPlugin(AirflowPlugin):
    name = "tasking_notes_while_waiting"
    fastapi_root_middlewares = [{"middleware": NotesWhileWaiting, "name": "Tasking notes"}]  # noqa: RUF012
