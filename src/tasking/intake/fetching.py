"""Fetches from partners' systems concurrently, so that a slow partner does not delay the others."""

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
"""What a partner's system returned, or why fetching failed: a TransportError, or a fault in our code."""


class FetchTimedOut(Exception):
    """A partner's system did not answer in time."""


def fetch_all(
    service: IntakeService, feeds: Sequence[str], day: date, within_s: float | None = None
) -> Iterator[tuple[str, FetchAttempt]]:
    """Fetches from several feeds concurrently, and yields (feed, result or error) as each one finishes.

    Feeds that have not finished `within_s` seconds after the start yield FetchTimedOut. Never raises.
    """
    answers: queue.SimpleQueue[tuple[str, FetchAttempt]] = queue.SimpleQueue()
    waiting = list(feeds)
    for feed in feeds:
        declared = service.feeds[feed]
        try:
            # Opened in this thread: Airflow's connections can't be read from another one.
            transport, request = (
                service.open_transport(declared),
                Request.of_day(declared, day, service.partnership.calendar),
            )
        except Exception as error:
            answers.put((feed, error))
            continue
        # A daemon thread, so that a partner that never answers does not keep the process alive.
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
    except Exception as error:  # returned to the caller
        answers.put((feed, error))
