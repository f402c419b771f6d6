"""Partners' servers on loopback, each started here and ended by its own process id."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT

import tasking.model.day  # noqa: F401 - the package is there before a server is
from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.intake.transports import Request


@contextmanager
def serving(command: list[str | Path], port: int, seconds: float = 30) -> Iterator[None]:
    """A server process, up once its port answers."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + seconds
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended: {process.stdout.read().decode()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture
def request_for():
    """A request for a feed's delivery of 22 October 2026."""
    import datetime as dt

    from tasking.config.feed import load_feeds

    feeds = load_feeds((ROOT / "include" / "feeds").glob("*.yml"))
    calendar = load_partnership(Include.of(ROOT / "include")).calendar

    def of(feed: str) -> Request:
        day = dt.date(2026, 10, 22)
        start = calendar.starts_at(day - dt.timedelta(days=1))
        return Request(feed, feeds[feed].delivery.file_name(day), start, calendar.starts_at(day))

    return of


PYTHON = sys.executable
