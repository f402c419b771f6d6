"""The clock of transports, which tests replace."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """`now_s`: seconds since 1970. `elapsed_s`: monotonic seconds."""

    now_s: Callable[[], float] = time.time
    elapsed_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
