"""Carries out stored presses: decides, edits the message, and answers the person if there is something to say.

Each step is recorded before the next begins, so that another process can continue. A decision and its record are one
transaction. If it is unclear whether the message was edited, it is edited again, which changes nothing. If it is
unclear whether an answer arrived, it is sent again, because Slack can't be asked.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Final

import structlog

from tasking.delivery.buttons import decide_press, number_of, verb_and_id
from tasking.delivery.channels.form import NOT_OPENED as NOT_OPENED
from tasking.delivery.forms import answers_from
from tasking.delivery.service import DeliveryService
from tasking.delivery.store import presses
from tasking.delivery.store.presses import PendingPress, State
from tasking.delivery.store.presses import Press as Press
from tasking.delivery.work import announce
from tasking.model.errors import ChannelBusy, NotComplete, TaskingError, traceback_without_values

log = structlog.get_logger(__name__)

AnswerPress = Callable[[Press, str], None]
TRIES: Final = 5  # of each step
OUR_FAULT: Final = (
    "Your press was saved, but could not be carried out because of a fault in Tasking. Nothing was changed. Use the "
    "Tasking desk instead, and report it to the maintainers."
)

NOT_SHOWN: Final = "Recorded. The message could not be updated yet."


class _Overtaken(Exception):
    """Another process has advanced the press."""


def receive_press(service: DeliveryService, press: Press, within_s: float, form_within_s: float = 0) -> bool:
    """Stores a press; False if it is stored already. `form_within_s`: how long the caller has to open a form, if it
    opens one.

    Raises the database's error if that can't be done within `within_s` seconds.
    """
    return presses.store_press(service.warehouse, press, service.clock(), within_s, form_within_s)


def record_form(service: DeliveryService, press_id: str, why_not: str = "") -> None:
    """Records that the form of a button was opened, or why it was not, which the person is then shown."""
    presses.record_form(service.warehouse, press_id, why_not, service.clock())


def forget_old_presses(service: DeliveryService) -> None:
    """Deletes presses that ended a month ago or earlier."""
    presses.forget_old(service.warehouse, service.clock())


def carry_out_presses(
    service: DeliveryService, answer: AnswerPress, is_over: Callable[[], bool] = lambda: False
) -> int:
    """Carries out pending presses, the oldest first, until there are none or `is_over()`. Returns how many.

    Only one process works on them at a time: if another does, this one returns at once. `answer` sends words to the
    person who pressed, visible to nobody else, and raises TaskingError if they may not have arrived. Database errors
    are raised.
    """
    if not presses.is_any_pending(service.warehouse):
        return 0
    count = 0
    with ExitStack() as stack:
        try:
            stack.enter_context(service.warehouse.lock("presses", within_s=0))
        except TimeoutError:
            return 0
        while not is_over() and _carry_out_next(service, answer):
            count += 1
    return count


def _carry_out_next(service: DeliveryService, answer: AnswerPress) -> bool:
    pending = presses.next_pending(service.warehouse)
    if pending is None:
        return False
    while pending is not None and pending.state != State.ENDED:
        match pending.state:
            case State.ASKING:  # the process that was opening the form ended
                pending = _advance(service, pending, State.SHOWN, NOT_OPENED)
            case State.RECEIVED:
                pending = _decide(service, pending)
            case State.DECIDED:
                pending = _show(service, pending)
            case _:
                pending = _answer(service, pending, answer)
    return True


def _decide(service: DeliveryService, pending: PendingPress) -> PendingPress | None:
    press = pending.press
    verb, proposal_id = verb_and_id(press.action)
    if verb is None:
        return _advance(service, pending, State.ENDED)
    if pending.tries > TRIES:  # every attempt ended with its process
        return _advance(service, pending, State.SHOWN, OUR_FAULT)
    try:
        with service.warehouse.writing():
            answers = answers_from(press.reason, press.answers or {})
            done = decide_press(service, press.pressed_by, proposal_id, verb, answers, number_of(press.action))
            state = State.DECIDED if done.is_shown else State.SHOWN
            now = _advance(service, pending, state, "" if done.counted else done.words)
            if now is None:
                raise _Overtaken
            return now
    except _Overtaken:
        return None
    except Exception as error:  # it must not stop other presses, and the person must get an answer
        log.error("a press could not be carried out", action=press.action, where=traceback_without_values(error))
        if pending.tries < TRIES:
            _postpone(service, pending)
            return None
        return _advance(service, pending, State.SHOWN, OUR_FAULT)


def _show(service: DeliveryService, pending: PendingPress) -> PendingPress | None:
    action = pending.press.action
    if pending.tries > TRIES:  # every attempt ended with its process, and other presses wait
        return _advance(service, pending, State.SHOWN, pending.words or NOT_SHOWN)
    try:
        announce(service, [verb_and_id(action)[1]])
    except Exception as error:  # the decision is stored even if the message can't be edited
        where = None if isinstance(error, TaskingError) else traceback_without_values(error)
        log.warning("the message does not show a press yet", action=action, error=type(error).__name__, where=where)
        if pending.tries < TRIES:
            _postpone(service, pending, error)
            return None
        why = str(error) if isinstance(error, TaskingError) else "a fault in Tasking"
        words = f"Recorded. The message could not be updated yet ({why})."
        return _advance(service, pending, State.SHOWN, pending.words or words)
    return _advance(service, pending, State.SHOWN, pending.words)


def _answer(service: DeliveryService, pending: PendingPress, answer: AnswerPress) -> PendingPress | None:
    if pending.words and pending.tries <= TRIES:
        try:
            answer(pending.press, pending.words)
        except Exception as error:  # it must not stop other answers
            where = None if isinstance(error, TaskingError) else traceback_without_values(error)
            log.error(
                "an answer to a press did not arrive", error=type(error).__name__, tries=pending.tries, where=where
            )
            if pending.tries < TRIES:
                _postpone(service, pending, error)
                return None
    return _advance(service, pending, State.ENDED)


def _advance(service: DeliveryService, pending: PendingPress, state: State, words: str = "") -> PendingPress | None:
    """The press in its new state; None if another process has advanced it."""
    if not presses.advance(service.warehouse, pending, state, words, service.clock()):
        return None
    return PendingPress(pending.press, state, words, tries=1)


def _postpone(service: DeliveryService, pending: PendingPress, error: Exception | None = None) -> None:
    """Postpones the press: for as long as the channel asks, and longer with each try."""
    pause_s = service.retry_policy.pause_s * 2 ** max(0, pending.tries - 1)
    if isinstance(error, ChannelBusy | NotComplete):
        pause_s = max(pause_s, min(error.retry_after_s, service.retry_policy.max_wait_s))
    presses.postpone(service.warehouse, pending, timedelta(seconds=pause_s))
