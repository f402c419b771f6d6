"""Asking partners' systems: one feed, or all of them at once, so that a slow partner costs the others no time."""

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from datetime import date

from tasking.intake.service import IntakeService
from tasking.intake.transports import Request, Transport
from tasking.model.delivery import FetchResult

FetchAttempt = FetchResult | Exception
"""What a partner's system gave, or why it could not be asked: a TransportError, or a fault of ours."""


class FetchTimedOut(Exception):
    """A partner's system had not answered when the time was over."""


def fetch_all(
    service: IntakeService, feeds: Sequence[str], day: date, within_s: float | None = None
) -> Iterator[tuple[str, FetchAttempt]]:
    """Asks some feeds at the same time and gives (feed, answer) as each comes.

    Who has not answered after `within_s` seconds, counted over all, gets FetchTimedOut. Raises nothing.
    """
    answers: queue.SimpleQueue[tuple[str, FetchAttempt]] = queue.SimpleQueue()
    waiting = list(feeds)
    for feed in feeds:
        declared = service.feeds[feed]
        try:
            # Opened here: what gives a task its connections is not for other threads.
            transport, request = (
                service.open_transport(declared),
                Request.of_day(declared, day, service.partnership.calendar),
            )
        except Exception as error:
            answers.put((feed, error))
            continue
        # A daemon: a partner that never answers does not keep the process alive.
        asking = threading.Thread(
            target=copy_context().run, args=(_ask, feed, transport, request, answers), name=f"ask {feed}", daemon=True
        )
        asking.start()
    deadline = None if within_s is None else time.monotonic() + within_s
    while waiting:
        try:
            feed, answer = answers.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        waiting.remove(feed)
        yield feed, answer
    for feed in waiting:
        yield feed, FetchTimedOut()


def _ask(
    feed: str, transport: Transport, request: Request, answers: "queue.SimpleQueue[tuple[str, FetchAttempt]]"
) -> None:
    try:
        answers.put((feed, transport.fetch(request)))
    except Exception as error:  # told to who asked
        answers.put((feed, error))
