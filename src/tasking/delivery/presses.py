"""Presses that were kept are carried out: decided, shown in the message, and answered where there is something to say.

Each step is recorded before the next, so that whoever starts again goes on from there. A decision and its record are
one transaction. Where it is in doubt whether the message was edited, it is edited again, which changes nothing. Where
it is in doubt whether an answer was given, it is given again: Slack can't be asked whether it showed it.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Final

import structlog

from tasking.delivery.briefing import refresh_all
from tasking.delivery.buttons import decide_press, verb_and_id
from tasking.delivery.service import DeliveryService
from tasking.delivery.store import presses
from tasking.delivery.store.presses import PendingPress, Press, State
from tasking.model.errors import ChannelBusy, NotComplete, TaskingError, traceback_without_values

log = structlog.get_logger(__name__)

AnswerPress = Callable[[Press, str], None]
TRIES: Final = 5  # of each step
NOT_OPENED: Final = "The form that asks why did not open. Press Reject again."
OUR_FAULT: Final = (
    "Your press was kept, and could not be carried out because of a fault of ours: nothing was changed. Use the "
    "Tasking desk instead, and tell whoever looks after Tasking."
)

NOT_SHOWN: Final = "It is noted; the message could not be updated yet."


class _Overtaken(Exception):
    """Somebody else has brought the press further."""


def work_on_waiting(service: DeliveryService, tell: AnswerPress, is_over: Callable[[], bool] = lambda: False) -> int:
    """Carries out the presses that wait, the oldest first, until there is none or it `is_over`. Returns how many.

    One process at a time does: where another is at it, this one does nothing. `tell` answers who pressed, for nobody
    else to see; it raises TaskingError where that may not have arrived. Raises what the database raises.
    """
    if not presses.is_any_pending(service.warehouse):
        return 0
    count = 0
    with ExitStack() as stack:
        try:
            stack.enter_context(service.warehouse.lock("presses", within_s=0))
        except TimeoutError:
            return 0
        while not is_over() and _work_on_next(service, tell):
            count += 1
    return count


def _work_on_next(service: DeliveryService, tell: AnswerPress) -> bool:
    one = presses.next_pending(service.warehouse)
    if one is None:
        return False
    while one is not None and one.state != State.ENDED:
        match one.state:
            case State.ASKING:  # whoever was to open the form is gone
                one = _reached(service, one, State.SHOWN, NOT_OPENED)
            case State.RECEIVED:
                one = _decided(service, one)
            case State.DECIDED:
                one = _shown(service, one)
            case _:
                one = _answered(service, one, tell)
    return True


def _decided(service: DeliveryService, one: PendingPress) -> PendingPress | None:
    press = one.press
    verb, proposal_id = verb_and_id(press.action)
    if verb is None:
        return _reached(service, one, State.ENDED)
    if one.tries > TRIES:  # each time, the process ended before it could say why
        return _reached(service, one, State.SHOWN, OUR_FAULT)
    try:
        with service.warehouse.writing():
            done = decide_press(service, press.pressed_by, proposal_id, verb, press.reason)
            state = State.DECIDED if done.is_shown else State.SHOWN
            now = _reached(service, one, state, "" if done.counted else done.words)
            if now is None:
                raise _Overtaken
            return now
    except _Overtaken:
        return None
    except Exception as error:  # whatever it is, it is this press's alone, and who pressed must hear of it
        log.error("a press could not be carried out", action=press.action, where=traceback_without_values(error))
        if one.tries < TRIES:
            _left(service, one)
            return None
        return _reached(service, one, State.SHOWN, OUR_FAULT)


def _shown(service: DeliveryService, one: PendingPress) -> PendingPress | None:
    action = one.press.action
    if one.tries > TRIES:  # each time, the process ended with it, and others wait
        return _reached(service, one, State.SHOWN, one.words or NOT_SHOWN)
    try:
        refresh_all(service, [verb_and_id(action)[1]])
    except Exception as error:  # the decision stands, whatever keeps the message from showing it
        where = None if isinstance(error, TaskingError) else traceback_without_values(error)
        log.warning("the message does not show a press yet", action=action, error=type(error).__name__, where=where)
        if one.tries < TRIES:
            _left(service, one, error)
            return None
        why = str(error) if isinstance(error, TaskingError) else "a fault of ours"
        words = f"It is noted; the message could not be updated yet ({why})."
        return _reached(service, one, State.SHOWN, one.words or words)
    return _reached(service, one, State.SHOWN, one.words)


def _answered(service: DeliveryService, one: PendingPress, tell: AnswerPress) -> PendingPress | None:
    if one.words and one.tries <= TRIES:
        try:
            tell(one.press, one.words)
        except Exception as error:  # one answer that does not arrive keeps no other from its own
            where = None if isinstance(error, TaskingError) else traceback_without_values(error)
            log.error("an answer to a press did not arrive", error=type(error).__name__, tries=one.tries, where=where)
            if one.tries < TRIES:
                _left(service, one, error)
                return None
    return _reached(service, one, State.ENDED)


def _reached(service: DeliveryService, one: PendingPress, state: State, words: str = "") -> PendingPress | None:
    """The press in its new state; None where somebody else has brought it further."""
    if not presses.advance(service.warehouse, one, state, words, service.clock()):
        return None
    return PendingPress(one.press, state, words, tries=1)


def _left(service: DeliveryService, one: PendingPress, error: Exception | None = None) -> None:
    """Leaves it for later: for as long as the channel asks, and longer with each try."""
    pause_s = service.retry_policy.pause_s * 2 ** max(0, one.tries - 1)
    if isinstance(error, ChannelBusy | NotComplete):
        pause_s = max(pause_s, min(error.retry_after_s, service.retry_policy.max_wait_s))
    presses.postpone(service.warehouse, one, timedelta(seconds=pause_s))
