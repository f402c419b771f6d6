"""Signed, expiring tokens for links that need no login: a recipient's answer to one tasking."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(r"(T-\d{8}-[0-9a-f]{8})\.([0-9a-f]{8})\.(\d{8})\.([0-9a-f]{40})", re.ASCII)
_HEX_DIGITS: Final = 40  # of the signature: 160 bits


class AnswerLink(NamedTuple):
    """What a token allows: this recipient may answer for this tasking, up to and including a day."""

    tasking_id: str
    recipient_key: str
    valid_until: date


@dataclass(frozen=True)
class LinkSigner:
    """Makes and checks tokens by HMAC-SHA-256 under a key of their own."""

    key: bytes = field(repr=False)

    def token(self, link: AnswerLink) -> str:
        """`T-20261022-4f09a1c2.1f09ab34.20261105.<40 hex digits>`, safe in an address."""
        said = f"{link.tasking_id}.{link.recipient_key}.{link.valid_until:%Y%m%d}"
        return f"{said}.{self._signature(said)}"

    def read(self, token: str) -> AnswerLink | None:
        """What a token allows; None for one that we did not sign. It may have expired."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return None
        said = token.rpartition(".")[0]
        if not hmac.compare_digest(self._signature(said), found[4]):
            return None
        day = found[3]
        return AnswerLink(found[1], found[2], date(int(day[:4]), int(day[4:6]), int(day[6:])))

    def _signature(self, said: str) -> str:
        signed = hmac.new(self.key, f"answer to a tasking\x1f{said}".encode(), hashlib.sha256)
        return signed.hexdigest()[:_HEX_DIGITS]
