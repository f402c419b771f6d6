"""Two deliveries that are checked at the same time, as where two people bring files on the desk."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tasking.intake import receiving
from tasking.intake.quality import suites

DAY = dt.date(2026, 10, 22)


@pytest.mark.uncached
def test_files_that_are_checked_at_once_share_one_context_of_great_expectations(desk_with_deliveries, monkeypatch):
    import great_expectations as gx

    desk = desk_with_deliveries
    opened, get_context = desk.open(), gx.get_context
    made, both = [], threading.Barrier(2)

    def slow(**how):
        made.append(how)
        with suppress(threading.BrokenBarrierError):
            both.wait(2)  # where the other is let in too, both go on at once; where it is not, this one goes on alone
        return get_context(**how)

    monkeypatch.setattr(gx, "get_context", slow)
    for cached in (suites._in_memory, suites._built):
        cached.cache_clear()

    def brought(feed: str):
        content = desk.path(feed, str(DAY)).read_bytes()
        return receiving.receive_by_hand(opened.intake, feed, DAY, "by-mail", content, "jo").outcome

    with ThreadPoolExecutor(2) as people:
        outcomes = list(people.map(brought, ("residents", "police")))
    assert outcomes == ["landed", "landed"]
    assert len(made) == 1
