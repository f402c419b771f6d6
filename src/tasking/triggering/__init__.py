"""The step after linking: every rule over the history, and what it finds put before people once."""

from tasking.triggering.raising import asked_on, exported, trigger
from tasking.triggering.simulator import Simulated, simulate

__all__ = ["Simulated", "asked_on", "exported", "simulate", "trigger"]
