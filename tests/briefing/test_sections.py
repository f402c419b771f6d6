"""A section of the briefing is written once, and every form shows it."""

import json

from tasking.briefing import digest, render_blocks, render_card, render_html, render_mail, render_text, sections
from tasking.briefing.sections import Item, Section

from .made import TEMPLATES, edition, made

WARNING = "Icy roads above 150 m until noon"


def every_form() -> dict[str, str]:
    message = digest(made(), edition())
    return {
        "text": render_text(made(), edition(), TEMPLATES),
        "page": render_html(made(), edition(), TEMPLATES),
        "mail": render_mail(message, TEMPLATES),
        "Slack": json.dumps(render_blocks(message)),
        "Teams": json.dumps(render_card(message)),
    }


def test_a_section_that_is_added_shows_in_every_form(monkeypatch):
    assert not [form for form, shown in every_form().items() if WARNING in shown]
    added = Section("weather", "WEATHER", "Weather", (Item(WARNING),))
    monkeypatch.setattr(sections, "MORE", (*sections.MORE, lambda *_: added))
    assert {form: shown.count(WARNING) for form, shown in every_form().items()} == dict.fromkeys(every_form(), 1)


def test_a_section_without_lines_shows_in_no_form(monkeypatch):
    before = every_form()
    monkeypatch.setattr(sections, "MORE", (*sections.MORE, lambda *_: Section("weather", "WEATHER", "Weather", ())))
    assert {form: shown.split() for form, shown in every_form().items()} == {
        form: shown.split() for form, shown in before.items()
    }
