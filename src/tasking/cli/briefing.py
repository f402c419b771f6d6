"""The stored briefing of a day and the weekly alert, shown or written in every format."""

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tasking.cli.shell import DayOption, errors, errors_in_one_sentence, open_services


class Format(StrEnum):
    JSON = "json"
    TEXT = "text"
    HTML = "html"
    SLACK = "slack"
    TEAMS = "teams"
    MAIL = "mail"


def briefing(
    day: DayOption,
    form: Annotated[Format, typer.Option("--format", help="the format")] = Format.TEXT,
    version: Annotated[int | None, typer.Option(help="an older version; the newest by default")] = None,
) -> None:
    """Show the stored briefing of a day, in any of its versions."""
    with errors_in_one_sentence():
        sys.stdout.write(_render(open_services(), day, form, version))


def weekly(
    week: Annotated[str, typer.Option(help="the ISO week, such as 2026-W44")],
    is_posted: Annotated[bool, typer.Option("--post", help="post it, once, if it is this week's")] = False,
) -> None:
    """Show the task-and-finish alert of a week: reviews, stalled taskings, decisions to make, before and after."""
    from tasking import briefing as b
    from tasking import flows, triggers

    with errors_in_one_sentence():
        services = open_services()
        alert = triggers.build_weekly_alert(services.triggers, week)
        sys.stdout.write(b.weekly_digest(alert, services.desk_url).text + "\n")
        if is_posted:
            for line in flows.weekly_alert(services, week):
                errors.print(line)


def _render(services: Any, day: date, form: Format, version: int | None = None) -> str:
    import json

    from tasking import briefing as b
    from tasking import delivery

    shown = delivery.shown_briefing(services.delivery, day, version)
    match form:
        case Format.JSON:
            return shown.briefing.canonical() + "\n"
        case Format.HTML:
            pictures = b.draw_pictures(shown.briefing, services.geography)
            return b.render_html(shown.briefing, shown.edition, services.templates, pictures)
        case Format.SLACK:
            message = b.render_blocks(b.digest(shown.briefing, shown.edition))
            return json.dumps(message, ensure_ascii=False, indent=2) + "\n"
        case Format.TEAMS:
            card = b.render_card(b.digest(shown.briefing, shown.edition), services.desk_url)
            return json.dumps(card, ensure_ascii=False, indent=2) + "\n"
        case Format.MAIL:
            return b.render_mail(b.digest(shown.briefing, shown.edition), services.templates)
        case _:
            return b.render_text(shown.briefing, shown.edition, services.templates)


def write_briefing(services: Any, day: date, out: Path) -> None:
    """Writes the newest briefing of a day into a folder, as HTML, text, JSON and the messages for Slack and Teams."""
    out.mkdir(parents=True, exist_ok=True)
    names = {
        Format.HTML: "briefing.html",
        Format.TEXT: "briefing.txt",
        Format.JSON: "briefing.json",
        Format.SLACK: "slack.json",
        Format.TEAMS: "teams.json",
    }
    for form, name in names.items():
        (out / name).write_text(_render(services, day, form), encoding="utf-8")
