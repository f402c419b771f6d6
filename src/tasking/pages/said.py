"""A sentence that is shown once on the next page: what came of a form."""

import base64
import binascii
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

_SAID: Final = "tasking_said"
_ANSWERS: Final = ("look", "correct", "search")  # forms that answer with a page, which can't be asked for again


def came_from(request: Request) -> str:
    """The page of ours that a form was sent from; the first page where that is not known."""
    root = str(request.scope.get("root_path", ""))
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.url.netloc or not parts.path.startswith(f"{root}/"):
        return f"{root}/today"
    page, _, last = parts.path.rpartition("/")
    if last in _ANSWERS:
        return page
    return parts.path + (f"?{parts.query}" if parts.query else "")


def told(where: str, words: str, *, is_error: bool = False, anchor: str = "") -> RedirectResponse:
    """Sends somebody on to a page, with a sentence that is shown there once. It travels in a cookie: an address is kept
    in logs and histories."""
    answer = RedirectResponse(where + (f"#{anchor}" if anchor else ""), 303)
    kept = base64.urlsafe_b64encode(("!" * is_error + words)[:1500].encode()).decode()
    answer.set_cookie(_SAID, kept, max_age=60, httponly=True, samesite="strict")
    return answer


def what_was_said(request: Request) -> tuple[str, bool]:
    """The sentence that came with somebody, and whether it is an error."""
    try:
        words = base64.urlsafe_b64decode(request.cookies.get(_SAID, "")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", False
    return words.removeprefix("!"), words.startswith("!")


def forget_what_was_said(answer: Response) -> None:
    answer.delete_cookie(_SAID, httponly=True, samesite="strict")
