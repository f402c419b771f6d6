"""Microsoft Teams, by a Workflows webhook ("Post to a channel when a webhook request is received").

Messages sent through such a webhook can't be looked up, edited or replied to. So a card is sent once, and in doubt not
again; later changes are on the desk, to which the card links.
"""

import json
import re
from dataclasses import dataclass, field
from typing import ClassVar, Final

import httpx

from tasking.delivery.channels.message import HANDED_OVER, Form, InDoubt, Note, SendsOnly, Traits
from tasking.model.errors import ChannelBusy, ChannelInDoubt, TransportError
from tasking.model.wire import webhook_json

TIMEOUT_S: Final = 15
MOST_BYTES: Final = 28_000  # of a request; Teams drops larger ones, and may still answer that it accepted them
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# An Office 365 connector answers 200 and "1". One that failed, a gateway and a log-in page answer 200 as well.
_TELLS_OF_FAILURE: Final = re.compile(
    r"fail|error|exception|denied|unauthori[sz]ed|forbidden|throttl|too ?many|too large|not found|expired|disabled"
    r"|timed? ?out",
    re.IGNORECASE,
)
_YES: Final = re.compile(r"1|(ok|okay|accepted|success|successful|succeeded|posted|sent|received|done|true)[.!]?")
_MOST_OF_ANSWER: Final = 20_000  # characters that are read
_STATUS: Final = ("status", "statuscode", "code")
_VERDICT: Final = ("ok", "success", "succeeded")
_ERRORS: Final = ("error", "errors", "exception")


@dataclass
class TeamsChannel(SendsOnly):
    """Posts cards through a webhook, which is a secret: anyone who has it can post. Our messages never contain it."""

    traits: ClassVar[Traits] = Traits(Form.CARD, InDoubt.NEVER_RESEND, can_edit=False)
    webhook: str = field(repr=False)
    name: str = "teams"

    def send(self, note: Note) -> str:
        """Sends the card. The reference begins with HANDED_OVER if the answer (202) does not confirm the posting."""
        content = webhook_json(note.body or {"type": "message", "text": note.text})
        if len(content) > MOST_BYTES:
            raise TransportError(f"teams: the card has {len(content)} bytes, and Teams accepts {MOST_BYTES}")
        headers = {"Content-Type": "application/json"}
        try:
            # No redirects: the address is a secret, and only that address gets the card.
            answer = httpx.post(
                self.webhook, content=content, headers=headers, timeout=TIMEOUT_S, follow_redirects=False
            )
        except _NEVER_SENT as error:
            raise TransportError(f"teams: could not be reached ({type(error).__name__})") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            raise TransportError("teams: the webhook is no address; copy it again from the workflow") from None
        except httpx.HTTPError as error:
            raise ChannelInDoubt(f"teams: no clear answer ({type(error).__name__})") from None
        return self._read(answer, note)

    def _read(self, answer: httpx.Response, note: Note) -> str:
        status = answer.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise ChannelBusy("teams: asked us to wait", _seconds(answer.headers.get("Retry-After")))
        if status >= 500 or status == httpx.codes.REQUEST_TIMEOUT:
            raise ChannelInDoubt(f"teams: answered {status}")
        if not answer.is_success:
            raise TransportError(f"teams: answered {status}; is the workflow switched on?")
        if not _is_yes(answer.content.decode("utf-8", "replace")):
            raise ChannelInDoubt(
                f"teams: answered {status}, but its answer mentions a failure; check the workflow's runs"
            )
        return f"{HANDED_OVER}{note.idempotency_key}" if status == httpx.codes.ACCEPTED else note.idempotency_key


def _is_yes(text: str) -> bool:
    """True for an empty answer, for words that say yes, or for a JSON object none of whose fields says it failed."""
    text = text.strip("\ufeff \r\n\t")[:_MOST_OF_ANSWER]
    if not text or _YES.fullmatch(text.strip('"').lower()):
        return True
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(answer, dict):
        return False
    fields = {str(name).lower(): value for name, value in answer.items()}
    if any(fields.get(name) for name in _ERRORS) or any(fields.get(name) is False for name in _VERDICT):
        return False
    statuses = [fields[name] for name in _STATUS if name in fields]
    words = [value for name, value in fields.items() if isinstance(value, str) and name not in (*_STATUS, *_ERRORS)]
    return all(map(_is_good_status, statuses)) and not any(map(_TELLS_OF_FAILURE.search, words))


def _is_good_status(status: object) -> bool:
    number = str(status)
    return number[:1] == "2" if number.isdecimal() else bool(_YES.fullmatch(number.lower()))


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isascii() and text.isdecimal() else 5.0
