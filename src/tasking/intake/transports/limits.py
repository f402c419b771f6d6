"""A bound on how long a fetch may take, whatever a server or a share does."""

import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

import structlog

from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

LOOK_S = 120.0  # to log in and to see what is there
TAKE_S = 600.0  # more, where there is something to take
_STEP_S = 0.5

_Result = TypeVar("_Result")
# Fetches that were given up and whose thread hangs all the same, as on a share that is gone, by place.
_hanging: dict[str, Future[Any]] = {}


class Limit:
    """When a fetch must have ended. It is moved while there is something to take, and never beyond `most_s`."""

    def __init__(self, seconds: float = LOOK_S, most_s: float = LOOK_S + TAKE_S) -> None:
        now_s = time.monotonic()
        self.started_s, self.ends_s, self.latest_s = now_s, now_s + seconds, now_s + max(seconds, most_s)

    def allow(self, seconds: float) -> None:
        """At least so many seconds more from now."""
        self.ends_s = min(self.latest_s, max(self.ends_s, time.monotonic() + seconds))

    @property
    def seconds(self) -> float:
        """How long the fetch may take as things stand."""
        return self.ends_s - self.started_s

    @property
    def left_s(self) -> float:
        return max(0.0, self.ends_s - time.monotonic())


def run_within(
    limit: Limit, feed: str, what: str, place: str, look: Callable[[], _Result], give_up: Callable[[], None]
) -> _Result:
    """What `look` returns or raises, or TransportError where it does not end within the limit.

    It runs in a thread of its own, as a call to a dead share can't be broken off. `give_up` closes what it waits on.
    `what` is looked at, in words; `place` tells one address from another: while one look there hangs, none is begun.
    """
    before = _hanging.get(place)
    if before is not None and not before.done():
        raise TransportError(f"{feed}: {what} still does not answer: an earlier look hangs. {_DO}")
    _hanging.pop(place, None)
    done: Future[Any] = Future()

    def run() -> None:
        try:
            done.set_result(look())
        except BaseException as error:  # goes on in the thread that waits
            done.set_exception(error)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), name=f"fetch {feed}", daemon=True).start()
    try:
        while not done.done():
            if limit.left_s <= 0:
                raise TransportError(f"{feed}: {what} took longer than {limit.seconds:,.0f} seconds: given up. {_DO}")
            wait([done], timeout=min(_STEP_S, limit.left_s))
        result: _Result = done.result()
        return result
    except TransportError:
        raise
    except Exception as error:  # the last wall: what a transport does not foresee is ours, and stops no other feed
        log.error("a look ended in a fault of ours", feed=feed, where=traceback_without_values(error))
        words = f"{feed}: {what} could not be looked into because of a fault in Tasking ({type(error).__name__})"
        raise TransportError(f"{words}: tell the maintainers") from error
    finally:
        if not done.done():
            _hanging[place] = done
            give_up()


_DO = "Is it overloaded, or gone? Ask who runs it"
