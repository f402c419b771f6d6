"""Buttons pressed in Slack, over Socket Mode: an outgoing connection, so no port is opened.

A press is stored before it is acknowledged. If it can't be stored in time it is not acknowledged: Slack sends it again,
and the person is told. A repeated press is recognised by the ids that Slack gives it.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import structlog
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tasking.delivery.channels.form import NOT_OPENED, Form
from tasking.delivery.channels.slack.calls import SlackCalls
from tasking.delivery.channels.slack.views import CALLBACK, answers_of, modal_of
from tasking.model.errors import TaskingError, TransportError, traceback_without_values

STORE_WITHIN_S: Final = 2.0  # Slack waits 3 s for an acknowledgement
_GIVE_UP_AFTER_S: Final = 2.5  # for a store that has no timeout of its own, such as a server that does not answer
_AT_ONCE: Final = 4  # presses

NOT_STORED: Final = (
    "Your press could not be saved just now. Slack will send it again. If the message does not show it within "
    "a minute, press again, or use the Tasking desk."
)

log = structlog.get_logger(__name__)


class ButtonPress(NamedTuple):
    """A press of a button by `user`; answers go to `channel`. `press_id` is the same however often Slack sends it."""

    user: str
    action: str  # the action id of the button, such as tasking:take:T-20261022-4f09a1c2
    channel: str
    reason: str = ""
    press_id: str = ""
    is_form: bool = False  # submitted with a form
    answers: Mapping[str, Any] | None = None  # of the form, by the name of the field


@dataclass
class SlackListener:
    """Gives each press of a button that `is_ours` to `store`, which returns whether it was new.

    For an action that `needs_form` the form of `form_for` is opened first, and `on_form` is called with nothing, or
    with why it did not open. The submitted form is a press of its own, with what was filled in.
    """

    bot: SlackCalls
    app: SlackCalls = field(repr=False)
    store: Callable[[ButtonPress], bool]
    needs_form: Callable[[str], bool]
    form_for: Callable[[ButtonPress], Form | str]
    is_ours: Callable[[str], bool]
    on_form: Callable[[ButtonPress, str], None]

    def __post_init__(self) -> None:
        self._stores = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="keep-presses")

    def start(self) -> "SlackListener":
        """Connects. Raises TransportError if Slack refuses the connection."""
        self._client = SocketModeClient(app_token=self.app.token, web_client=self.app.client(), concurrency=_AT_ONCE)
        self._client.socket_mode_request_listeners.append(self._take)
        try:
            self._client.connect()
        except Exception as error:
            raise TransportError(
                f"slack: no connection to listen on ({type(error).__name__}); is the app token right?"
            ) from error
        return self

    def close(self) -> None:
        self._client.close()
        self._stores.shutdown(wait=False, cancel_futures=True)

    def answer(self, user: str, channel: str, words: str) -> None:
        """Answers one person privately: where they pressed, or in their own conversation with the app.

        Raises ChannelBusy, ChannelInDoubt, or TransportError for a clear no.
        """
        if channel:
            try:
                self.bot.call("chat.postEphemeral", channel=channel, user=user, text=words)
                return
            except TransportError as error:  # the channel no longer exists, or they are not in it
                log.warning("an answer to a press was refused where it was pressed", said=str(error))
        self.bot.call("chat.postMessage", channel=user, text=words)

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        pressed: list[ButtonPress] = []
        try:
            if request.type == "interactive":
                pressed = self._read(request)
        except Exception as error:  # it could not be carried out either, nor if it were sent again
            log.error("a press could not be read", where=traceback_without_values(error))
        try:
            new = [one for one in pressed if self._is_new(one)]
        except Exception as error:  # not acknowledged, so that it is sent again
            log.error("a press could not be kept", where=traceback_without_values(error))
            self._answer_not_stored(pressed[0])
            return
        try:
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        except Exception as error:  # it is stored, and recognised if it is sent again
            log.warning("a press is kept and not acknowledged", where=traceback_without_values(error))
        for one in new:
            if self.needs_form(one.action) and not one.is_form:
                self._open_form(str(request.payload.get("trigger_id") or ""), one)

    def _read(self, request: SocketModeRequest) -> list[ButtonPress]:
        """The presses in a request from Slack, without those of other apps' buttons."""
        payload = request.payload
        user = payload["user"]["id"]
        presses = []
        if payload["type"] == "block_actions":
            channel = (payload.get("channel") or {}).get("id") or ""
            for action in payload["actions"]:
                name = action.get("action_id") if isinstance(action, dict) else None
                if not isinstance(name, str):  # not ours; the other actions still count
                    log.warning("an action without a name was pressed", actions=len(payload["actions"]))
                    continue
                moment = action.get("action_ts") or payload.get("trigger_id") or request.envelope_id
                presses.append(ButtonPress(user, name, channel, press_id=f"{user}/{name}/{moment}"))
        elif payload["type"] == "view_submission" and payload["view"]["callback_id"] == CALLBACK:
            view = payload["view"]
            context = json.loads(view["private_metadata"])
            answers = answers_of(view)
            press_id = f"{user}/{context['action']}/form {view.get('id') or request.envelope_id}"
            reason = answers.pop("why", "")
            one = ButtonPress(user, context["action"], context["channel"], reason, press_id, True, answers)
            presses.append(one)
        return [one for one in presses if self.is_ours(one.action)]

    def _is_new(self, pressed: ButtonPress) -> bool:
        return self._stores.submit(self.store, pressed).result(timeout=_GIVE_UP_AFTER_S)

    def _answer_not_stored(self, pressed: ButtonPress) -> None:
        try:
            self.answer(pressed.user, pressed.channel, NOT_STORED)
        except TaskingError as error:
            log.warning("the person who pressed could not be informed that it was not saved", said=str(error))

    def _open_form(self, trigger_id: str, pressed: ButtonPress) -> None:
        """Opens the form, within the 3 s that Slack allows for it."""
        why_not = NOT_OPENED
        try:
            form = self.form_for(pressed)
            if isinstance(form, str):
                why_not = form
            else:
                self.bot.call("views.open", trigger_id=trigger_id, view=modal_of(form, pressed.action, pressed.channel))
                why_not = ""
        except TaskingError as error:
            log.warning("the form of a button did not open", said=str(error))
        except Exception as error:  # the person is asked to press again, which does no harm
            log.error("the form of a button did not open", where=traceback_without_values(error))
        try:
            self.on_form(pressed, why_not)
        except Exception as error:  # the person is asked to press again, which does no harm
            log.error("that a form was opened could not be recorded", where=traceback_without_values(error))
