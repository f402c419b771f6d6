"""The bytes of a message to a webhook."""

import json
from collections.abc import Mapping
from typing import Any


def webhook_json(body: Mapping[str, Any]) -> bytes:
    """Compact JSON in UTF-8, exactly as sent, so that its size can be compared with the channel's limit."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
