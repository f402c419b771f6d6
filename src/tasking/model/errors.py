"""Exceptions whose messages a person can act on. They never quote a record."""

import re
from collections.abc import Sequence
from pathlib import Path
from traceback import extract_tb
from typing import Final, NamedTuple, Self

FOR_KEEPER: Final = "For the maintainer of the feed: "
_FOR_KEEPER_BEFORE: Final = "For whoever looks after the feed: "  # in reasons that version 0.2 stored
# The reasons of several files are joined by semicolons.
_ADVICE: Final = re.compile(rf"\s*(?:{FOR_KEEPER}|{_FOR_KEEPER_BEFORE})[^;]*")
_MOST_FAULTS: Final = 5  # of a declaration that one message names
_MOST_LINES: Final = 45  # of a traceback: a recursion that finds no end has a thousand


class TaskingError(Exception):
    """Base class. The message is one sentence for a person. `field`: the form field that it is about, if any."""

    def __init__(self, words: str = "", *, field: str = "") -> None:
        super().__init__(words)
        self.field = field


class Fault(NamedTuple):
    """One fault of a declaration. `file`: below include/; `line`, `column`: from 1 on, 0 where it has no place in the
    file; `key`: `fields.received_at`, empty for the whole file; `words`: what was seen, and what is allowed."""

    file: str
    line: int
    column: int
    key: str
    words: str

    def __str__(self) -> str:
        at = f", line {self.line}, column {self.column}" if self.line else ""
        return f"{self.file}{at}: {self.key}{': ' if self.key else ''}{self.words}"


class DeclarationError(TaskingError):
    """A file under include/ is invalid. `faults`: each of its faults with its place, where the places are known."""

    def __init__(self, words: str = "", *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(words)
        self.faults = tuple(faults)

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> Self:
        """The error of these faults, at least one; its message names the first of them."""
        more = len(faults) - _MOST_FAULTS
        words = [str(one) for one in faults[:_MOST_FAULTS]]
        words += [f"and {more} more: see tasking config check"] if more > 0 else []
        return cls("; ".join(words), faults=faults)


class TransportError(TaskingError):
    """A partner's system could not be reached, or refused our login. Trying again may help."""


class DeliveryNotComplete(TransportError):
    """The delivery is there but still being sent. Trying again will help."""


class DeliveryRefused(TaskingError):
    """The delivery was read and cannot be used; all of it is refused, and other deliveries go on.

    `for_keeper`: what the maintainer of the feed's declaration may change, as a sentence without a semicolon. It comes
    last, so that without_advice can remove it for everybody else.
    """

    def __init__(self, found: str, for_keeper: str = "") -> None:
        super().__init__(f"{found} {FOR_KEEPER}{for_keeper}" if for_keeper else found)


class WarehouseError(TaskingError):
    """The database cannot be opened or copied."""


class PromiseBroken(TaskingError):
    """One of the promises of the design does not hold; the run must fail."""


class ChannelInDoubt(TaskingError):
    """The channel may or may not have accepted the message; look it up before sending again."""


class ChannelBusy(TaskingError):
    """The channel did not accept the message and says when to try again (rate limit)."""

    def __init__(self, words: str, retry_after_s: float) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s


class NotPosted(TaskingError):
    """A message did not reach every channel; trying again is safe and may help."""


class NotComplete(NotPosted):
    """The briefing is in every channel, but a part of it is not: a reply, a picture or an edit.

    `retry_after_s`: how long a channel asked us to wait; 0 where none did.
    """

    def __init__(self, words: str, retry_after_s: float = 0.0) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s


def without_advice(reason: str) -> str:
    """The reason without the advice for maintainers of declarations."""
    return _ADVICE.sub("", reason)


def traceback_without_values(error: BaseException) -> str:
    """The traceback of an error and its causes, for a log: exception types and lines of code, outermost first.

    Messages are left out because they may quote personal data.
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
