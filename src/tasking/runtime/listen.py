"""`tasking listen`: buttons pressed in Slack become steps in the warehouse, and the message shows them."""

from collections.abc import Callable

from tasking import flows
from tasking.channels.slack.calls import SlackCalls
from tasking.channels.slack.listener import ButtonPress, SlackListener
from tasking.desk import Desk
from tasking.model.errors import DeclarationError, TaskingError
from tasking.model.proposal import Verb
from tasking.runtime.settings import Settings


def listen_to_slack(desk: Desk, say: Callable[[str], None], settings: Settings | None = None) -> None:
    """Listens until the process ends. Raises DeclarationError where a token or a person is missing."""
    listener = open_listener(desk, settings or Settings()).start()
    say(f"listening for {len(desk.partnership.people)} people; Ctrl-C ends it")
    try:
        listener.wait()
    except KeyboardInterrupt:
        say("ended")
    finally:
        listener.close()


def open_listener(desk: Desk, settings: Settings) -> SlackListener:
    """A listener that works on presses with this desk."""
    if settings.slack_app_token is None or settings.slack_bot_token is None:
        raise DeclarationError(
            "to listen, set TASKING_SLACK_APP_TOKEN (xapp-...) and TASKING_SLACK_BOT_TOKEN (xoxb-...)"
        )
    if not desk.partnership.people:
        raise DeclarationError("partnership.yml: people: nobody is listed who may press a button")
    base = {"base_url": settings.slack_base_url} if settings.slack_base_url else {}
    return SlackListener(
        bot=SlackCalls(settings.slack_bot_token.get_secret_value(), **base),
        app=SlackCalls(settings.slack_app_token.get_secret_value(), **base),
        on_press=lambda pressed: worked_on(desk, pressed),
        needs_reason=lambda action: _verb_and_proposal(action)[0] == Verb.REJECT,
    )


def worked_on(desk: Desk, pressed: ButtonPress) -> str | None:
    """Stores a press; returns words for the person where it did not count."""
    verb, proposal_id = _verb_and_proposal(pressed.action)
    if verb is None:
        return None
    try:
        done = flows.press(desk, pressed.user, proposal_id, verb, pressed.reason)
    except TaskingError as error:
        return f"It is noted; the message could not be updated yet ({error})."
    return None if done.counted else done.words


def _verb_and_proposal(action: str) -> tuple[Verb | None, str]:
    parts = action.split(":")
    if len(parts) != 3 or parts[0] != "tasking" or parts[1] not in set(Verb):
        return None, ""
    return Verb(parts[1]), parts[2]
