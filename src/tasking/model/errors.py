"""What can go wrong, in words that a person can act on. None of these ever quotes a record."""

import re
from pathlib import Path
from traceback import extract_tb
from typing import Final

FOR_KEEPER: Final = "For whoever looks after the feed: "
_ADVICE: Final = re.compile(rf"\s*{FOR_KEEPER}[^;]*")  # reasons of several files are joined by semicolons
_MOST_LINES: Final = 45  # of a traceback: a recursion that finds no end has a thousand


class TaskingError(Exception):
    """Anything the product says no to; the message is one sentence for a person."""


class DeclarationError(TaskingError):
    """A file under include/ says something that can't be meant."""


class TransportError(TaskingError):
    """A partner's system could not be reached, or did not let us in. Asking again may help."""


class DeliveryNotComplete(TransportError):
    """The delivery is there but still being sent. Asking again will help."""


class DeliveryRefused(TaskingError):
    """The delivery was read and can't be used at all; it is refused whole and others go on.

    `for_keeper`: what whoever keeps the feed's declaration may change about it, in a sentence without a semicolon. It
    stands at the end, so that without_advice can leave it out for everybody else.
    """

    def __init__(self, found: str, for_keeper: str = "") -> None:
        super().__init__(f"{found} {FOR_KEEPER}{for_keeper}" if for_keeper else found)


class WarehouseError(TaskingError):
    """The database can't be opened."""


class PromiseBroken(TaskingError):
    """One of the promises of the design does not hold; the run must fail."""


class ChannelInDoubt(TaskingError):
    """The channel may or may not have taken the message; look before sending again."""


class ChannelBusy(TaskingError):
    """The channel did not take the message and says when to come again."""

    def __init__(self, words: str, retry_after_s: float) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s


class NotPosted(TaskingError):
    """A message did not reach every channel; trying again is safe and may help."""


class NotComplete(NotPosted):
    """The briefing is in every channel, and something that belongs to it is not: a reply, a picture, an edit.

    `retry_after_s`: how long a channel asked us to wait; 0 where none did.
    """

    def __init__(self, words: str, retry_after_s: float = 0.0) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s


def without_advice(reason: str) -> str:
    """Why something was refused, without what is only for whoever keeps declarations."""
    return _ADVICE.sub("", reason)


def traceback_without_values(error: BaseException) -> str:
    """Where an error was raised, for a log: kinds of errors and lines of code, a line each, outermost first.

    Messages are left out: they quote what somebody wrote.
    """
    lines = []
    cause: BaseException | None = error
    while cause is not None:
        frames = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in extract_tb(cause.__traceback__)]
        lines += [*frames, type(cause).__name__]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES // 3], "...", *lines[-2 * _MOST_LINES // 3 :]]
    return "\n".join(lines)
