"""The working session of somebody who has opened the restricted register: the reason is asked for once, and each look
within half an hour is logged with it.

The cookie holds no reason, which may name somebody: it says until when the session lasts, signed for one user. The
reason stays in the log, and is read from there.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from tasking.model.access import May
from tasking.pages.access import Person, host_of
from tasking.services import Services

LASTS: Final = timedelta(minutes=30)
_COOKIE: Final = "tasking_register"
_OPENED: Final = "restricted register opened"
_CLOSED: Final = "restricted register closed"
_SUBJECT: Final = "register"


def open_session(request: Request, person: Person, services: Services, reason: str, answer: Response) -> None:
    """Logs that somebody opens the register, and why, and puts the session's cookie into the answer."""
    services.audit_log.write(person.name, _OPENED, _SUBJECT, reason.strip())
    until = services.clock() + LASTS
    value = f"{int(until.timestamp())}.{_signature(request, person, int(until.timestamp()))}"
    answer.set_cookie(_COOKIE, value, max_age=int(LASTS.total_seconds()), httponly=True, samesite="strict")


def close_session(person: Person, services: Services, answer: Response) -> None:
    """Ends the session in every browser of this user."""
    services.audit_log.write(person.name, _CLOSED, _SUBJECT)
    answer.delete_cookie(_COOKIE, httponly=True, samesite="strict")


def session_reason(request: Request, person: Person, services: Services) -> str | None:
    """Why somebody opened the register, while their session lasts; None without one, or without the right."""
    if not person.can(May.RESTRICTED) or (until := _until(request, person)) is None:
        return None
    now = services.clock()
    newest = services.audit_log.newest(person.name, (_OPENED, _CLOSED), _SUBJECT)
    if newest is None or now >= until:
        return None
    action, reason, at = newest
    return reason if action == _OPENED and now - LASTS < at <= now else None


def _until(request: Request, person: Person) -> datetime | None:
    """The moment at which a session ends, where the cookie is one that we signed for this user."""
    number, _, signature = request.cookies.get(_COOKIE, "").partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) <= 12):
        return None
    if not hmac.compare_digest(signature.encode(errors="replace"), _signature(request, person, int(number)).encode()):
        return None
    return datetime.fromtimestamp(int(number), UTC)


def _signature(request: Request, person: Person, until: int) -> str:
    words = f"restricted-register|{person.name}|{until}"
    return hmac.new(host_of(request).secret, words.encode(errors="replace"), hashlib.sha256).hexdigest()
