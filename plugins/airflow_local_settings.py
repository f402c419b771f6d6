"""Airflow imports this in each of its processes; a worker, and a scheduler that has tasks done beside it, load here
what every task of ours needs, so that the process of a task, which is forked from theirs, has it already.

Without it each task spends seconds on importing pandas and Great Expectations. On where TASKING_PRELOAD is set.
"""

import os
import sys

if os.environ.get("TASKING_PRELOAD") and {"worker", "scheduler"} & set(sys.argv[1:3]):
    from tasking.runtime import preload  # noqa: F401
