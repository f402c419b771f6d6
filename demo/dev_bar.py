"""The bar at the top of each page of `make dev`: who one is, and the choice of another role."""

import html
from typing import Any, Final
from urllib.parse import quote, unquote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

ROLE: Final = "tasking_dev_role"
NOBODY: Final = "nobody"
FIRST_ROLE: Final = "Tasking officer"


def role_of(request: Request, roles: dict[str, frozenset[Any]]) -> str:
    chosen = unquote(request.cookies.get(ROLE, FIRST_ROLE))
    return chosen if chosen in roles or chosen == NOBODY else FIRST_ROLE


def account(role: str) -> str:
    """`officer` for `Tasking officer`: the name under which the log keeps what was done."""
    return role.replace("Tasking ", "")


async def choose_role(request: Request) -> Response:
    from tasking.pages.request_checks import is_same_origin

    role = str((await request.form()).get("role", ""))
    if not is_same_origin(request) or role not in (*request.app.state.roles, NOBODY):
        return PlainTextResponse("There is no such role, or this was not asked from the desk.", 403)
    answer = RedirectResponse("/dev/roles" if role == NOBODY else "/today", 303)
    answer.set_cookie(ROLE, quote(role), httponly=True, samesite="strict")
    return answer


def bar(roles: dict[str, frozenset[Any]], current: str) -> str:
    """The bar at the top of each page: a button for each role, and for nobody."""
    buttons = "".join(
        f'<button name="role" value="{html.escape(role)}" aria-pressed="{str(role == current).lower()}">'
        f"{html.escape(account(role))}</button>"
        for role in (*roles, NOBODY)
    )
    return (
        '<form class="dev-bar" method="post" action="/dev/role" aria-label="Role for trying the desk">'
        f"<span>Development, invented people. You are</span>{buttons}</form>"
    )


HEAD: Final = '<link rel="stylesheet" href="/dev/assets/dev.css"><script src="/dev/assets/dev.js" defer></script>'


def choice(roles: dict[str, frozenset[Any]]) -> str:
    """Where the desk would ask somebody to log in."""
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Choose a role</title>'
        f'<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/desk.css">{HEAD}</head>'
        f"<body>{bar(roles, NOBODY)}<main><h1>Nobody is logged in</h1><p>Choose a role above.</p></main></body></html>"
    )


class WithBar:
    """Puts the bar and the script into each page of the desk."""

    def __init__(self, desk: ASGIApp, roles: dict[str, frozenset[Any]]) -> None:
        self.desk, self.roles = desk, roles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.desk(scope, receive, send)
            return
        role = role_of(Request(scope), self.roles)
        start: dict[str, Any] = {}
        page = b""

        async def collected(message: Any) -> None:
            nonlocal start, page
            if message["type"] == "http.response.start":
                start = message
                if not is_page(message):
                    await send(message)
                return
            if not is_page(start):
                await send(message)
                return
            page += message.get("body", b"")
            if not message.get("more_body"):
                whole = page.replace(b"</head>", f"{HEAD}</head>".encode(), 1)
                whole = whole.replace(b"<body>", f"<body>{bar(self.roles, role)}".encode(), 1)
                headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
                await send(start | {"headers": [*headers, (b"content-length", str(len(whole)).encode())]})
                await send({"type": "http.response.body", "body": whole})

        await self.desk(scope, receive, collected)


def is_page(start: dict[str, Any]) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith("text/html")
