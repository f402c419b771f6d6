"""The Tasking desk in the Airflow UI: its pages under /tasking, for those whose roles let them in.

The pages themselves are in src/tasking/pages; here is what they need of Airflow: who somebody is, what they may do, and
how a DAG is started. Everything heavy is imported with the first request, so that a scheduler or a worker that loads
this plugin carries none of it.
"""

from datetime import date
from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/tasking"


class LazyDesk:
    """The pages as an application, made when somebody first asks for one."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            from fastapi.concurrency import run_in_threadpool

            self._app = await run_in_threadpool(make_desk)
        await self._app(scope, receive, send)


def make_desk() -> Any:
    """The desk's pages with Airflow as their host."""
    import hashlib

    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.tokens import get_signing_key

    from tasking.pages import Host, create_app
    from tasking.runtime.airflow import desk_as_declared

    key = get_signing_key("api", "secret_key").encode()
    host = Host(
        open_desk=desk_as_declared,
        person_of=person_of,
        make_again=make_again,
        ask_again=ask_again,
        secret=hashlib.sha256(b"tasking desk forms|" + key).digest(),
        login_url=lambda next_url: get_auth_manager().get_url_login(next_url=next_url),
    )
    return create_app(host)


async def person_of(request: Any) -> Any:
    """Who sent a request, by Airflow's own login; None where nobody is logged in."""
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import HTTPException
    from fastapi.concurrency import run_in_threadpool

    from tasking.pages import Person
    from tasking.runtime.access import desk_rights

    try:
        user = await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        return None
    return Person(user.get_name(), await run_in_threadpool(desk_rights, user))


def make_again(day: date, by: str) -> str:
    """Starts the briefing of a day once more; late news edits what was posted."""
    return _start("daily_briefing", day, by, f"The briefing of {day:%a} {day.day} {day:%b}", "being made again")


def ask_again(feed: str, day: date, by: str) -> str:
    """Asks a feed for the delivery of a day once more."""
    return _start(f"feed_{feed}", day, by, f"The delivery of {day:%a} {day.day} {day:%b}", "being asked for")


def _start(dag_id: str, day: date, by: str, what: str, said: str) -> str:
    """Starts a DAG for a day, unless a run for it waits already. Returns what came of it, in words."""
    from airflow.api.common.trigger_dag import trigger_dag
    from airflow.exceptions import DagNotFound
    from airflow.models.dag import DagModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType
    from sqlalchemy import select

    with create_session() as session:
        queued = session.scalars(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.state == DagRunState.QUEUED))
        waits = any((run.partition_key or (run.conf or {}).get("day")) == str(day) for run in queued)
        is_paused = bool(session.scalar(select(DagModel.is_paused).where(DagModel.dag_id == dag_id)))
        if not waits:
            try:
                trigger_dag(
                    dag_id, triggered_by=DagRunTriggeredByType.UI, triggering_user_name=by, conf={"day": str(day)},
                    note=f"Started on the Tasking desk by {by}.", session=session,
                )  # fmt: skip
            except DagNotFound:
                return f"{what} could not be started: Airflow does not know the DAG {dag_id} yet."
    if is_paused:
        return f"{what} waits: the DAG is paused."
    return f"{what} is {said}."


class TaskingDesk(AirflowPlugin):
    name = "tasking_desk"
    fastapi_apps = [{"app": LazyDesk(), "url_prefix": PREFIX, "name": "Tasking desk"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Tasking",
            "href": f"{PREFIX.strip('/')}/today",
            "destination": "nav",
            "url_route": "desk",
            "nav_top_level": True,
        }
    ]
