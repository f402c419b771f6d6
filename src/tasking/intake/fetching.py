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
    results: queue.SimpleQueue[tuple[str, FetchAttempt]] = queue.SimpleQueue()
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
            results.put((feed, error))
            continue
        # A daemon thread, so that a partner that never answers does not keep the process alive.
        thread = threading.Thread(
            target=copy_context().run, args=(_fetch, feed, transport, request, results), name=f"ask {feed}", daemon=True
        )
        thread.start()
    deadline = None if within_s is None else time.monotonic() + within_s
    while waiting:
        try:
            feed, result = results.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        waiting.remove(feed)
        yield feed, result
    for feed in waiting:
        yield feed, FetchTimedOut()


def _fetch(
    feed: str, transport: Transport, request: Request, results: "queue.SimpleQueue[tuple[str, FetchAttempt]]"
) -> None:
    try:
        results.put((feed, transport.fetch(request)))
    except Exception as error:  # returned to the caller
        results.put((feed, error))
