"""Slack, with a bot token: one message a day and one thread.

The client library retries a lost connection by default, which posts twice; here it only waits when told to.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from tasking.channels.message import Message
from tasking.model.errors import ChannelInDoubt, TransportError

TIMEOUT_S: Final = 15
_EVENT: Final = "tasking_message"
_LOOK_BACK: Final = 200  # messages
_IN_DOUBT = (SlackClientError, OSError, json.JSONDecodeError)


@dataclass
class SlackChannel:
    """`channel` is a name or an id. `base_url` is another for a stand-in."""

    token: str
    channel: str
    base_url: str = WebClient.BASE_URL
    name: str = "slack"
    reaches_people: bool = True

    def send(self, message: Message) -> str:
        answer = self._call(
            "chat.postMessage",
            channel=self._channel_id(),
            text=message.slack["text"],
            blocks=message.slack["blocks"],
            metadata={"event_type": _EVENT, "event_payload": {"run_key": message.run_key}},
            unfurl_links=False,
            unfurl_media=False,
        )
        reference = f"{answer['channel']}:{answer['ts']}"
        self._thread(reference, message)
        return reference

    def update(self, reference: str, message: Message) -> None:
        channel, ts = reference.split(":", 1)
        self._call("chat.update", channel=channel, ts=ts, text=message.slack["text"], blocks=message.slack["blocks"])
        self._thread(reference, message)

    def look_up(self, message: Message) -> str | None:
        channel = self._channel_id()
        history = self._call("conversations.history", channel=channel, limit=_LOOK_BACK, include_all_metadata=True)
        for found in history["messages"]:
            if found.get("metadata", {}).get("event_payload", {}).get("run_key") == message.run_key:
                return f"{channel}:{found['ts']}"
        return None

    def _thread(self, reference: str, message: Message) -> None:
        """Brings the thread up to date: what it has is left alone, what is new is added."""
        channel, ts = reference.split(":", 1)
        replies = self._call("conversations.replies", channel=channel, ts=ts, limit=_LOOK_BACK)
        present = {reply.get("text") for reply in replies["messages"]}
        for text in message.slack["thread"]:
            if text not in present:
                self._call(
                    "chat.postMessage", channel=channel, thread_ts=ts, text=text, unfurl_links=False, unfurl_media=False
                )

    def _channel_id(self) -> str:
        """The id of the channel; a name is looked up, since only ids work in every call."""
        if not self.channel.startswith("#"):
            return self.channel
        cursor = ""
        while True:
            listed = self._call("conversations.list", limit=200, exclude_archived=True, cursor=cursor)
            for one in listed["channels"]:
                if one["name"] == self.channel.removeprefix("#"):
                    return str(one["id"])
            cursor = (listed.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                raise TransportError(f"slack: the bot sees no channel {self.channel}; invite it there")

    def _call(self, method: str, **arguments: Any) -> Any:
        client = WebClient(
            self.token,
            base_url=self.base_url,
            timeout=TIMEOUT_S,
            retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=2)],
        )
        try:
            return (
                client.api_call(method, json=arguments)
                if method.startswith("chat.")
                else client.api_call(method, params=arguments)
            )
        except SlackApiError as error:
            if error.response.status_code >= 500:
                raise ChannelInDoubt(f"slack: answered {error.response.status_code} to {method}") from error
            raise TransportError(f"slack: {method}: {error.response.get('error', 'refused')}") from error
        except _IN_DOUBT as error:
            raise ChannelInDoubt(f"slack: no clear answer to {method} ({type(error).__name__})") from error
