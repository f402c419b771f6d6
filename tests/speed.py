"""Limits on processor time that hold on any machine, however busy: they grow with what a yardstick takes there."""

import re
import time
from collections.abc import Callable

_YARDSTICK = re.compile(r"\s+$")
_LENGTH = 10_000
_YARDSTICK_S = 0.22  # what it takes over so many spaces on the machine for which the limits are written


def cpu_s(call: Callable[[], object]) -> float:
    """Processor seconds of one call: of a busy machine others have the rest."""
    started = time.process_time()
    call()
    return time.process_time() - started


def yardstick_s() -> float:
    """Processor seconds that the mildest quadratic pattern takes here, just now, over 10,000 characters."""
    text = " " * _LENGTH + "a"
    return min(cpu_s(lambda: _YARDSTICK.search(text)) for _ in range(3))


def slowness() -> float:
    """How many times slower this machine is just now than the one for which limits are written; at least 1."""
    return max(1.0, yardstick_s() / _YARDSTICK_S)


def assert_soon(call: Callable[[], object], seconds: float, of: object = "") -> None:
    """Raises AssertionError where three calls of three take more than `seconds` of processor time, times `slowness()`."""
    took = []
    for _ in range(3):
        took.append(cpu_s(call))
        if took[-1] < seconds:
            return
    allowed = seconds * slowness()
    assert min(took) < allowed, f"{min(took):.3f} s where {allowed:.3f} s are allowed: {of}"
