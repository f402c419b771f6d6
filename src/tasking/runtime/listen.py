"""`tasking listen`: stores presses of buttons in Slack, carries them out, and updates the message."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from tasking.delivery.buttons import verb_and_id
from tasking.delivery.channels.slack.calls import SlackCalls
from tasking.delivery.channels.slack.listener import STORE_WITHIN_S, ButtonPress, SlackListener
from tasking.delivery.forms import WITH_FORM, form_for
from tasking.delivery.presses import Press, carry_out_presses, forget_old_presses, receive_press, record_form
from tasking.model.errors import DeclarationError, traceback_without_values
from tasking.runtime.settings import Settings
from tasking.services import Services

log = structlog.get_logger(__name__)

_LOOK_EVERY_S: Final = 2.0  # for presses that were left to be tried again, or by a listener that died
_OPENS_WITHIN_S: Final = 30.0  # a form


def listen_to_slack(services: Services, say: Callable[[str], None], settings: Settings | None = None) -> None:
    """Listens until the process ends. Raises DeclarationError if a token is missing or no people are declared."""
    listening = open_listener(services, settings or Settings()).start()
    say(f"listening for {len(services.partnership.people)} people; Ctrl-C ends it")
    try:
        listening.wait()
    except KeyboardInterrupt:
        say("ended")
    finally:
        listening.close()


def open_listener(services: Services, settings: Settings) -> "Listening":
    """A listener that stores presses in the warehouse and carries them out. Not started."""
    if settings.slack_app_token is None or settings.slack_bot_token is None:
        raise DeclarationError(
            "to listen, set TASKING_SLACK_APP_TOKEN (xapp-...) and TASKING_SLACK_BOT_TOKEN (xoxb-...)"
        )
    if not services.partnership.people:
        raise DeclarationError("partnership.yml: people: list at least one person who may press a button")
    base = {"base_url": settings.slack_base_url} if settings.slack_base_url else {}
    return Listening(
        services,
        bot=SlackCalls(settings.slack_bot_token.get_secret_value(), **base),
        app=SlackCalls(settings.slack_app_token.get_secret_value(), **base),
    )


@dataclass
class Listening:
    """A connection to Slack that stores presses, and a thread that carries them out.

    It also carries out presses that an earlier or a parallel listener stored and did not finish.
    """

    services: Services
    bot: SlackCalls = field(repr=False)
    app: SlackCalls = field(repr=False)

    def __post_init__(self) -> None:
        self._listener = SlackListener(
            bot=self.bot,
            app=self.app,
            store=self._store,
            needs_form=_needs_form,
            form_for=lambda pressed: form_for(self.services.delivery, pressed.user, pressed.action),
            is_ours=_is_ours,
            on_form=self._record_form,
        )
        self._is_there_work, self._is_over = threading.Event(), threading.Event()
        self._worker = threading.Thread(target=self._work, name="presses", daemon=True)

    def start(self) -> "Listening":
        """Connects and starts the worker. Raises TransportError if Slack refuses the connection."""
        self._listener.start()
        self._worker.start()
        return self

    def wait(self) -> None:
        """Blocks until `close` is called."""
        self._is_over.wait()

    def close(self) -> None:
        """Disconnects, and waits for the press being carried out to finish."""
        self._listener.close()
        self._is_over.set()
        self._is_there_work.set()
        if self._worker.is_alive():
            self._worker.join(timeout=self.services.retry_policy.lease_s or 5)

    def _store(self, pressed: ButtonPress) -> bool:
        press = Press(
            pressed.press_id, pressed.user, pressed.action, pressed.channel, pressed.reason, pressed.answers
        )  # fmt: skip
        form_within_s = _OPENS_WITHIN_S if _needs_form(pressed.action) and not pressed.is_form else 0
        is_new = receive_press(self.services.delivery, press, STORE_WITHIN_S, form_within_s)
        self._is_there_work.set()
        return is_new

    def _record_form(self, pressed: ButtonPress, why_not: str) -> None:
        record_form(self.services.delivery, pressed.press_id, why_not)
        self._is_there_work.set()

    def _work(self) -> None:
        while not self._is_over.is_set():
            self._is_there_work.clear()
            try:
                if carry_out_presses(self.services.delivery, self._answer, self._is_over.is_set):
                    forget_old_presses(self.services.delivery)
            except Exception as error:  # a database that is away for a while comes back
                log.error(
                    "button presses are not handled yet: processing failed", where=traceback_without_values(error)
                )
            self._is_there_work.wait(_LOOK_EVERY_S)

    def _answer(self, press: Press, words: str) -> None:
        self._listener.answer(press.pressed_by, press.channel, words)


def _needs_form(action: str) -> bool:
    return verb_and_id(action)[0] in WITH_FORM


def _is_ours(action: str) -> bool:
    return action.isascii() and action.isprintable() and verb_and_id(action)[0] is not None
