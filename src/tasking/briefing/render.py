"""Renders a briefing as text, as a page and as a mail, with the templates in include/templates."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasking.briefing import phrases
from tasking.briefing.edition import Edition
from tasking.briefing.message import Digest, clean, plural, short_day, span
from tasking.briefing.sections import sections
from tasking.model.briefing import Briefing
from tasking.model.picture import Picture


@dataclass(frozen=True)
class Templates:
    """The folder of templates."""

    folder: Path

    @cached_property
    def text(self) -> Environment:
        return self._environment(autoescape=False)

    @cached_property
    def html(self) -> Environment:
        return self._environment(autoescape=True)

    def _environment(self, autoescape: bool) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self.folder),
            undefined=StrictUndefined,
            autoescape=autoescape,  # noqa: S701 # nosec B701 - on for HTML; a text has no markup to escape
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters["on"] = lambda day: f"{short_day(day)} {day:%Y}"
        add_briefing_vocabulary(environment)
        return environment


def add_briefing_vocabulary(environment: Environment) -> None:
    """Adds the filters, phrases and listed sections that the templates of a briefing use."""
    environment.filters |= {"plural": plural, "span": span, "short": short_day}
    environment.globals |= {"phrases": phrases, "sections": sections}


def render_text(briefing: Briefing, edition: Edition, templates: Templates) -> str:
    """The briefing for a terminal or a plain mail."""
    template = templates.text.get_template("briefing.txt.j2")
    text = template.render(b=briefing, e=edition)
    return clean_lines(text)


def render_html(briefing: Briefing, edition: Edition, templates: Templates, pictures: Sequence[Picture] = ()) -> str:
    """One self-contained page: no script, nothing fetched, the pictures inside it."""
    embedded = [
        {"source": f"data:image/png;base64,{base64.b64encode(one.png).decode()}", "alt": one.alt, "title": one.title}
        for one in pictures
    ]
    template = templates.html.get_template("briefing.html.j2")
    return clean_lines(template.render(b=briefing, e=edition, pictures=embedded))


def render_mail(digest: Digest, templates: Templates, pictures: Sequence[Picture] = ()) -> str:
    """The HTML of a mail; pictures are referred to by content id, `cid:<key>`."""
    attached = [{"source": f"cid:{one.key}", "alt": one.alt} for one in pictures]
    return templates.html.get_template("mail.html.j2").render(d=digest, pictures=attached)


def clean_lines(text: str) -> str:
    """Text without invisible characters; line breaks stay."""
    return "\n".join(clean(line) for line in text.split("\n"))
