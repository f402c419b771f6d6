"""A digest as an Adaptive Card 1.5 for Microsoft Teams. Words are in text runs, which no client reads as Markdown.

A card sent through a Workflows webhook can't have replies, edits or pictures: detail is folded into the card, and what
has no room is on the desk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from tasking.briefing.message import Digest, Line, Part, Reply, Run, Tone
from tasking.model.wire import webhook_json

SIZE_LIMIT: Final = 20_000  # bytes as sent; Teams drops cards over 28 kB and does not document how it counts them
_STYLE: Final = {Tone.ALERT: "attention", Tone.GOOD: "good", Tone.PLAIN: "default"}
_MOST_BUTTONS: Final = 5  # Teams shows six, the first of which opens the desk


def render_card(digest: Digest, desk_url: str | None = None) -> dict[str, Any]:
    """The message for a Workflows webhook, at most `SIZE_LIMIT` bytes for any input."""
    for shorter in _shorter(digest):
        message = _message(shorter, shorter.replies, desk_url)
        if len(webhook_json(message)) <= SIZE_LIMIT:
            break
    return message


def _shorter(digest: Digest) -> Iterator[Digest]:
    """The digest, then shorter versions of it: without the last detail first, then without the last parts."""
    for most in range(len(digest.replies), -1, -1):
        yield replace(digest, replies=digest.replies[:most])
    left_out = Part("left-out", (Line((Run("There is more on the desk."),)),))
    for most in range(len(digest.parts) - 1, -1, -1):
        yield replace(digest, replies=(), parts=(*digest.parts[:most], left_out))


def _message(digest: Digest, replies: Sequence[Reply], desk_url: str | None) -> dict[str, Any]:
    body: list[dict[str, Any]] = [
        _runs([Run(digest.title, is_bold=True)], size="Large"),
        *([_runs([Run(digest.strapline)], size="Small", spacing="None", isSubtle=True)] if digest.strapline else []),
        *(_container(part) for part in digest.parts),
        *(_runs([Run(line)], size="Small", spacing="Small", isSubtle=True) for line in digest.foot),
        *(_folded(number, reply) for number, reply in enumerate(replies)),
    ]
    titles = [_title(reply) for reply in replies]
    actions = [_opening(title, [number]) for number, title in enumerate(titles[:_MOST_BUTTONS])]
    if len(titles) > _MOST_BUTTONS:
        actions[-1] = _opening("More", list(range(_MOST_BUTTONS - 1, len(titles))))
    if desk_url:
        actions.insert(0, {"type": "Action.OpenUrl", "title": "Open on the desk", "url": desk_url})
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": digest.summary,
        "speak": digest.summary,
        "msteams": {"width": "Full"},
        "body": body,
        "actions": actions,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _container(part: Part) -> dict[str, Any]:
    is_boxed = part.tone in (Tone.ALERT, Tone.GOOD)
    items = [_runs([Run("• "), *line.runs] if line.is_item else line.runs, spacing="None") for line in part.lines]
    shown: dict[str, Any] = {"type": "Container", "spacing": "Medium", "separator": not is_boxed, "items": items}
    return {**shown, "style": _STYLE[part.tone], "bleed": True} if is_boxed else shown


def _folded(number: int, reply: Reply) -> dict[str, Any]:
    """Detail that is hidden until its button is pressed."""
    inside = [_runs([Run(reply.title, is_bold=True)]), *(_container(part) for part in reply.parts)]
    return {"type": "Container", "id": f"detail-{number}", "isVisible": False, "separator": True, "items": inside}


def _opening(title: str, details: Sequence[int]) -> dict[str, Any]:
    """A button that shows and hides some of the detail."""
    targets = [f"detail-{number}" for number in details]
    return {"type": "Action.ToggleVisibility", "title": title, "targetElements": targets}


def _title(reply: Reply) -> str:
    return reply.title.split(" (")[0].capitalize()


def _runs(runs: Sequence[Run], size: str = "Default", isSubtle: bool = False, **block: Any) -> dict[str, Any]:  # noqa: N803 - the card's own word
    return {"type": "RichTextBlock", "inlines": [_run(run, size, isSubtle) for run in runs if run.text], **block}


def _run(run: Run, size: str, is_subtle: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": "TextRun", "text": run.text, "size": size}
    if run.is_bold:
        shown["weight"] = "Bolder"
    if is_subtle:
        shown["isSubtle"] = True
    if run.link:
        shown["selectAction"] = {"type": "Action.OpenUrl", "url": run.link}
    return shown
