"""A message as it is sent to a webhook."""

import json
from collections.abc import Mapping
from typing import Any


def webhook_json(body: Mapping[str, Any]) -> bytes:
    """Compact JSON in UTF-8: what is sent, so that its size is the one that the channel counts."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
