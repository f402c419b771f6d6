"""Prints a simulation: proposals per month and rule, those gained and lost, and the number of groups a year."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from tasking.cli.shell import output
from tasking.triggers.simulation import GROUPS_A_YEAR, SimulatedProposal, Simulation

_MOST: int = 40


def print_simulated(simulated: Simulation) -> None:
    """Prints the tables on standard output."""
    settings = ", ".join(f"{name}={value:g}" for name, value in simulated.settings.items()) or "the current thresholds"
    output.print(f"{simulated.first} to {simulated.last}: {settings}")
    table = Table("rule", *simulated.months, "all", box=box.SIMPLE_HEAD)
    for rule in sorted({one.rule for one in (*simulated.before, *simulated.after)}):
        then, now = simulated.by_month(simulated.before, rule), simulated.by_month(simulated.after, rule)
        pairs = [*zip(then, now, strict=True), (sum(then), sum(now))]
        table.add_row(rule, *(str(a) if a == b else f"{a} → {b}" for a, b in pairs))
    output.print(table)
    for name, some in (("NEW", simulated.new), ("LOST", simulated.lost)):
        output.print(f"{name} {len(some)}")
        for line in _lines(some):
            output.print(f"  {line}", soft_wrap=True)
    before, after = simulated.a_year(simulated.before), simulated.a_year(simulated.after)
    output.print(
        f"Groups a year: {before:.0f} → {after:.0f}; the annual report has {GROUPS_A_YEAR}. This assumes that "
        "each proposal is approved, and closed after 28 days.",
    )


def _lines(some: Sequence[SimulatedProposal]) -> list[str]:
    lines = [f"{one.day} {one.rule} {one.subject} ({one.theme}), {len(one.incident_ids)} incidents" for one in some]
    return lines[:_MOST] + ([f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else [])
