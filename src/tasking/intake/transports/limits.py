"""SearchLimit the time that a fetch takes, even if a server or a share hangs."""

import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

import structlog

from tasking.model.errors import TransportError, traceback_without_values

log = structlog.get_logger(__name__)

LOOK_S = 120.0  # to log in and list files
TAKE_S = 600.0  # in addition, if there is something to fetch
_STEP_S = 0.5

_Result = TypeVar("_Result")
# By place: abandoned fetches whose thread still hangs, as on a share that is gone.
_hanging: dict[str, Future[Any]] = {}


class Limit:
    """The deadline of a fetch. It is extended while there is something to fetch, up to `most_s`."""

    def __init__(self, seconds: float = LOOK_S, most_s: float = LOOK_S + TAKE_S) -> None:
        now_s = time.monotonic()
        self.started_s, self.ends_s, self.latest_s = now_s, now_s + seconds, now_s + max(seconds, most_s)

    def allow(self, seconds: float) -> None:
        """Extends the deadline to at least so many seconds from now."""
        self.ends_s = min(self.latest_s, max(self.ends_s, time.monotonic() + seconds))

    @property
    def seconds(self) -> float:
        """The time from the start to the deadline."""
        return self.ends_s - self.started_s

    @property
    def remaining_s(self) -> float:
        return max(0.0, self.ends_s - time.monotonic())


def run_within(
    limit: Limit, feed: str, what: str, place: str, look: Callable[[], _Result], abort: Callable[[], None]
) -> _Result:
    """The result of `look`. Raises what `look` raises, or TransportError if it does not end within the limit.

    `look` runs in its own thread, as a call to a dead share can't be interrupted. `abort` closes the connection that
    it waits for. `what` names the system in messages. `place` identifies the address: while one fetch there hangs, no
    other is started.
    """
    before = _hanging.get(place)
    if before is not None and not before.done():
        raise TransportError(f"{feed}: {what} still does not answer: an earlier check hangs. {_DO}")
    _hanging.pop(place, None)
    done: Future[Any] = Future()

    def run() -> None:
        try:
            done.set_result(look())
        except BaseException as error:  # raised again in the waiting thread
            done.set_exception(error)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), name=f"fetch {feed}", daemon=True).start()
    try:
        while not done.done():
            if limit.remaining_s <= 0:
                raise TransportError(f"{feed}: {what} took longer than {limit.seconds:,.0f} seconds. We stopped. {_DO}")
            wait([done], timeout=min(_STEP_S, limit.remaining_s))
        result: _Result = done.result()
        return result
    except TransportError:
        raise
    except Exception as error:  # an unexpected error is a fault in our code, and must not stop other feeds
        log.error("a check failed because of a fault in Tasking", feed=feed, where=traceback_without_values(error))
        words = f"{feed}: {what} could not be looked into because of a fault in Tasking ({type(error).__name__})"
        raise TransportError(f"{words}: report it to the maintainers") from error
    finally:
        if not done.done():
            _hanging[place] = done
            abort()


_DO = "Is it overloaded or down? Ask the people who run it"
