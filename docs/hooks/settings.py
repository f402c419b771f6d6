"""Puts the table of `TASKING_` variables into `reference/settings.md`, from the class that reads them."""

from typing import Any

from source import cell, class_named

PAGE, MARK = "reference/settings.md", "<!-- the table of settings -->"
# What the class says by its name alone.
WORDS = {
    "home": "the folder that has `include/` and `var/`; without it, the nearest above the present folder that has "
    "`include/partnership.yml`",
    "database_url": "the warehouse: `sqlite:///…` or `postgresql+psycopg://…`; without it, SQLite under `var/`. "
    "`{partnership}` stands for the name of the partnership",
    "slack_bot_token": "the bot of the Slack app; where Airflow runs, the connection `slack_briefing` instead",
    "slack_base_url": "another Slack API, for tests",
    "teams_webhook": "the address of the Teams workflow; where Airflow runs, the connection `teams_briefing` instead",
}


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    if page.file.src_uri != PAGE:
        return markdown
    before, mark, after = markdown.partition(MARK)
    if not mark:
        raise ValueError(f"{PAGE}: the mark {MARK} is missing")
    return before + table() + after


def table() -> str:
    settings = class_named("Settings")
    rows = ["| variable | what it is | secret |", "| --- | --- | --- |"]
    for name, field in settings.model_fields.items():
        words = field.description or WORDS.get(name)
        if not words:
            raise ValueError(f"Settings.{name} has no description, and {__file__} has none for it")
        is_hidden = "SecretStr" in str(field.annotation)
        rows.append(f"| `TASKING_{name.upper()}` | {cell(words)} | {'yes' if is_hidden else ''} |")
    return "\n".join(rows)
