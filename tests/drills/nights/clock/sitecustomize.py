"""For a Python whose clock libfaketime has moved: 0.9.10 breaks the call by which `time.sleep` sleeps (EINVAL)."""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
