"""What a partner's system answered, as a word: the same for the same answer, and nothing of what was sent."""

import hashlib
import re
from typing import Final

from tasking.model.delivery import FetchResult, without_quotes
from tasking.model.errors import DeliveryNotComplete

NOTHING: Final = "nothing"
UNREACHABLE: Final = "unreachable"


def digest_of(answer: FetchResult | Exception) -> str:
    """Begins with NOTHING or UNREACHABLE where it is that; another where a file or a reason is new or has gone."""
    if isinstance(answer, DeliveryNotComplete):
        return NOTHING
    if isinstance(answer, Exception):  # whatever numbers or words of theirs it quotes are other ones the next time
        return f"{UNREACHABLE} {_short(re.sub(r'[0-9]+', '', without_quotes(str(answer))))}"
    if answer.files:
        return _short(
            *sorted(f"{one.name} {hashlib.sha256(one.content).hexdigest()} {one.lacking}" for one in answer.files)
        )
    odd = sorted((*answer.not_taken, *answer.hints))
    return f"{NOTHING} {_short(*odd)}" if odd else NOTHING


def _short(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
