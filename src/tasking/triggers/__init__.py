"""The trigger rules: counted over the history, proposed to people once, and tried with other numbers."""

from tasking.triggers.cool_down import Answer, is_new, matching
from tasking.triggers.evaluate import Asked, findings, parameters
from tasking.triggers.run import Raised, asked_on, exported, run_rules, trigger
from tasking.triggers.simulation import GROUPS_A_YEAR, Simulated, Would, simulate
from tasking.triggers.simulation_picture import drawn
from tasking.triggers.weekly import first_meeting, weekly

__all__ = [
    "GROUPS_A_YEAR", "Answer", "Asked", "Raised", "Simulated", "Would", "asked_on", "drawn", "exported", "findings",
    "first_meeting", "is_new", "matching", "parameters", "run_rules", "simulate", "trigger", "weekly",
]  # fmt: skip
