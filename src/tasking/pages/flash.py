"""Flash messages: a sentence on the outcome of a form, shown once on the next page."""

import base64
import re
from datetime import date
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from tasking.pages.request_checks import netloc_of

_COOKIE: Final = "tasking_said"
_MOST_BYTES: Final = 2700  # a browser keeps cookies of up to 4,096 bytes, and base64 makes a third more of it
_ELSEWHERE: Final = re.compile(r"^/[/\\]|^/%2f|^/%5c|[\\\x00-\x20\x7f]", re.IGNORECASE)
# Forms that answer with a page which can be opened by no address.
_ANSWERS: Final = ("look", "correct", "approve", "split", "merge")

_BETWEEN: Final = "\x1f"  # the words, and the link after them


class FlashLink(NamedTuple):
    """Where a flash message leads: a path of the desk with its root, and the words of the link."""

    path: str
    words: str


def briefing_link(request: Request, day: date) -> FlashLink:
    """The way to the briefing of a day, for what was done to it."""
    root = str(request.scope.get("root_path", ""))
    return FlashLink(f"{root}/today?day={day}", f"See the briefing of {day:%a} {day.day} {day:%b}")


def was_sent_from_page(request: Request) -> bool:
    """True if the request says that it was sent from a page of the desk."""
    return netloc_of(request.headers.get("referer", "")) == request.headers.get("host", "")


def referring_page(request: Request) -> str:
    """The path of the page that a form was sent from; the first page if that is unknown or not ours."""
    root = str(request.scope.get("root_path", ""))
    if not was_sent_from_page(request):
        return f"{root}/today"
    parts = urlsplit(request.headers["referer"])
    page, _, last = parts.path.rpartition("/")
    if last in _ANSWERS and not (last == "correct" and "/reports/" in page):
        return own_path(root, page)
    return own_path(root, parts.path + (f"?{parts.query}" if parts.query else ""))


def own_path(root: str, path: str) -> str:
    """The path if it is on the desk and safe to redirect to; else the path of the first page.

    Browsers treat `//`, `/\\` and some control characters as the start of an address on another host.
    """
    is_ours = path.startswith(f"{root}/") and _ELSEWHERE.search(path) is None
    return path if is_ours else f"{root}/today"


def redirect_with_flash(
    where: str, words: str, *, is_error: bool = False, anchor: str = "", link: FlashLink | None = None
) -> RedirectResponse:
    """Redirects to a page that shows `words` once, and `link` after them. They travel in a cookie, because addresses
    are kept in logs and browser histories."""
    answer = RedirectResponse(where + (f"#{anchor}" if anchor else ""), 303)
    shortened = ("!" * is_error + words).encode(errors="replace")[:_MOST_BYTES].decode(errors="ignore")
    if link:
        shortened += _BETWEEN + link.path + _BETWEEN + link.words
    kept = base64.urlsafe_b64encode(shortened.encode()).decode()
    answer.set_cookie(_COOKIE, kept, max_age=60, httponly=True, samesite="strict")
    return answer


def flash_message(request: Request) -> tuple[str, bool]:
    """The flash message of a request (empty if none), and whether it is an error."""
    words = _kept(request)[0]
    return words.removeprefix("!"), words.startswith("!")


def flash_link(request: Request) -> FlashLink | None:
    """The link of a request's flash message; None if it has none, or one that leads away from the desk."""
    kept = _kept(request)
    root = str(request.scope.get("root_path", ""))
    if len(kept) != len(FlashLink._fields) + 1 or own_path(root, kept[1]) != kept[1]:
        return None
    return FlashLink(*kept[1:])


def _kept(request: Request) -> list[str]:
    """What the cookie has: the words, and the parts of the link if there is one."""
    try:
        return base64.urlsafe_b64decode(request.cookies.get(_COOKIE, "")).decode().split(_BETWEEN)
    except ValueError:  # no base64, or no text
        return [""]


def clear_flash(answer: Response) -> None:
    answer.delete_cookie(_COOKIE, httponly=True, samesite="strict")
