"""Forms as Slack's modals, and the answers that people send with them."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from tasking.delivery.channels.form import Field, Form, Kind

CALLBACK: Final = "tasking_reason"
TEXT_LIMIT: Final = 500
# Slack's limits.
_MOST_OPTIONS, _OPTION_TEXT, _OPTION_VALUE, _SECTION_TEXT = 100, 75, 150, 3000


def modal_of(form: Form, action: str, channel: str) -> dict[str, Any]:
    """The modal of a form. What it is about, and where to answer, come back with it."""
    lines = [{"type": "section", "text": plain("\n".join(form.lines)[:_SECTION_TEXT])}] if form.lines else []
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps({"action": action, "channel": channel}),
        "title": plain(form.title),
        "submit": plain(form.title),
        "close": plain("Cancel"),
        "blocks": [*lines, *map(_input, form.fields)],
    }


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def _input(field: Field) -> dict[str, Any]:
    hint = {"hint": plain(field.hint)} if field.hint else {}
    element = {"action_id": field.name, **_element(field)}
    return {"type": "input", "block_id": field.name, "label": plain(field.label), "optional": field.is_optional,
            "element": element, **hint}  # fmt: skip


def _element(field: Field) -> dict[str, Any]:
    match field.kind:
        case Kind.DAY:
            return {"type": "datepicker", **({"initial_date": str(field.day)} if field.day else {})}
        case Kind.CHOICES:
            offered = list(field.options)[:_MOST_OPTIONS]
            chosen = [_option(one) for one in field.chosen if one in offered]
            options = {"type": "multi_static_select", "options": [_option(one) for one in offered]}
            return options | ({"initial_options": chosen} if chosen else {})
        case _:
            text = {"type": "plain_text_input", "max_length": TEXT_LIMIT, "multiline": True}
            return text | ({"initial_value": field.value[:TEXT_LIMIT]} if field.value else {})


def _option(text: str) -> dict[str, Any]:
    return {"text": plain(text[:_OPTION_TEXT]), "value": text[:_OPTION_VALUE]}


def answers_of(view: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a modal that was sent, by the name of the field: a text, a list of choices or a day as text."""
    answers: dict[str, Any] = {}
    for name, elements in view["state"]["values"].items():
        for one in elements.values():
            if one.get("selected_options") is not None:
                answers[name] = [_usable(str(option["value"])) for option in one["selected_options"]]
            elif one.get("selected_date"):
                answers[name] = str(date.fromisoformat(one["selected_date"]))
            elif one.get("value"):
                answers[name] = _usable(str(one["value"]))
    return answers


def _usable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:TEXT_LIMIT]
