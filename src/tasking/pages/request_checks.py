"""Checks before a request is handled: trusted host, same origin, form encoding, usable text."""

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from tasking.model.errors import TaskingError

LOCAL_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
MOST_TEXT: Final = 20_000  # letters in one field: a held cell may be long
_MOST_NAME: Final = 300
_FORMS: Final = ("", "application/x-www-form-urlencoded", "multipart/form-data")  # a form without a field has none
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([^\";\s]*)")
_UNUSABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE)


class UnusableText(TaskingError):
    """A field of a form or an address has text that can't be stored."""


class TrustedHosts:
    """Middleware that rejects requests whose Host header is not a trusted name, against DNS rebinding and redirects to
    other hosts. Any port is accepted, since a proxy may use another one."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self.app, self.names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        hosts = Headers(scope=scope).getlist("host")
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if found is None or found[1].lower() not in self.names:
            answer = PlainTextResponse("The desk is not open under this name.", 400)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


def trusted_hosts(listed: str, *urls: str | None) -> frozenset[str]:
    """The host names the desk answers to: `listed` (comma-separated), those in `urls`, and LOCAL_HOSTS."""
    found = (_HOST.fullmatch(netloc_of(url or "")) for url in urls)
    names = {one.strip().lower() for one in listed.split(",") if one.strip()}
    return LOCAL_HOSTS | names | {one[1].lower() for one in found if one}


def netloc_of(url: str) -> str:
    """The host and port of a URL, such as `desk.example:8443`; empty if it has none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def is_same_origin(request: Request) -> bool:
    """False if the browser's Origin or Sec-Fetch-Site header names another site. Clients that send neither pass; the
    CSRF token is still required."""
    origin = request.headers.get("origin")
    is_same = origin is None or netloc_of(origin) == request.headers.get("host", "")
    return is_same and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def require_form(request: Request) -> None:
    """Raises HTTPException 415 unless the body is a form in UTF-8."""
    kind, _, options = request.headers.get("content-type", "").lower().partition(";")
    charset = _CHARSET.search(options)
    if kind.strip() not in _FORMS or (charset is not None and charset[1] not in ("utf-8", "utf8")):
        raise HTTPException(415, "The desk only accepts forms.")


def reject_unusable_text(fields: Iterable[tuple[str, Any]]) -> None:
    """Raises UnusableText if a field is too long or has characters that cannot be stored."""
    for name, value in fields:
        if not isinstance(value, str):
            continue
        if len(value) > MOST_TEXT or len(name) > _MOST_NAME:
            raise UnusableText(f"This is too long. Enter {MOST_TEXT:,} characters or fewer.", field=name)
        if _UNUSABLE.search(value) or _UNUSABLE.search(name):
            raise UnusableText("This contains characters that can’t be used. Type it again without them.", field=name)
