"""The step after linking: every rule over the history, what it finds put before people once, other numbers tried."""

from tasking.triggering.asking import Asking, asking
from tasking.triggering.picture import drawn
from tasking.triggering.raising import Raised, asked_on, exported, run_rules, trigger
from tasking.triggering.simulator import GROUPS_A_YEAR, Simulated, Would, simulate
from tasking.triggering.weekly import first_meeting, weekly

__all__ = [
    "GROUPS_A_YEAR", "Asking", "Raised", "Simulated", "Would", "asked_on", "asking", "drawn", "exported",
    "first_meeting", "run_rules", "simulate", "trigger", "weekly",
]  # fmt: skip
