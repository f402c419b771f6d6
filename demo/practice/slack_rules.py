"""What Slack refuses, in its own words: scopes, channels that the bot is not in, limits of Block Kit.

From the reference at docs.slack.dev, read in October and November 2026. `None` is: not refused.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

SCOPES: Final = frozenset(
    {
        "chat:write",
        "channels:read",
        "channels:history",
        "groups:read",
        "groups:history",
        "files:write",
        "im:write",
        "im:history",
    }
)
_NEEDED: Final = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.scheduleMessage": "chat:write",
    "chat.deleteScheduledMessage": "chat:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.delete": "files:write",
    "conversations.open": "im:write",
}
_OF_KIND: Final = {"public_channel": "channels:read", "private_channel": "groups:read"}
_BLOCKS, _CHARACTERS, _TEXT, _METADATA = 50, 13_200, 40_000, 8_000
_ALLOWED: Final = frozenset(
    {"header", "section", "context", "actions", "divider", "image", "input", "rich_text", "file", "video"}
)
_VIEW_TITLE, _VIEW_METADATA = 24, 3_000


def refusal(
    method: str,
    given: Mapping[str, Any],
    scopes: Collection[str],
    private: Collection[str],
    direct: Collection[str] = (),
) -> str | None:
    """Slack's word where it refuses a call for what the token may do. `private`, `direct`: the ids of private channels
    and of direct messages."""
    needed = _NEEDED.get(method)
    channel = given.get("channel") or given.get("channel_id")
    if method in ("conversations.history", "conversations.replies"):
        kind = "groups" if channel in private else "im" if channel in direct else "channels"
        needed = f"{kind}:history"
    if needed and needed not in scopes:
        return "missing_scope"
    if method == "conversations.list":
        kinds = str(given.get("types") or "public_channel").split(",")
        if not all(_OF_KIND.get(kind) in scopes for kind in kinds):
            return "missing_scope"
    return None


def refused_message(given: Mapping[str, Any]) -> str | None:
    """Slack's word where it will not take a message as it is."""
    blocks = _read(given.get("blocks"))
    if not given.get("text") and not blocks:
        return "no_text"
    if len(str(given.get("text") or "")) > _TEXT:
        return "msg_too_long"
    metadata = _read(given.get("metadata"))
    if metadata is not None and not _is_metadata(metadata):
        return "invalid_metadata_format"
    return refused_blocks(blocks or [])


def refused_blocks(blocks: Any) -> str | None:
    """Slack's word where it will not show these blocks."""
    if not isinstance(blocks, Sequence) or len(blocks) > _BLOCKS:
        return "invalid_blocks"
    if any(not isinstance(block, Mapping) or block.get("type") not in _ALLOWED for block in blocks):
        return "invalid_blocks"
    ids = Counter(block["block_id"] for block in blocks if "block_id" in block)
    if any(count > 1 or len(one) > 255 for one, count in ids.items()):
        return "invalid_blocks"
    if not all(map(_is_well_formed, blocks)):
        return "invalid_blocks"
    return "msg_blocks_too_long" if sum(map(_characters, blocks)) > _CHARACTERS else None


def refused_view(view: Any) -> str | None:
    """Slack's word where it will not open a form."""
    view = _read(view)
    if not isinstance(view, Mapping) or len(view.get("title", {}).get("text", "")) > _VIEW_TITLE:
        return "invalid_arguments"
    if len(str(view.get("private_metadata") or "")) > _VIEW_METADATA:
        return "invalid_arguments"
    return "invalid_arguments" if refused_blocks(view.get("blocks") or []) else None


def _is_metadata(metadata: Any) -> bool:
    return (
        isinstance(metadata, Mapping)
        and isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), Mapping)
        and len(json.dumps(metadata)) <= _METADATA
    )


def _is_well_formed(block: Mapping[str, Any]) -> bool:
    elements = block.get("elements") or []
    match block["type"]:
        case "header":
            return _is_text(block.get("text"), 150, is_plain=True)
        case "section":
            fields = block.get("fields") or []
            has_text = _is_text(block.get("text"), 3000) if "text" in block else bool(fields)
            return has_text and len(fields) <= 10 and all(_is_text(one, 2000) for one in fields)
        case "context":
            return 1 <= len(elements) <= 10 and all(_is_image(one) or _is_text(one, 3000) for one in elements)
        case "actions":
            ids = [one.get("action_id") for one in elements]
            return 1 <= len(elements) <= 25 and len(ids) == len(set(ids)) and all(map(_is_button, elements))
        case "image":
            return _is_image(block)
        case "input":
            return _is_text(block.get("label"), 2000, is_plain=True) and bool(block.get("element"))
        case "rich_text":
            return bool(elements) and all(map(_is_rich, elements))
    return True


def _is_text(text: Any, most: int, *, is_plain: bool = False) -> bool:
    kinds = ("plain_text",) if is_plain else ("plain_text", "mrkdwn")
    return isinstance(text, Mapping) and text.get("type") in kinds and 1 <= len(text.get("text") or "") <= most


def _is_image(one: Mapping[str, Any]) -> bool:
    return one.get("type") == "image" and 1 <= len(one.get("alt_text") or "") <= 2000


def _is_button(one: Mapping[str, Any]) -> bool:
    return one.get("type") != "button" or (
        _is_text(one.get("text"), 75, is_plain=True)
        and len(one.get("action_id") or "") <= 255
        and len(one.get("value") or "") <= 2000
        and one.get("style", "primary") in ("primary", "danger")
    )


def _is_rich(one: Mapping[str, Any]) -> bool:
    match one.get("type"):
        case "rich_text_section" | "rich_text_list" | "rich_text_quote" | "rich_text_preformatted":
            return bool(one.get("elements")) and all(map(_is_rich, one["elements"]))
        case "text":
            return bool(one.get("text"))
        case "link":
            return str(one.get("url", "")).startswith(("http://", "https://"))
    return True


def _characters(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(_characters(one) for name, one in value.items() if name not in ("type", "style"))
    if isinstance(value, list | tuple):
        return sum(map(_characters, value))
    return len(value) if isinstance(value, str) else 0


def _read(value: Any) -> Any:
    """Forms carry blocks and metadata as JSON in a string."""
    return json.loads(value) if isinstance(value, str) and value else value
