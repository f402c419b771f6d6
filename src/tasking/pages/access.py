"""Permissions on the desk, and protection of its forms against cross-site requests."""

import hashlib
import hmac
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from fastapi import HTTPException, Request

from tasking.model.access import May
from tasking.model.errors import TaskingError
from tasking.model.report import REPORT_FIELDS
from tasking.pages.flash import was_sent_from_page
from tasking.pages.request_checks import LOCAL_HOSTS, is_same_origin, reject_unusable_text, require_form
from tasking.services import Services
from tasking.warehouse.visibility import Visibility


@dataclass(frozen=True)
class Person:
    """A user who is logged in."""

    name: str
    may: frozenset[May]

    def can(self, *needed: str) -> bool:
        return all(May(one) in self.may for one in needed)

    def readable(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A report with the fields empty that this person may not read; see model.report."""
        return {
            name: None if name in REPORT_FIELDS and not REPORT_FIELDS[name].read_by.includes(self.may) else value
            for name, value in row.items()
        }

    @property
    def visibility(self) -> Visibility:
        """The rows this person may read; every query of a page is limited by it."""
        return Visibility(has_restricted=self.can(May.RESTRICTED))


@dataclass(frozen=True)
class Host:
    """What the application that serves the pages provides.

    `secret` signs forms and is the same in every process. `rerun_briefing(day, user)` starts the briefing of a day
    again and `poll_feed(feed, day, user)` polls a feed for a day; both return a sentence on what was started.
    `who_gives(permissions)` says which role has them and whom to ask for it.
    `hosts`: the host names, without a port, that the pages answer to; requests for any other are rejected.
    """

    open_services: Callable[[], Services]
    person_of: Callable[[Request], Awaitable[Person | None]]
    rerun_briefing: Callable[[date, str], str]
    poll_feed: Callable[[str, date, str], str]
    secret: bytes
    login_url: Callable[[str], str] = lambda _next: "/"
    logout_url: Callable[[], str] = lambda: "/"
    who_gives: Callable[[frozenset[May]], str] = lambda _needed: "Ask the person who manages access."
    hosts: frozenset[str] = LOCAL_HOSTS
    limits: "SearchLimit" = field(default_factory=lambda: SearchLimit())
    file_limits: "SearchLimit" = field(default_factory=lambda: SearchLimit(most=60))  # of lists taken as files
    link_limits: "SearchLimit" = field(default_factory=lambda: SearchLimit(most=60))  # of links that need no login


@dataclass
class SearchLimit:
    """Rate limit: at most `most` searches by one person in `per_s` seconds, counted in this process."""

    most: int = 30
    per_s: float = 60.0
    clock: Callable[[], float] = time.monotonic
    seen: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def allows(self, name: str) -> bool:
        now, seen = self.clock(), self.seen[name]
        while seen and now - seen[0] > self.per_s:
            seen.popleft()
        if len(seen) >= self.most:
            return False
        seen.append(now)
        return True


CSRF_FIELD: Final = "sent_from"
CHECKED_FORM: Final = "tasking.form"  # of a request's scope: the form that was sent, once it is known to be ours
RIGHTS: Final = {
    May.READ: "read the Tasking desk",
    May.DETAILS: "see names and what people said",
    May.DECIDE: "decide or change anything",
    May.RESTRICTED: "see restricted matters",
    May.LOG: "read the log",
}


class StaleForm(TaskingError):
    """A form from a page of ours that was opened more than a day ago, or by somebody else."""

    def __init__(self) -> None:
        super().__init__(
            "This page was open for more than a day, or someone else has signed in since. Check what you typed and "
            "send it again"
        )


def host_of(request: Request) -> Host:
    host: Host = request.app.state.host
    return host


@dataclass(frozen=True)
class Allowed:
    """A FastAPI dependency: the user must have every permission in `needed`, and a form must carry our CSRF token.

    Raises HTTPException: 401 without a login, 403 for a missing permission or a form from another site, 400 for text
    that none of our pages can send.
    """

    needed: frozenset[May]

    async def __call__(self, request: Request) -> Person:
        person = await host_of(request).person_of(request)
        if person is None:
            raise HTTPException(401)
        refuse_without(request, person, self.needed)
        form = [] if request.method in ("GET", "HEAD") else await _form_of_ours(request, person)
        reject_unusable_text([*request.query_params.multi_items(), *request.path_params.items(), *form])
        return person


def refuse_without(request: Request, person: Person, needed: frozenset[May]) -> None:
    """Raises HTTPException 403 where a person lacks one of these permissions."""
    if missing := needed - person.may:
        rights = " and ".join(RIGHTS[one] for one in sorted(missing))
        raise HTTPException(403, f"Your roles do not let you {rights}. {host_of(request).who_gives(missing)}")


def allowed(*needed: May) -> Any:
    """The dependency for users with May.READ and the permissions named."""
    return Allowed(frozenset({May.READ, *needed}))


def csrf_token(secret: bytes, name: str, day: date) -> str:
    """The CSRF token of a form, bound to the user and the day (UTC)."""
    return hmac.new(secret, f"desk-form|{name}|{day}".encode(), hashlib.sha256).hexdigest()


async def _form_of_ours(request: Request, person: Person) -> list[tuple[str, Any]]:
    """The fields of a submitted form. Raises HTTPException 403 unless it comes from a page of the desk, and StaleForm
    where that was opened long ago."""
    require_form(request)
    form = await request.form()
    sent = str(form.get(CSRF_FIELD, "")).encode(errors="replace")
    secret, today = host_of(request).secret, datetime.now(UTC).date()
    good = [csrf_token(secret, person.name, day).encode() for day in (today, today - timedelta(days=1))]
    is_ours = any(hmac.compare_digest(sent, one) for one in good)
    if not is_same_origin(request) or not (is_ours or was_sent_from_page(request)):
        raise HTTPException(403, "This form did not come from the desk. Open the page again.")
    if not is_ours:
        raise StaleForm
    request.scope[CHECKED_FORM] = form
    return form.multi_items()
