"""The Tasking desk as a web application: server-rendered pages that take the same steps as the command line.

The application that serves it says who a user is and what they may do (access.Host); plugins/tasking_desk.py does so
for Airflow.
"""

import secrets
from pathlib import Path
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasking.model.errors import TaskingError, traceback_without_values
from tasking.pages import (
    answers,
    case_reviews,
    category_words,
    feeds,
    follow_ups,
    group_by_hand,
    groups,
    held,
    incident_detail,
    incident_review,
    incidents,
    log,
    map,
    past_groups,
    rules,
    taskings,
    today,
    tonight,
    upload,
)
from tasking.pages.access import Host
from tasking.pages.flash import own_path, redirect_with_flash, referring_page
from tasking.pages.render import error_page
from tasking.pages.request_checks import TrustedHosts

_log = structlog.get_logger(__name__)

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
_WORDS: Final = {
    401: "Log in to see the desk.",
    404: "There is no such page.",
    405: "That can't be done here.",
}
_FAULT: Final = (
    "{what} Something failed on our side; it is not your doing. {then} If it fails again, give ops the fault number "
    "{number}. Ops: the log of Airflow's API server says under that number where it failed."
)
_NO_PAGE: Final = ("This page could not be made.", "Open it again in a few minutes.")
_NO_ANSWER: Final = (
    "What you sent may not have been taken.",
    "Open the page again and look before you send it once more.",
)


class _SafeHeaders:
    """Middleware that adds HEADERS to every response, including errors and files, and marks cookies Secure over TLS."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
                if scope["scheme"] == "https":
                    message["headers"] = [
                        (name, value + b"; Secure" if name == b"set-cookie" else value)
                        for name, value in message["headers"]
                    ]
            await send(message)

        await self.app(scope, receive, with_headers)


class _FaultsInWords:
    """Middleware that turns an unexpected exception into an error page. The log has the traceback, without data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Request({**scope})  # a mounted application changes the root path of the scope
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            number = secrets.token_hex(4)
            route = getattr(scope.get("route"), "path", "")  # an address may hold a reference
            where = traceback_without_values(error)
            _log.error("a page of the desk failed", fault=number, method=asked.method, page=route, where=where)
            if has_begun:
                raise
            what, then = _NO_PAGE if asked.method in ("GET", "HEAD") else _NO_ANSWER
            answer = await error_page(asked, 500, _FAULT.format(what=what, then=then, number=number))
            await answer(scope, receive, send)


def create_app(host: Host) -> FastAPI:
    """The desk's pages. Every route needs a login, except the style sheet and the script, and the page behind a signed
    link, which shows the one tasking that the link is for (see answers)."""
    app = FastAPI(title="Tasking desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.host = host
    app.state.login_url = host.login_url
    incident_pages = (incidents, incident_review, incident_detail)  # in this order: "confirm" is no incident's id
    lists = (today, tonight, feeds, category_words, upload, held)
    group_pages = (group_by_hand, past_groups, groups, case_reviews)  # in this order: "new" is no group's id
    for module in (*lists, *incident_pages, taskings, follow_ups, *group_pages, map, log, rules, answers):
        app.include_router(module.router)
    configure_app(app, host.hosts)
    return app


def configure_app(app: FastAPI, names: frozenset[str]) -> None:
    """What every application of ours has: safe headers, the style sheet and the script, errors in words. `names`: the
    hosts under which it is open."""
    app.add_middleware(_FaultsInWords)
    app.add_middleware(TrustedHosts, names=names)
    app.add_middleware(_SafeHeaders)  # outermost, so that error pages have the headers too
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_exception_handler(StarletteHTTPException, _on_http_error)
    app.add_exception_handler(TaskingError, _on_tasking_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 - registered for this alone
    is_page = "text/html" in request.headers.get("accept", "")
    if error.status_code == 401 and request.method == "GET" and is_page:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        root = str(request.scope.get("root_path", ""))
        return RedirectResponse(request.app.state.login_url(own_path(root, path)), 302)
    words = _WORDS.get(error.status_code, error.detail)
    return await error_page(request, error.status_code, words)


async def _on_tasking_error(request: Request, error: Exception) -> Response:
    """Shows why a step was refused, as a flash message on the page that the form was sent from."""
    if request.method == "GET":
        return await error_page(request, 404, str(error))
    return redirect_with_flash(referring_page(request), str(error), is_error=True)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this alone
    names = ", ".join(sorted({str(one["loc"][-1]).replace("_", " ") for one in error.errors()}))
    if request.method == "GET":
        return await error_page(request, 400, f"This could not be understood: {names}.")
    return redirect_with_flash(
        referring_page(request), f"Fill in what is missing or not as it should be: {names}.", is_error=True
    )
