"""The Tasking desk as a web application: server-rendered pages that take the same steps as the command line.

The application that serves it says who a user is and what they may do (access.Host); plugins/tasking_desk.py does so
for Airflow.
"""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasking.model.errors import DeclarationError, TaskingError, traceback_without_values
from tasking.pages import (
    agenda,
    answers,
    attachments,
    case_reviews,
    category_words,
    corrections,
    deliveries,
    duplicates,
    feeds,
    follow_ups,
    group_by_hand,
    groups,
    handover,
    held,
    help,
    incident_decisions,
    incident_detail,
    incident_review,
    incident_status,
    incidents,
    list_actions,
    log,
    map,
    meeting_acts,
    meeting_mode,
    minutes,
    notes,
    past_groups,
    people,
    places,
    quality,
    register,
    report_detail,
    reports_by_hand,
    rules,
    search,
    taskings,
    today,
    tonight,
    upload,
)
from tasking.pages.access import CHECKED_FORM, Host
from tasking.pages.flash import own_path, was_sent_from_page
from tasking.pages.rejected_form import Problem, form_again, typed_texts
from tasking.pages.render import error_page
from tasking.pages.request_checks import TrustedHosts, UnusableText
from tasking.warehouse.faults import internal_fault_words

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
    404: "Check the address, or find what you are looking for with the search box at the top of this page.",
    405: "This page can’t do that. Go back and try again.",
}
_FAULT: Final = (
    "{what} Something went wrong on our side{why}. {then}",
    "If it fails again, give ops the fault number {number}. Ops: the log of Airflow’s API server says under that "
    "number where it failed.",
)
_WRONG_DECLARATION: Final = "No page can be shown, because one of the desk’s settings is wrong. Tell ops."
_OF_PYDANTIC: Final = re.compile(r"\s*\[type=.*?\]$|^\s*For further information visit .*$", re.MULTILINE)
_GONE: Final = (
    "Nothing was saved. What this form was for is not here any more: someone may have merged, moved or removed it "
    "while you were typing"
)
_MISSING: Final = "Enter {field}"
_NO_PAGE: Final = ("This page could not be made.", "Open it again in a few minutes.")
_NO_ANSWER: Final = (
    "What you sent may not have been saved.",
    "Open the page again and check before you send it again.",
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
            why = f": {found}" if (found := internal_fault_words(error)) != type(error).__name__ else ""
            lines = (line.format(what=what, why=why, then=then, number=number) for line in _FAULT)
            form = scope.get(CHECKED_FORM)
            answer = await error_page(asked, 500, *lines, typed=typed_texts(asked, form) if form else "")
            await answer(scope, receive, send)


def create_app(host: Host) -> FastAPI:
    """The desk's pages. Every route needs a login, except the style sheet and the script, and the page behind a signed
    link, which shows the one tasking that the link is for (see answers)."""
    app = FastAPI(title="Tasking desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.host = host
    app.state.login_url = host.login_url
    # in this order: "confirm" and "duplicates" are no incident's id
    incident_pages = (incidents, duplicates, incident_review, incident_detail, incident_decisions)
    added_pages = (incident_status, notes, attachments, places, people, quality)
    lists = (today, tonight, deliveries, feeds, category_words, upload, held, list_actions)
    group_pages = (group_by_hand, past_groups, groups, case_reviews)  # in this order: "new" is no group's id
    report_pages = (reports_by_hand, corrections, report_detail)  # a report's id may have slashes: its page comes last
    meetings = (agenda, minutes, handover, meeting_mode, meeting_acts)
    others = (taskings, follow_ups, *meetings, *group_pages, register, map, log, rules, search, help, answers)
    for module in (*lists, *incident_pages, *added_pages, *report_pages, *others):
        app.include_router(module.router)
    configure_app(app, host.hosts)
    return app


def configure_app(app: FastAPI, names: frozenset[str]) -> None:
    """What every application here has: safe headers, the style sheet and the script, errors in words. `names`: the
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
    more = ("Help has who can give you which access.",) if error.status_code == 403 else ()
    if request.method in ("GET", "HEAD"):
        return await error_page(request, error.status_code, words, *more)
    typed = await _typed(request, error.status_code)
    if typed and error.status_code == 404:
        return await form_again(request, [Problem(_GONE)], 404)
    return await error_page(request, error.status_code, words, *more, typed=typed)


async def _typed(request: Request, status_code: int) -> str:
    """What was typed into a form that is refused, to copy; empty where the form itself can't be read."""
    if request.scope.get(CHECKED_FORM) is None and status_code not in (401, 403):
        return ""
    try:
        return typed_texts(request, await request.form())
    except StarletteHTTPException:
        return ""


async def _on_tasking_error(request: Request, error: Exception) -> Response:
    """Shows why a step was refused on the page that the form was sent from."""
    assert isinstance(error, TaskingError)  # noqa: S101 - registered for this alone
    if isinstance(error, UnusableText) and (request.method == "GET" or not was_sent_from_page(request)):
        return await error_page(request, 400, str(error))
    if request.method == "GET" and isinstance(error, DeclarationError):
        _log.error("a declaration is wrong", said=str(error))
        said = _OF_PYDANTIC.sub("", str(error)).strip()
        return await error_page(request, 500, _WRONG_DECLARATION, f"Ops: tasking doctor lists what is wrong. {said}")
    if request.method == "GET":
        return await error_page(request, 404, str(error))
    return await form_again(request, [Problem(str(error), error.field)])


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this alone
    problems = [_problem(one) for one in error.errors()]
    if request.method == "GET":
        names = ", ".join(sorted({one.field.replace("_", " ") for one in problems}))
        return await error_page(request, 400, f"This could not be understood: {names}.")
    return await form_again(request, problems)


def _problem(error: Mapping[str, Any]) -> Problem:
    """What pydantic found wrong with a field, as a person would say it."""
    field, kind, limits = str(error["loc"][-1]), str(error["type"]), error.get("ctx", {})
    if kind in ("missing", "string_too_short") or error.get("input") in ("", None):
        return Problem(_MISSING, field)
    if kind == "string_too_long":
        return Problem(f"{{field}} must be {limits.get('max_length', 0):,} characters or fewer", field)
    for one in ("date", "time"):
        if kind.startswith(one):
            return Problem(f"{{field}} must be a real {one}", field)
    if kind == "value_error":
        return Problem(f"{{field}}: {limits.get('error', 'this can’t be used')}", field)
    return Problem("{field} can’t be used as it is", field)
