"""The page between a form and an act that can't be undone, or that does more than its form shows: check your answers
(https://design-system.service.gov.uk/patterns/check-answers/)."""

from collections.abc import Sequence
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from tasking.pages.access import Person
from tasking.pages.render import page
from tasking.services import Services

CHECKED: Final = "checked"  # the field of the form on this page: its value is "yes"


def check_page(
    request: Request,
    person: Person,
    services: Services,
    *,
    title: str,
    rows: Sequence[tuple[str, str | Sequence[str]]],
    action: str,
    fields: Sequence[tuple[str, str]],
    button: str,
    back: str,
    warning: str = "",
    has_change: bool = False,
) -> Response:
    """Asks whether to go on. `rows`: what follows, each a label with one line or several. `fields` are sent once more
    to `action`, with CHECKED; `action` and `back` are paths below the root of the desk. `has_change`: `action` shows
    the form again with what was typed, where `change` is "yes"."""
    return page(
        request, person, services, "check", title=title, rows=rows, action=action, fields=fields, button=button,
        back=back, warning=warning, has_change=has_change,
    )  # fmt: skip
