"""Buttons pressed in Slack, over Socket Mode: an outgoing connection, so no port is open to anybody.

A press is acknowledged at once and worked on afterwards; Slack sends again what is not acknowledged, and a press that
is worked on twice counts once.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import structlog
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tasking.channels.slack.calls import SlackCalls
from tasking.model.errors import ChannelBusy, ChannelInDoubt, TransportError

_FORM: Final = "tasking_reason"
_REASON_LIMIT: Final = 500

log = structlog.get_logger(__name__)


class ButtonPress(NamedTuple):
    """Who pressed what; `channel` is where, to answer there."""

    user: str
    action: str  # the action id of the button, such as tasking:take:T-20261022-4f09a1c2
    channel: str
    reason: str = ""


@dataclass
class SlackListener:
    """Hands each press to `on_press`, whose words (if any) only that person sees.

    `needs_reason` says for which action a form is opened first.
    """

    bot: SlackCalls
    app: SlackCalls = field(repr=False)
    on_press: Callable[[ButtonPress], str | None]
    needs_reason: Callable[[str], bool]

    def start(self) -> "SlackListener":
        """Connects; raises TransportError where Slack does not let us in."""
        self._client = SocketModeClient(app_token=self.app.token, web_client=self.app.client(), concurrency=4)
        self._client.socket_mode_request_listeners.append(self._take)
        try:
            self._client.connect()
        except Exception as error:
            raise TransportError(
                f"slack: no connection to listen on ({type(error).__name__}); is the app token right?"
            ) from error
        return self

    def wait(self) -> None:
        """Until the process is told to end."""
        threading.Event().wait()

    def close(self) -> None:
        self._client.close()

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        if request.type != "interactive":
            return
        try:
            self._work(request.payload)
        except Exception as error:  # the next press must still be heard
            log.error("a press could not be worked on", error=type(error).__name__)

    def _work(self, payload: dict[str, Any]) -> None:
        user = payload["user"]["id"]
        if payload["type"] == "block_actions":
            channel = payload.get("channel", {}).get("id", "")
            for action in payload["actions"]:
                if self.needs_reason(action["action_id"]):
                    self._ask_why(payload["trigger_id"], action["action_id"], channel)
                else:
                    self._press(ButtonPress(user, action["action_id"], channel))
        elif payload["type"] == "view_submission" and payload["view"]["callback_id"] == _FORM:
            view = payload["view"]
            asked = json.loads(view["private_metadata"])
            given = [one.get("value") or "" for block in view["state"]["values"].values() for one in block.values()]
            self._press(ButtonPress(user, asked["action"], asked["channel"], reason=" ".join(given)))

    def _press(self, pressed: ButtonPress) -> None:
        words = self.on_press(pressed)
        if words and pressed.channel:
            self._call("chat.postEphemeral", channel=pressed.channel, user=pressed.user, text=words)

    def _ask_why(self, trigger_id: str, action: str, channel: str) -> None:
        line = {"type": "plain_text_input", "action_id": "reason", "max_length": _REASON_LIMIT, "multiline": True}
        hint = "Kept on the desk and in the log; not shown in chat. Name nobody."
        view = {
            "type": "modal",
            "callback_id": _FORM,
            "private_metadata": json.dumps({"action": action, "channel": channel}),
            "title": _plain("Reject"),
            "submit": _plain("Reject"),
            "close": _plain("Cancel"),
            "blocks": [
                {"type": "input", "block_id": "why", "label": _plain("Why?"), "hint": _plain(hint), "element": line}
            ],
        }
        self._call("views.open", trigger_id=trigger_id, view=view)

    def _call(self, method: str, **arguments: Any) -> None:
        try:
            self.bot.call(method, **arguments)
        except (ChannelBusy, ChannelInDoubt, TransportError) as error:
            log.warning("an answer to a press did not arrive", said=str(error))


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}
