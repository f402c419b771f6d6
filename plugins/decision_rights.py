"""Requires the desk's permission to decide from whoever answers one of our Required Actions in Airflow.

Only the API server knows the user's roles, so a middleware checks the answer before Airflow stores it. A refused answer
leaves the question open. Accepted answers are recorded in the audit log, and the task accepts only those: without this
plugin no answer counts.
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
    """Middleware that rejects answers to our Required Actions from users without the permission to decide."""

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
    """The user of a request, by Airflow's login; None without one."""
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import HTTPException

    try:
        return await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        return None


def noted(user: Any, run_id: str, task_id: str, map_index: int) -> bool:
    """Whether the user may decide; either way it is recorded in the audit log."""
    from run_notes import opened

    from tasking.delivery.store.answers import note_answer

    is_allowed = may_decide(user)
    with opened() as warehouse:
        note_answer(warehouse, user.get_name(), proposal_of(run_id, task_id, map_index), run_id, is_allowed=is_allowed)
    return is_allowed


def may_decide(user: Any) -> bool:
    """True if the user's roles grant May.READ and May.DECIDE, or if Airflow is configured without roles, as on a
    developer's machine."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
    from airflow.configuration import conf

    from tasking.model.access import May
    from tasking.runtime.access import desk_rights

    if isinstance(get_auth_manager(), SimpleAuthManager) and conf.getboolean("core", "simple_auth_manager_all_admins"):
        return True
    return desk_rights(user) >= {May.READ, May.DECIDE}


def proposal_of(run_id: str, task_id: str, map_index: int) -> str:
    """The id of the proposal that a mapped task asks about; the run id if it is unknown."""
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
