"""Airflow imports this in each of its processes. In a worker, or a scheduler with a local executor, it loads the
heavy modules of our tasks; their processes are forked from it and have them already.

Without it every task takes seconds to import pandas and Great Expectations. Enabled by TASKING_PRELOAD.
"""

import os
import sys

if os.environ.get("TASKING_PRELOAD") and {"worker", "scheduler"} & set(sys.argv[1:3]):
    from tasking.runtime import preload  # noqa: F401
