"""Buttons that undo: each names the decision that it undoes, so that pressing one twice never undoes two."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tasking.model.proposal import Standing

_UNDO: Final = "tasking:undo:"


def with_numbers(blocks: Sequence[Mapping[str, Any]], standing: Mapping[str, Standing]) -> list[dict[str, Any]]:
    """Blocks whose buttons to undo end in the number of the newest decision: `tasking:undo:T-20261022-4f09a1c2:3`.

    `standing`: of the proposals and taskings that the message shows, as it shows them.
    """
    return [
        {**block, "elements": [_numbered(one, standing) for one in block["elements"]]}
        if block["type"] == "actions"
        else dict(block)
        for block in blocks
    ]


def _numbered(button: Mapping[str, Any], standing: Mapping[str, Standing]) -> dict[str, Any]:
    action = str(button.get("action_id", ""))
    subject = standing.get(action.removeprefix(_UNDO))
    if not action.startswith(_UNDO) or subject is None or not subject.last_act:
        return dict(button)
    return {**button, "action_id": f"{action}:{subject.last_act[-1].number}"}
