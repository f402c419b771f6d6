"""Renders pages from Jinja2 templates, autoescaped; an undefined variable is an error."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

from tasking.briefing import add_briefing_vocabulary, short_day
from tasking.model.access import May
from tasking.pages.access import CSRF_FIELD, Person, csrf_token, host_of
from tasking.pages.flash import clear_flash, flash_message
from tasking.services import Services

NAV: Final = (
    ("tonight", "Tonight", May.READ), ("today", "Today", May.READ), ("feeds", "Feeds", May.READ),
    ("held", "Held", May.READ), ("incidents", "Incidents", May.READ), ("taskings", "Taskings", May.READ),
    ("follow-ups", "Follow-ups", May.READ), ("groups", "Groups", May.READ),
    ("case-reviews", "Case reviews", May.READ), ("map", "Map and trends", May.READ), ("rules", "Rules", May.READ),
    ("log", "Log", May.LOG),
)  # fmt: skip


def page(request: Request, person: Person, services: Services, template: str, **values: Any) -> HTMLResponse:
    """Renders `<template>.html.j2` with `values` and the variables that every page has."""
    root = str(request.scope.get("root_path", ""))
    flash, is_error = flash_message(request)
    section = request.url.path.removeprefix(root).strip("/").partition("/")[0]
    common = {
        "root": root, "person": person, "flash": flash, "is_flash_error": is_error, "section": section,
        "nav": [(key, name) for key, name, needed in NAV if person.can(needed)],
        "csrf": (CSRF_FIELD, csrf_token(host_of(request).secret, person.name, datetime.now(UTC).date())),
        "partnership": services.partnership.name, "zone": services.partnership.zone, "assets": _assets_version(),
    }  # fmt: skip
    shown = _environment(services.templates.folder).get_template(f"{template}.html.j2").render(common | values)
    answer = HTMLResponse(shown)
    if flash:
        clear_flash(answer)
    return answer


async def error_page(request: Request, status_code: int, words: str) -> Response:
    """An error page with one sentence, and no data of the desk."""
    titles = {401: "Not logged in", 403: "Not allowed", 404: "Not found", 409: "Busy", 429: "Too many at once"}
    root = str(request.scope.get("root_path", ""))
    title = titles.get(status_code, "That did not work")
    values = {"root": root, "title": title, "words": words, "assets": _assets_version()}
    return HTMLResponse(_environment(None).get_template("error.html.j2").render(values), status_code)


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
        loader=ChoiceLoader(loaders), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    add_briefing_vocabulary(environment)
    environment.filters |= {"on": on, "at": _at, "clock": _clock, "capitalize_first": _capitalize_first}
    return environment


@cache
def _assets_version() -> str:
    """A digest of the static files for their addresses, so that browsers do not use old copies."""
    digest = hashlib.sha256()
    for path in sorted((Path(__file__).parent / "static").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def on(day: date) -> str:
    """`Thu 22 Oct 2026`"""
    return f"{short_day(day)} {day:%Y}"


def _at(moment: datetime, zone: Any) -> str:
    local = moment.astimezone(zone)
    return f"{short_day(local.date())} {local:%H:%M}"


def _clock(moment: datetime, zone: Any) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def _capitalize_first(words: str) -> str:
    """`Nobody to contact`: unlike Jinja's own filter it leaves the other letters as they are."""
    return words[:1].upper() + words[1:]


def place_label(row: Mapping[str, Any]) -> str:
    """Where something happened, in public words: its public place, town or ward."""
    return str(row["place_name"] or row["town"] or row["ward"] or "place not named")
