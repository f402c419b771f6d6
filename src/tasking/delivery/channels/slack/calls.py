"""Calls of Slack's Web API. Every answer is sorted into yes, no, wait, or unclear.

By default the client library retries a lost connection, which can post twice. Here it retries nothing.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tasking.model.errors import ChannelBusy, ChannelInDoubt, TransportError

TIMEOUT_S: Final = 15
_TOO_MANY: Final = 429
_ASKED_TO_WAIT: Final = frozenset({"ratelimited", "rate_limited"})  # also sent with status 200
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")
_AT_FAULT: Final = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})


@dataclass
class SlackCalls:
    """`token` is a bot's (xoxb) or, to listen, an app's (xapp). `base_url` differs for a stand-in in tests."""

    token: str
    base_url: str = WebClient.BASE_URL

    def call(self, method: str, **arguments: Any) -> Any:
        """Slack's answer. Raises ChannelBusy, ChannelInDoubt, or TransportError for a clear no."""
        client = self.client()
        try:
            if method.startswith(("chat.", "views.")) and not method.endswith(".list"):
                answer = client.api_call(method, json=arguments)
            else:
                answer = client.api_call(method, params=arguments)
        except Exception as error:  # the library raises whatever it runs into: a cut or odd answer has many kinds
            raise channel_error(method, error) from error
        if not isinstance(answer.data, dict):
            raise ChannelInDoubt(f"slack: an unexpected answer to {method}")
        return answer

    def client(self) -> WebClient:
        return WebClient(self.token, base_url=self.base_url, timeout=TIMEOUT_S, retry_handlers=[])


def field_of(answer: Any, name: str, method: str) -> Any:
    """A field that Slack's answer must have. Raises ChannelInDoubt if it is missing, as it is unclear what was done."""
    value = answer.get(name)
    if value is None:
        raise ChannelInDoubt(f"slack: an answer to {method} without {name}")
    return value


def channel_error(method: str, error: Exception) -> Exception:
    """The error that an exception of the client library means for the message."""
    if not isinstance(error, SlackApiError):
        return ChannelInDoubt(f"slack: no clear answer to {method} ({type(error).__name__})")
    try:
        status, word = _status_and_word(error)
    except (AttributeError, TypeError, ValueError):
        return ChannelInDoubt(f"slack: an unexpected answer to {method}")
    if status == _TOO_MANY or word in _ASKED_TO_WAIT:
        return ChannelBusy(f"slack: asked us to wait before {method}", _retry_after(error))
    # A no is one of Slack's error codes. Anything else is unclear, such as the library's sentence for a cut reply.
    if status >= 500 or word in _AT_FAULT or not _WORD.fullmatch(word):
        return ChannelInDoubt(f"slack: answered {status} to {method}")
    return TransportError(f"slack: {method}: {word}")


def _status_and_word(error: SlackApiError) -> tuple[int, str]:
    response: Any = error.response
    return int(getattr(response, "status_code", 200)), str(response.get("error") or "")


def _retry_after(error: SlackApiError) -> float:
    headers = {str(name).lower(): value for name, value in (getattr(error.response, "headers", None) or {}).items()}
    value = headers.get("retry-after", "1")
    value = value[0] if isinstance(value, list) else value
    return float(value) if str(value).isascii() and str(value).isdecimal() else 1.0
