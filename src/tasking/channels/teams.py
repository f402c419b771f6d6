"""Microsoft Teams, by a Workflows webhook ("Post to a channel when a webhook request is received").

Such a webhook only takes: what came by it can't be looked up, edited or answered. So a card is sent once, and in doubt
not again; later news is on the desk, to which the card links.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

import httpx

from tasking.channels.message import Form, InDoubt, Note, SendsOnly, Traits
from tasking.model.errors import ChannelBusy, ChannelInDoubt, TransportError

TIMEOUT_S: Final = 15
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass
class TeamsChannel(SendsOnly):
    """`webhook` is a secret: whoever has it can post. It is in no message of ours."""

    traits: ClassVar[Traits] = Traits(Form.CARD, InDoubt.LEAVE, can_edit=False)
    webhook: str
    name: str = "teams"

    def send(self, note: Note) -> str:
        body = note.body or {"type": "message", "text": note.text}
        try:
            # No redirects: the address is a secret, and only the one that was given gets the card.
            answer = httpx.post(self.webhook, json=body, timeout=TIMEOUT_S, follow_redirects=False)
        except _NEVER_SENT as error:
            raise TransportError(f"teams: out of reach ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise ChannelInDoubt(f"teams: no clear answer ({type(error).__name__})") from None
        except httpx.InvalidURL:
            raise TransportError("teams: the webhook is no address; copy it again from the workflow") from None
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise ChannelBusy("teams: asked us to wait", _seconds(answer.headers.get("Retry-After")))
        if answer.status_code >= 500:
            raise ChannelInDoubt(f"teams: answered {answer.status_code}")
        if not answer.is_success:
            raise TransportError(f"teams: answered {answer.status_code}; is the workflow switched on?")
        return note.run_key


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdigit() else 5.0
