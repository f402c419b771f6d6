"""A digest of a fetch's result, to see whether a later poll brought anything new."""

import hashlib
import re
from typing import Final

from tasking.model.delivery import FetchResult, without_quotes
from tasking.model.errors import DeliveryNotComplete

NOTHING: Final = "nothing"
UNREACHABLE: Final = "unreachable"


def digest_of(answer: FetchResult | Exception) -> str:
    """Equal for equal results, and without their content. Begins with NOTHING or UNREACHABLE if that is the result."""
    if isinstance(answer, DeliveryNotComplete):
        return NOTHING
    if isinstance(answer, Exception):  # numbers and quoted words in a message differ from one poll to the next
        return f"{UNREACHABLE} {_short(re.sub(r'[0-9]+', '', without_quotes(str(answer))))}"
    if answer.files:
        return _short(
            *sorted(f"{one.name} {hashlib.sha256(one.content).hexdigest()} {one.lacking}" for one in answer.files)
        )
    odd = sorted((*answer.not_taken, *answer.hints))
    return f"{NOTHING} {_short(*odd)}" if odd else NOTHING


def _short(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
