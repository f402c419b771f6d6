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
    """An ASGI application that creates the desk on the first request."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            from fastapi.concurrency import run_in_threadpool

            self._app = await run_in_threadpool(make_desk)
        await self._app(scope, receive, send)


def make_desk() -> Any:
    """The desk's pages with Airflow as their host; those of every partnership, where there are several."""
    from tasking.pages import create_app, create_partnerships_app
    from tasking.runtime.airflow import partnerships

    if not partnerships():
        return create_app(host_of(None))
    return create_partnerships_app(partnerships, host_of, readable, login_url, desk_hosts())


def host_of(partnership: str | None) -> Any:
    """The pages' host for a partnership; None if there is only one."""
    import hashlib
    from functools import partial

    from airflow.api_fastapi.auth.tokens import get_signing_key

    from tasking.pages import Host
    from tasking.runtime.airflow import services_as_declared

    key = get_signing_key("api", "secret_key").encode()
    return Host(
        open_services=partial(services_as_declared, partnership),
        person_of=partial(person_of, partnership=partnership),
        rerun_briefing=partial(rerun_briefing, partnership=partnership),
        poll_feed=partial(poll_feed, partnership=partnership),
        secret=hashlib.sha256(f"tasking desk forms|{partnership or ''}|".encode() + key).digest(),
        login_url=login_url,
        hosts=desk_hosts(),
    )


def desk_hosts() -> frozenset[str]:
    """The trusted host names: those in Airflow's base URL and TASKING_DESK_URL, and those in TASKING_DESK_HOSTS."""
    from airflow.configuration import conf

    from tasking.pages import trusted_hosts
    from tasking.runtime.settings import Settings

    settings = Settings()
    return trusted_hosts(settings.desk_hosts, settings.desk_url, conf.get("api", "base_url", fallback=""))


def login_url(next_url: str) -> str:
    from airflow.api_fastapi.app import get_auth_manager

    return str(get_auth_manager().get_url_login(next_url=next_url))


async def person_of(request: Any, partnership: str | None) -> Any:
    """The user of a request with their permissions on the desk of a partnership; None without a login."""
    from fastapi.concurrency import run_in_threadpool

    from tasking.pages import Person
    from tasking.runtime.access import desk_rights

    user = await user_of(request)
    if user is None:
        return None
    return Person(user.get_name(), await run_in_threadpool(desk_rights, user, partnership))


async def readable(request: Any) -> Any:
    """The partnerships whose desks the user may read; None without a login."""
    from fastapi.concurrency import run_in_threadpool

    from tasking.runtime import access
    from tasking.runtime.airflow import partnerships

    user = await user_of(request)
    return None if user is None else await run_in_threadpool(access.readable, user, partnerships())


async def user_of(request: Any) -> Any:
    """The user of a request, by Airflow's login; None without one."""
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import HTTPException

    try:
        return await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        return None


def rerun_briefing(day: date, by: str, partnership: str | None) -> str:
    """Starts the briefing of a day again; a posted briefing is edited."""
    dag_id, conf = ("partnership_nights", {"partnerships": [partnership]}) if partnership else ("daily_briefing", {})
    return _start(dag_id, day, by, conf, f"The briefing of {day:%a} {day.day} {day:%b}", "being made again")


def poll_feed(feed: str, day: date, by: str, partnership: str | None) -> str:
    """Polls a feed again for a day; with several partnerships, every feed of the partnership."""
    dag_id, conf = ("partnership_nights", {"partnerships": [partnership]}) if partnership else (f"feed_{feed}", {})
    return _start(dag_id, day, by, conf, f"The delivery of {day:%a} {day.day} {day:%b}", "being asked for")


def _start(dag_id: str, day: date, by: str, conf: dict[str, Any], what: str, said: str) -> str:
    """Starts a DAG for a day, unless such a run is queued already. Returns the outcome, in words."""
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
        asked = conf | {"day": str(day)}
        waits = any(
            (run.partition_key or (run.conf or {}).get("day")) == str(day)
            and (run.conf or {}).get("partnerships") == asked.get("partnerships")
            for run in queued
        )
        is_paused = bool(session.scalar(select(DagModel.is_paused).where(DagModel.dag_id == dag_id)))
        if not waits:
            try:
                trigger_dag(
                    dag_id, triggered_by=DagRunTriggeredByType.UI, triggering_user_name=by, conf=asked,
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
