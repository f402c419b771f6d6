"""Renders pages from Jinja2 templates, autoescaped; an undefined variable is an error."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import structlog
from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

from tasking.briefing import add_briefing_vocabulary
from tasking.linkage.incident_filter import IncidentRow
from tasking.model.access import May
from tasking.model.errors import traceback_without_values
from tasking.pages.access import CSRF_FIELD, Person, csrf_token, host_of
from tasking.pages.flash import clear_flash, flash_link, flash_message
from tasking.pages.occurrence import occurrence_words
from tasking.services import Services

_log = structlog.get_logger(__name__)
_TURNING: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_WITHIN: Final = {"reports": "incidents", "people": "incidents", "duplicates": "incidents"}

# The entries of the navigation: what the meeting works with, and how the night went.
NAV: Final = (
    (
        ("today", "Today", May.READ), ("meeting", "Meeting", May.READ), ("incidents", "Incidents", May.READ),
        ("taskings", "Taskings", May.READ), ("follow-ups", "Follow-ups", May.READ), ("groups", "Groups", May.READ),
        ("case-reviews", "Case reviews", May.READ), ("map", "Map and trends", May.READ),
        ("register", "Restricted register", May.RESTRICTED),
    ),
    (
        ("tonight", "Tonight", May.READ), ("feeds", "Feeds", May.READ), ("quality", "Quality", May.READ),
        ("held", "Held rows", May.READ), ("rules", "Rules", May.READ), ("log", "Log", May.LOG),
    ),
)  # fmt: skip
_TITLES: Final = {
    400: "This could not be understood", 401: "You are not signed in", 403: "You do not have access to this",
    404: "Page not found", 409: "Someone else changed this first", 422: "There is a problem", 429: "Too many searches",
}  # fmt: skip


def page(request: Request, person: Person, services: Services, template: str, **values: Any) -> HTMLResponse:
    """Renders `<template>.html.j2` with `values` and the variables that every page has."""
    flash, is_error = flash_message(request)
    common = _frame(request, person) | {
        "flash": flash, "is_flash_error": is_error, "flash_link": flash_link(request),
        "partnership": services.partnership.name, "zone": services.partnership.zone, "what_of": services.what,
    }  # fmt: skip
    shown = _environment(services.templates.folder).get_template(f"{template}.html.j2").render(common | values)
    answer = HTMLResponse(shown)
    if flash:
        clear_flash(answer)
    return answer


def _section(path: str) -> str:
    """The page of the navigation that a path belongs to."""
    first = path.strip("/").partition("/")[0]
    return _WITHIN.get(first, first)


def _frame(request: Request, person: Person | None) -> dict[str, Any]:
    """What the frame of every page needs, for the person who looks at it; without one there is no navigation."""
    root = str(request.scope.get("root_path", ""))
    frame = {
        "root": root, "person": person, "flash": "", "is_flash_error": False, "flash_link": None,
        "partnership": "", "nav": (),
        "section": _section(request.url.path.removeprefix(root)), "assets": _assets_version(),
    }  # fmt: skip
    if person is None:
        return frame
    host = host_of(request)
    return frame | {
        "csrf": (CSRF_FIELD, csrf_token(host.secret, person.name, datetime.now(UTC).date())),
        "nav": [[(key, name) for key, name, needed in group if person.can(needed)] for group in NAV],
        "logout_url": host.logout_url(),
    }  # fmt: skip


async def error_page(request: Request, status_code: int, *lines: str, typed: str = "") -> Response:
    """An error page with the navigation of the person who is signed in, and no data of the desk. `lines`: what
    happened, and what to do; `typed`: what was typed into the form that was sent, to copy."""
    title = _TITLES.get(status_code, "There is a problem with the desk")
    values = {"title": title, "lines": lines, "typed": typed}
    frame = _frame(request, await _signed_in(request))
    return HTMLResponse(_environment(None).get_template("error.html.j2").render(frame | values), status_code)


async def _signed_in(request: Request) -> Person | None:
    """Who is signed in and may read the desk; None also where that can't be found out."""
    host = getattr(request.app.state, "host", None) if "app" in request.scope else None
    if host is None:
        return None
    try:
        person: Person | None = await host.person_of(request)
    except Exception as error:
        _log.error("we don’t know who is signed in", where=traceback_without_values(error))
        return None
    return person if person is not None and person.can(May.READ) else None


def answer_page(request: Request, partnership: str, status_code: int = 200, **values: Any) -> HTMLResponse:
    """The page behind a signed link: for somebody without a login, so without the desk's navigation."""
    common = {"root": str(request.scope.get("root_path", "")), "partnership": partnership, "assets": _assets_version()}
    return HTMLResponse(_environment(None).get_template("answer.html.j2").render(common | values), status_code)


def list_page(root: str, names: Sequence[str]) -> HTMLResponse:
    """The desks that somebody may open."""
    values = {"root": root, "names": names, "assets": _assets_version()}
    return HTMLResponse(_environment(None).get_template("desks.html.j2").render(values))


@cache
def _environment(templates: Path | None) -> Environment:
    loaders = [PackageLoader("tasking.pages"), *([FileSystemLoader(templates)] if templates else [])]
    environment = Environment(
        loader=ChoiceLoader(loaders), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True,
        finalize=_in_its_direction,
    )  # fmt: skip
    add_briefing_vocabulary(environment)
    environment.filters |= {
        "on": on,
        "on_weekday": _on_weekday,
        "at": _at,
        "clock": _clock,
        "occurrence": occurrence_words,
        "capitalize_first": _capitalize_first,
        "base64": _base64,
        "report_path": report_path,
        "anchor": _anchor,
    }
    return environment


def _in_its_direction(value: Any) -> Any:
    """A value of a template without the characters that turn the direction of what stands after it."""
    return value if not isinstance(value, str) or value.isascii() else value.translate(_TURNING)


@cache
def _assets_version() -> str:
    """A digest of the static files for their addresses, so that browsers do not use old copies."""
    digest = hashlib.sha256()
    for path in sorted((Path(__file__).parent / "static").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def on(day: date) -> str:
    """`26 November 2026`"""
    return f"{day.day} {day:%B %Y}"


def _on_weekday(day: date) -> str:
    """`Thursday 26 November 2026`"""
    return f"{day:%A} {on(day)}"


def _at(moment: datetime, zone: Any) -> str:
    """`26 November 2026, 07:31`"""
    local = moment.astimezone(zone)
    return f"{on(local.date())}, {local:%H:%M}"


def _clock(moment: datetime, zone: Any) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _base64(content: bytes) -> str:
    """Bytes for a data: address."""
    return base64.b64encode(content).decode("ascii")


def _capitalize_first(words: str) -> str:
    """`Nobody to contact`: unlike Jinja's own filter it leaves the other letters as they are."""
    return words[:1].upper() + words[1:]


def _anchor(report_id: str) -> str:
    """A report's place on a page, for the end of an address."""
    return quote(report_id, safe="/:")


def report_path(report_id: str) -> str:
    """The page of a report, below the root of the desk. A partner's reference may have any signs: slashes stay as they
    are, because some proxies refuse them encoded, unless browsers would read them as something else."""
    is_plain = not {"", ".", ".."} & set(report_id.split("/"))
    return f"reports/{quote(report_id, safe='/' if is_plain else '')}"


def place_label(row: Mapping[str, Any]) -> str:
    """Where something happened, in public words: its public place, town or ward."""
    return str(row["place_name"] or row["town"] or row["ward"] or "place not named")


def place_of(one: IncidentRow) -> str:
    """Where an incident of a list happened: see place_label."""
    return place_label({"place_name": one.place_name, "town": one.town, "ward": one.ward})
