"""Asking partners' systems: one feed, or all of them at once, so that a slow partner costs the others no time."""

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from datetime import date, timedelta

from tasking.desk import Desk
from tasking.feeds.declaration import Feed
from tasking.feeds.transports import Request, Transport
from tasking.model.delivery import Fetch

Answer = Fetch | Exception
"""What a partner's system gave, or why it could not be asked: a TransportError, or a fault of ours."""


class NotInTime(Exception):
    """A partner's system had not answered when the time was over."""


def request_for(desk: Desk, feed: Feed, day: date) -> Request:
    """What a transport is asked for a reporting day."""
    calendar = desk.partnership.calendar
    return Request(
        feed=feed.feed,
        file_name=feed.delivery.file_name(day),
        since=calendar.starts_at(day - timedelta(days=1)),
        until=calendar.starts_at(day),
        # A server is asked for more days; files of other days are asked for by name where the feed sends files.
        earlier_names=() if feed.delivery.transport.kind == "open311" else feed.delivery.earlier_names(day),
        look_back_days=feed.delivery.look_back,
    )


def fetch_all(
    desk: Desk, feeds: Sequence[str], day: date, within_s: float | None = None
) -> Iterator[tuple[str, Answer]]:
    """Asks some feeds at the same time and gives (feed, answer) as each comes.

    Who has not answered after `within_s` seconds, counted over all, gets NotInTime. Raises nothing.
    """
    answers: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()
    waiting = list(feeds)
    for feed in feeds:
        try:
            # Opened here: what gives a task its connections is not for other threads.
            transport, request = desk.open_transport(desk.feeds[feed]), request_for(desk, desk.feeds[feed], day)
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
        yield feed, NotInTime()


def _ask(feed: str, transport: Transport, request: Request, answers: "queue.SimpleQueue[tuple[str, Answer]]") -> None:
    try:
        answers.put((feed, transport.fetch(request)))
    except Exception as error:  # told to who asked
        answers.put((feed, error))
