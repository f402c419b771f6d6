"""A Briefing for each reader. Wording stands in include/templates; here is only what a template can't do."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasking.model.briefing import Briefing

SLACK_TEXT_LIMIT: Final = 2500  # characters of the whole message; it is read in 90 seconds
# What each section may take of it, so that the whole keeps within it whatever the day.
_LIMITS: Final = {"feeds": 500, "decide": 500, "overnight": 600, "repeats": 300, "changed": 250}
_THREAD_LIMIT: Final = 2800
_MOST_DECISIONS: Final = 5
_MOST_CATEGORIES: Final = 8
_MOST_NOTICES: Final = 8
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


@dataclass(frozen=True)
class Wording:
    """The folder of templates."""

    templates: Path

    @cached_property
    def text(self) -> Environment:
        return self._environment(autoescape=False)

    @cached_property
    def html(self) -> Environment:
        return self._environment(autoescape=True)

    def _environment(self, autoescape: bool) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self.templates),
            undefined=StrictUndefined,
            autoescape=autoescape,  # noqa: S701 - on for HTML; a text has no markup to escape
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters["plural"] = plural
        environment.filters["on"] = lambda day: f"{day:%a} {day.day} {day:%b %Y}"
        return environment


def plural(count: int, word: str, words: str | None = None) -> str:
    """`1 incident`, `2 incidents`."""
    return f"{count} {word if count == 1 else words or word + 's'}"


def render_text(briefing: Briefing, version: int, wording: Wording) -> str:
    """The briefing for a terminal or a plain mail."""
    text = wording.text.get_template("briefing.txt.j2").render(b=briefing, version=version)
    return _INVISIBLE.sub("", text)


def render_html(briefing: Briefing, version: int, wording: Wording) -> str:
    """One self-contained page: no script, nothing fetched."""
    return wording.html.get_template("briefing.html.j2").render(b=briefing, version=version)


def render_slack(briefing: Briefing, version: int) -> dict[str, Any]:
    """`text`, `blocks` and `thread` (a list of messages of their own), within Slack's limits for any input."""
    day = f"{briefing.day:%a} {briefing.day.day} {briefing.day:%b}"
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(f"CSU briefing · {day}", 150)},
        _context(f"{briefing.marking} · {briefing.window_words} · v{version}"),
    ]
    feeds = f"FEEDS {briefing.feeds_complete}/{len(briefing.feeds)}"
    if briefing.notices:
        told = map(escaped, _shortened(briefing.notices, _MOST_NOTICES))
        blocks.append(_section("\n".join([f"⚠️ *{feeds}* Totals are not comparable.", *told]), "feeds"))
    else:
        blocks.append(_section(f"✅ *{feeds}* every partner's news is here", "feeds"))
    if briefing.decisions:
        lines = [f"{n}. *{escaped(d.headline)}*: {escaped(d.detail)}" for n, d in enumerate(briefing.decisions, 1)]
        blocks.append(
            _section(
                f"*DECIDE ({len(briefing.decisions)})*\n" + "\n".join(_shortened(lines, _MOST_DECISIONS)), "decide"
            )
        )
    blocks.append(_section(_overnight(briefing), "overnight"))
    if briefing.hot_places:
        hot = [f"{escaped(p.place)}: {p.incidents} in {p.days} days" for p in briefing.hot_places]
        blocks.append(_section("*REPEATS*\n" + " · ".join(_shortened(hot, 5)), "repeats"))
    if briefing.changed:
        blocks.append(_section("*CHANGED*\n" + "\n".join(map(escaped, _shortened(briefing.changed, 5))), "changed"))
    if briefing.feedback_owed:
        blocks.append(_section(f"*FEEDBACK OWED* {briefing.feedback_owed}", "changed"))
    blocks.append(_context(briefing.restricted))
    blocks.append(_context(f"Ledger: {briefing.ledger_words} {'✓' if briefing.is_balanced else '✗ DOES NOT BALANCE'}"))
    return {"text": _summary(briefing, day, feeds), "blocks": blocks, "thread": _thread(briefing)}


def escaped(text: str) -> str:
    """Text that Slack shows as it stands: no mention, no link, no formatting."""
    clean = _INVISIBLE.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # mrkdwn has no escape for these four, so look-alikes stand in for them.
    return clean.replace("*", "∗").replace("_", "‗").replace("~", "∼").replace("`", "ˋ")


def _overnight(briefing: Briefing) -> str:
    head = f"*OVERNIGHT* {plural(briefing.new_reports, 'new report')}; {plural(briefing.incidents, 'incident')} below"
    if briefing.partners:
        head += f", from {plural(briefing.partners, 'partner')}"
    counts = [
        f"{escaped(c.label)} {c.incidents}" + (f" (usual {c.usual[0]} to {c.usual[1]})" if c.usual else "")
        for c in briefing.categories
    ]
    lines = [
        head,
        " · ".join(_shortened(counts, _MOST_CATEGORIES)) or "A quiet night.",
        f"_{escaped(briefing.usual_note)}_",
    ]
    return "\n".join(lines)


def _summary(briefing: Briefing, day: str, feeds: str) -> str:
    parts = [f"CSU briefing {day}."]
    parts += [escaped(notice) + "." for notice in briefing.notices[:1]]
    parts.append(f"{feeds.capitalize()}. {plural(len(briefing.decisions), 'decision')}.")
    parts.append(f"{plural(briefing.incidents, 'incident')}.")
    return " ".join(parts)


def _thread(briefing: Briefing) -> list[str]:
    """Messages for the thread: by area, then held rows and feeds. Each within a section's limit."""
    messages = []
    lines = []
    for area in briefing.areas:
        lines.append(f"*{escaped(area.name)}* ({len(area.incidents)})")
        for i in area.incidents:
            told = f", {i.reports} reports" if i.reports > 1 else ""
            lines.append(f"• {escaped(i.label)}, {escaped(i.place or 'place not named')}, {escaped(i.when)}{told}")
    messages += _packed(lines)
    if briefing.to_confirm:
        messages += _packed([f"*TO CONFIRM* {plural(briefing.to_confirm, 'possible duplicate')}: one incident or two?"])
    held = [f"• {escaped(h.partner)}: {plural(h.rows, 'row')}: {escaped(h.reason)}" for h in briefing.held]
    if held:
        messages += _packed([f"*HELD* {sum(h.rows for h in briefing.held)} wait for a person", *held])
    feeds = [f"• {escaped(f.partner)}: {escaped(f.state)}, {plural(f.rows_in, 'row')}" for f in briefing.feeds]
    return messages + _packed(["*FEEDS*", *feeds])


def _packed(lines: list[str]) -> list[str]:
    messages: list[str] = []
    for line in lines:
        if messages and len(messages[-1]) + len(line) + 1 <= _THREAD_LIMIT:
            messages[-1] += "\n" + line
        else:
            messages.append(line[:_THREAD_LIMIT])
    return messages


def _shortened(items: tuple[str, ...] | list[str], most: int) -> list[str]:
    shown = list(items[:most])
    return [*shown, f"and {len(items) - most} more in the thread"] if len(items) > most else shown


def _section(text: str, part: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, _LIMITS[part]), "verbatim": True}}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_plain(text, 300)]}


def _plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _cut(_INVISIBLE.sub("", text), limit), "emoji": False}


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit("\n" if "\n" in text[: limit - 1] else " ", 1)[0] + "…"
