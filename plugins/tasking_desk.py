"""The Tasking desk in the Airflow UI: its pages under /tasking, for those whose roles let them in.

The pages themselves are in src/tasking/pages; here is what they need of Airflow: who somebody is, what they may do, and
how a DAG is started. Everything heavy is imported with the first request, so that a scheduler or a worker that loads
this plugin carries none of it.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/tasking"
DOOR = "/tasking-tab"  # below it, where the tabs on Airflow's own pages lead


class Lazy:
    """An ASGI application that `make` creates on the first request."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._app = make, None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            from fastapi.concurrency import run_in_threadpool

            self._app = await run_in_threadpool(self._make)
        await self._app(scope, receive, send)


def make_door() -> Any:
    """What the desk's tab on the page of a DAG or a run opens: the page of the desk that shows what it is about."""
    from fastapi import FastAPI, Request
    from fastapi.concurrency import run_in_threadpool
    from fastapi.responses import RedirectResponse
    from run_notes import address_of, day_of_run

    door = FastAPI(title="Tasking desk: tabs", docs_url=None, redoc_url=None, openapi_url=None)

    @door.get("/{dag_id}")
    async def of_dag(request: Request, dag_id: str) -> RedirectResponse:
        is_known = await user_of(request) is not None
        return RedirectResponse(address_of(dag_id, "", None) if is_known else login_url(request.url.path), 302)

    @door.get("/{dag_id}/{run_id}")
    async def of_run(request: Request, dag_id: str, run_id: str) -> RedirectResponse:
        if await user_of(request) is None:
            return RedirectResponse(login_url(request.url.path), 302)
        day = await run_in_threadpool(day_of_run, dag_id, run_id)
        return RedirectResponse(address_of(dag_id, "", day), 302)

    return door


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
        logout_url=logout_url,
        who_gives=who_gives,
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


def logout_url() -> str:
    """Where Airflow ends the session, revokes its token and shows the login page."""
    from urllib.parse import urlsplit

    from airflow.configuration import conf

    return f"{urlsplit(conf.get('api', 'base_url', fallback='')).path.rstrip('/')}/api/v2/auth/logout"


def who_gives(needed: Any) -> str:
    from tasking.runtime.access import load_access
    from tasking.runtime.settings import Settings

    return load_access(Settings().include).who_gives(needed)


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
                    note=f"Started on the Tasking desk by {by}.", session=session, run_id=_run_id(day),
                )  # fmt: skip
            except DagNotFound:
                return f"{what} could not be started: Airflow does not know the DAG {dag_id} yet."
    if is_paused:
        return f"{what} waits: the DAG is paused."
    return f"{what} is {said}."


def _run_id(day: date) -> str:
    """The name of a run that is started now for a day."""
    from tasking.runtime.airflow import declared, partnerships
    from tasking.runtime.airflow_timetable import manual_run_id

    zone = UTC if partnerships() else declared()[0].zone
    return manual_run_id(str(day), datetime.now(UTC), zone)


class TaskingDesk(AirflowPlugin):
    name = "tasking_desk"
    fastapi_apps = [  # noqa: RUF012
        {"app": Lazy(make_desk), "url_prefix": PREFIX, "name": "Tasking desk"},
        {"app": Lazy(make_door), "url_prefix": DOOR, "name": "Tasking desk: tabs"},
    ]
    external_views = [  # noqa: RUF012
        {
            "name": "Tasking",
            "href": f"{PREFIX.strip('/')}/today",
            "destination": "nav",
            "url_route": "desk",
            "nav_top_level": True,
        },
        {
            "name": "Tasking desk",
            "href": f"{DOOR.strip('/')}/{{DAG_ID}}",
            "destination": "dag",
            "url_route": "desk-of-dag",
        },
        {
            "name": "Tasking desk",
            "href": f"{DOOR.strip('/')}/{{DAG_ID}}/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "desk-of-run",
        },
    ]
