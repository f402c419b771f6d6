"""Who answers a Required Action of ours must have the desk's right to decide: Airflow's right to answer is not enough.

Only the API server knows who somebody is and which roles they have, so the answer is looked at here, before Airflow
stores it. One that is refused leaves the question open. What is let through is noted in the desk's log, and the task
takes no answer that is not: without this plugin no answer counts.
"""

import logging
import re
from typing import Any, Final

from airflow.plugins_manager import AirflowPlugin

log = logging.getLogger(__name__)

DAG_ID: Final = "task_and_finish_decisions"
ANSWER: Final = re.compile(
    rf"/dags/{DAG_ID}/dagRuns/(?P<run_id>[^/]+)/taskInstances/(?P<task_id>[^/]+)/(?P<map_index>[^/]+)/hitlDetails/?$"
)
_INDEX: Final = re.compile(r"-?[0-9]{1,9}")
REFUSED: Final = (
    "Your roles do not give you “decide” on the Tasking desk, so your answer is not taken and the question stays open. "
    "Ask whoever gives out roles."
)


class DecisionRights:
    """Passes everything on but answers to our questions by those who may not decide."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        asked = ANSWER.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PATCH" else None
        if asked is None:
            await self.app(scope, receive, send)
            return
        from fastapi import Request
        from fastapi.concurrency import run_in_threadpool
        from fastapi.responses import JSONResponse

        if not _INDEX.fullmatch(asked["map_index"]):  # Airflow reads ` 0` and `+0` as 0 too
            await JSONResponse({"detail": "There is no such question."}, 404)(scope, receive, send)
            return
        user = await user_of(Request(scope, receive))
        if user is None:  # Airflow says so itself
            await self.app(scope, receive, send)
            return
        try:
            is_allowed = await run_in_threadpool(
                noted, user, asked["run_id"], asked["task_id"], int(asked["map_index"])
            )
        except Exception:
            log.exception("whether somebody may decide could not be looked up")
            words = "It could not be looked up whether you may decide, so your answer is not taken. Try again."
            await JSONResponse({"detail": words}, 503)(scope, receive, send)
            return
        if is_allowed:
            await self.app(scope, receive, send)
        else:
            await JSONResponse({"detail": REFUSED}, 403)(scope, receive, send)


async def user_of(request: Any) -> Any:
    """Who sent a request, by Airflow's own login; None where nobody is logged in."""
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import HTTPException

    try:
        return await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        return None


def noted(user: Any, run_id: str, task_id: str, map_index: int) -> bool:
    """Whether somebody may decide, which the desk's log is told either way."""
    from run_notes import opened

    from tasking.delivery.store.answers import note_answer

    is_allowed = may_decide(user)
    with opened() as warehouse:
        note_answer(warehouse, user.get_name(), proposal_of(run_id, task_id, map_index), run_id, is_allowed=is_allowed)
    return is_allowed


def may_decide(user: Any) -> bool:
    """True for those whose roles give them to read the desk and to decide there; for everybody where Airflow itself is
    set to know no roles, as on a developer's machine."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
    from airflow.configuration import conf

    from tasking.model.access import May
    from tasking.runtime.access import desk_rights

    if isinstance(get_auth_manager(), SimpleAuthManager) and conf.getboolean("core", "simple_auth_manager_all_admins"):
        return True
    return desk_rights(user) >= {May.READ, May.DECIDE}


def proposal_of(run_id: str, task_id: str, map_index: int) -> str:
    """The proposal that a task asks about, by which it is shown; the run where it is not known."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = select(TaskInstance.rendered_map_index).where(
            TaskInstance.dag_id == DAG_ID,
            TaskInstance.run_id == run_id,
            TaskInstance.task_id == task_id,
            TaskInstance.map_index == map_index,
        )
        return session.scalar(query) or run_id


class DecisionRightsPlugin(AirflowPlugin):
    name = "tasking_decision_rights"
    fastapi_root_middlewares = [{"middleware": DecisionRights, "name": "Tasking decisions"}]  # noqa: RUF012
