"""The trigger rules: counted over the history, raised as proposals once each, and simulated with other numbers."""

from tasking.triggers.run import RuleRun, export_rows, run_rules
from tasking.triggers.simulation import GROUPS_A_YEAR, SimulatedProposal, Simulation, simulate
from tasking.triggers.simulation_picture import draw_simulation
from tasking.triggers.weekly import build_weekly_alert, first_meeting

__all__ = [
    "GROUPS_A_YEAR", "RuleRun", "SimulatedProposal", "Simulation", "build_weekly_alert", "draw_simulation",
    "export_rows", "first_meeting", "run_rules", "simulate",
]  # fmt: skip
