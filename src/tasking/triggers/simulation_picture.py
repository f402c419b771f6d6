"""A simulation as a bar chart: proposals a month by rule, under the numbers in force and under the others."""

import io

from tasking.model.picture import Picture
from tasking.triggers.simulation import GROUPS_A_YEAR, Simulation

_NOW, _THEN, _INK, _SOFT = "#9aa5b1", "#0b5cad", "#1d2733", "#5b6875"


def draw_simulation(simulated: Simulation) -> Picture:
    """A PNG with a row of bars for each rule and two bars a month; the same input gives the same bytes."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rules = sorted({one.rule for one in (*simulated.before, *simulated.after)})
    months = simulated.months
    figure = Figure(figsize=(max(6.5, 0.62 * len(months) + 2.6), 1.1 + 1.15 * max(len(rules), 1)), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.subplots(max(len(rules), 1), 1, sharex=True, squeeze=False)[:, 0]
    for axis, rule in zip(axes, rules, strict=False):
        before, after = simulated.by_month(simulated.before, rule), simulated.by_month(simulated.after, rule)
        at = range(len(months))
        for offset, counts, colour in ((-0.2, before, _NOW), (0.2, after, _THEN)):
            axis.bar([one + offset for one in at], counts, width=0.38, color=colour)
            for one, count in zip(at, counts, strict=True):
                if count:
                    axis.text(one + offset, count, str(count), ha="center", va="bottom", fontsize=7.5, color=_INK)
        axis.set_title(rule.replace("_", " "), loc="left", fontsize=9, color=_INK)
        axis.set_ylim(0, max([1, *before, *after]) * 1.35)
        axis.set_yticks([])
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.spines["bottom"].set_color(_SOFT)
        axis.tick_params(axis="x", colors=_SOFT, labelsize=8, length=0)
    if rules:
        axes[-1].set_xticks(range(len(months)), [f"{month[5:]}/{month[2:4]}" for month in months])
    then, now = simulated.a_year(simulated.before), simulated.a_year(simulated.after)
    settings = ", ".join(f"{name}={value:g}" for name, value in simulated.settings.items()) or "no other numbers"
    figure.suptitle(
        f"Grey: in force, {then:.0f} groups a year. Blue: {settings}, {now:.0f} a year.\n"
        f"The annual report has {GROUPS_A_YEAR}.",
        x=0.01, ha="left", fontsize=9.5, color=_INK,
    )  # fmt: skip
    figure.tight_layout(rect=(0, 0, 1, 0.98))
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    summary = "; ".join(
        f"{rule} {sum(simulated.by_month(simulated.before, rule))} before, "
        f"{sum(simulated.by_month(simulated.after, rule))} after" for rule in rules
    )  # fmt: skip
    return Picture("simulated", "Proposals a month by rule", f"Proposals by rule: {summary}", out.getvalue())
