"""The desks of several partnerships in one application: /tasking/<partnership>/today. Each has its own users."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from tasking.pages.access import Host
from tasking.pages.app import configure_app, create_app
from tasking.pages.render import list_page
from tasking.pages.request_checks import LOCAL_HOSTS


def create_partnerships_app(
    names: Callable[[], Sequence[str]],
    host_of: Callable[[str], Host],
    readable: Callable[[Request], Awaitable[list[str] | None]],
    login_url: Callable[[str], str],
    hosts: frozenset[str] = LOCAL_HOSTS,
) -> FastAPI:
    """The application for several partnerships.

    `readable` returns the partnerships that a user may read, None without a login. `host_of` is called when a desk is
    first opened. `hosts`: as in access.Host.
    """
    app = FastAPI(title="Tasking desks", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.login_url = login_url
    configure_app(app, hosts)

    @cache
    def desk(name: str) -> FastAPI:
        return create_app(host_of(name))

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path_params"]["partnership"]
        if name not in names():
            raise HTTPException(404)
        await desk(name)(scope, receive, send)

    async def overview(request: Request) -> Response:
        """A list of the desks the user may open; if there is only one, redirects to it."""
        found = await readable(request)
        if found is None:
            raise HTTPException(401)
        root = str(request.scope.get("root_path", ""))
        if len(found) == 1:
            return RedirectResponse(f"{root}/{found[0]}/today", 302)
        return list_page(root, found)

    app.get("/")(overview)
    app.get("/today")(overview)
    app.router.routes.append(Mount("/{partnership}", app=_Asgi(chosen)))
    return app


class _Asgi:
    """A coroutine function as an application."""

    def __init__(self, call: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.call = call

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.call(scope, receive, send)
