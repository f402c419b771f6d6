"""A digest as Slack's Block Kit. Words are in rich text and plain text, which Slack never reads as markup."""

from collections.abc import Sequence
from typing import Any, Final

from tasking.briefing.message import Digest, Part, Reply, Run, Tone, clean
from tasking.model.proposal import Verb

_SIGN: Final = {Tone.ALERT: "⚠ ", Tone.GOOD: "✓ ", Tone.PLAIN: ""}
BUTTON: Final = "tasking"  # the start of every action id
_STYLE: Final = {Verb.APPROVE: "primary", Verb.TAKE: "primary", Verb.REJECT: "danger"}


def render_blocks(digest: Digest) -> dict[str, Any]:
    """`text`, `blocks` and `thread`, a list of `{key, text, blocks}`, within Slack's limits for any input."""
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(digest.title)}]
    if digest.strapline:
        blocks.append({"type": "context", "elements": [_plain(digest.strapline)]})
    for part in digest.parts:
        blocks += _blocks(part)
    if digest.foot:
        blocks.append({"type": "context", "elements": [_plain(line) for line in digest.foot]})
    return {
        "text": escaped(digest.summary),
        "blocks": blocks,
        "thread": [{"key": reply.key, **render_reply(reply)} for reply in digest.replies],
    }


def render_reply(reply: Reply) -> dict[str, Any]:
    """`text` and `blocks` of one message of the thread."""
    title = {"type": "rich_text", "elements": [_section([Run(reply.title, is_bold=True)])]}
    return {
        "text": escaped(reply.title),
        "blocks": [title, *(block for part in reply.parts for block in _blocks(part))],
    }


def escaped(text: str) -> str:
    """Text made safe for places where Slack reads markup: no mention, no link, no formatting."""
    safe = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # mrkdwn has no escape for these four, so they are replaced with look-alikes.
    return safe.replace("*", "∗").replace("_", "‗").replace("~", "∼").replace("`", "ˋ")


def _blocks(part: Part) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    sign = _SIGN[part.tone]
    for line in part.lines:
        runs = [Run(sign), *line.runs] if sign else list(line.runs)
        sign = ""
        if line.is_item and elements and elements[-1]["type"] == "rich_text_list":
            elements[-1]["elements"].append(_section(runs))
        elif line.is_item:
            elements.append({"type": "rich_text_list", "style": "bullet", "elements": [_section(runs)]})
        elif elements and elements[-1]["type"] == "rich_text_section":
            elements[-1]["elements"] += [_text(Run("\n")), *map(_text, _with_text(runs))]
        else:
            elements.append(_section(runs))
    blocks: list[dict[str, Any]] = [{"type": "rich_text", "elements": elements}]
    if part.buttons:
        blocks.append({"type": "actions", "elements": [_button(verb, part.proposal_id) for verb in part.buttons]})
    return blocks


def _section(runs: Sequence[Run]) -> dict[str, Any]:
    shown = _with_text(runs) or [Run(" ")]  # Slack refuses a section without any element
    return {"type": "rich_text_section", "elements": [_text(run) for run in shown]}


def _with_text(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.text]  # Slack refuses an empty element


def _text(run: Run) -> dict[str, Any]:
    style = {"style": {"bold": True}} if run.is_bold else {}
    if run.link:
        return {"type": "link", "url": run.link, "text": run.text, **style}
    return {"type": "text", "text": run.text, **style}


def _button(verb: Verb, proposal_id: str) -> dict[str, Any]:
    style = {"style": _STYLE[verb]} if verb in _STYLE else {}
    label = verb.value.capitalize() + ("…" if verb in (Verb.APPROVE, Verb.REJECT) else "")
    return {"type": "button", "text": _plain(label), "action_id": f"{BUTTON}:{verb}:{proposal_id}",
            "value": proposal_id, **style}  # fmt: skip


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text or " ", "emoji": False}
