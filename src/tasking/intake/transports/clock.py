"""Time as transports see it; tests put their own in its place."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """`now_s`: seconds since 1970, as servers give them. `elapsed_s`: seconds that no change of the clock moves."""

    now_s: Callable[[], float] = time.time
    elapsed_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
