"""Flash messages: a sentence on the outcome of a form, shown once on the next page."""

import base64
import re
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from tasking.pages.request_checks import netloc_of

_COOKIE: Final = "tasking_said"
_ELSEWHERE: Final = re.compile(r"^/[/\\]|^/%2f|^/%5c|[\\\x00-\x20\x7f]", re.IGNORECASE)
_ANSWERS: Final = ("look", "correct", "search", "approve")  # forms that answer with a page of no address


def referring_page(request: Request) -> str:
    """The path of the page that a form was sent from; the first page if that is unknown or not ours."""
    root = str(request.scope.get("root_path", ""))
    referer = request.headers.get("referer", "")
    if netloc_of(referer) != request.headers.get("host", ""):
        return f"{root}/today"
    parts = urlsplit(referer)
    page, _, last = parts.path.rpartition("/")
    if last in _ANSWERS:
        return own_path(root, page)
    return own_path(root, parts.path + (f"?{parts.query}" if parts.query else ""))


def own_path(root: str, path: str) -> str:
    """The path if it is one of ours and safe to redirect to; else the path of the first page.

    Browsers treat `//`, `/\\` and some control characters as the start of an address on another host.
    """
    is_ours = path.startswith(f"{root}/") and _ELSEWHERE.search(path) is None
    return path if is_ours else f"{root}/today"


def redirect_with_flash(where: str, words: str, *, is_error: bool = False, anchor: str = "") -> RedirectResponse:
    """Redirects to a page that shows `words` once. They travel in a cookie, because addresses are kept in logs and
    browser histories."""
    answer = RedirectResponse(where + (f"#{anchor}" if anchor else ""), 303)
    kept = base64.urlsafe_b64encode(("!" * is_error + words)[:1500].encode()).decode()
    answer.set_cookie(_COOKIE, kept, max_age=60, httponly=True, samesite="strict")
    return answer


def flash_message(request: Request) -> tuple[str, bool]:
    """The flash message of a request (empty if none), and whether it is an error."""
    try:
        words = base64.urlsafe_b64decode(request.cookies.get(_COOKIE, "")).decode()
    except ValueError:  # no base64, or no text
        return "", False
    return words.removeprefix("!"), words.startswith("!")


def clear_flash(answer: Response) -> None:
    answer.delete_cookie(_COOKIE, httponly=True, samesite="strict")
