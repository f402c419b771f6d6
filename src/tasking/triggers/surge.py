"""Surges: a category in the whole district over four weeks, compared with what those weekdays usually bring."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import sqrt
from typing import Any, NamedTuple

from tasking.config.rule import Rule
from tasking.model.trigger import Finding


class Surge(NamedTuple):
    """The incidents of some days and the number expected of such weekdays. `z` allows for how short the past is."""

    incidents: int
    expected: float
    z: float

    @property
    def change(self) -> float:
        """2(√a-√b): approximately normal with a standard deviation of one, also for small counts."""
        return 2 * (sqrt(self.incidents) - sqrt(self.expected))


def surges(
    rule: Rule, theme: str, rows: Sequence[Mapping[str, Any]], day: date, complete: frozenset[date]
) -> list[Finding]:
    """The categories that surge.

    `rows`: subject_key (the category), on_day, incidents. Days that are not complete are left out on both sides.
    """
    by_category: dict[str, dict[date, int]] = defaultdict(dict)
    for row in rows:
        by_category[row["subject_key"]][row["on_day"]] = row["incidents"]
    since = rule.since(day)
    past = since - timedelta(days=int(rule.numbers["against_days"]))
    now_days = [one for one in complete if since <= one <= day]
    past_days = [one for one in complete if past <= one < since]
    if len(now_days) < rule.numbers["needs_days"] or len(past_days) < 2 * rule.numbers["needs_days"]:
        return []
    found = []
    for category, counts in sorted(by_category.items()):
        surge = surge_of(counts, now_days, past_days)
        if surge is None:
            continue
        if surge.z >= rule.numbers["z"] and surge.incidents >= rule.numbers["incidents"]:
            totals = {"incidents": surge.incidents, "reports": 0, "complainants": 0, "partners": 0}
            percent = round(100 * (surge.incidents - surge.expected) / surge.expected) if surge.expected else None
            measures = {
                "usual": round(surge.expected, 1), "z": round(surge.z, 2), "change": round(surge.change, 2),
                "percent": percent, "complete_days": len(now_days), "past_days": len(past_days),
            }  # fmt: skip
            found.append(Finding(theme, category, (), totals, measures=measures))
    return found


def surge_of(counts: Mapping[date, int], now_days: Sequence[date], past_days: Sequence[date]) -> Surge | None:
    """Compares days with earlier ones of the same weekday. Days whose weekday has no earlier ones are left out; None
    where that leaves none."""
    past: dict[int, list[int]] = defaultdict(list)
    for one in past_days:
        past[one.weekday()].append(counts.get(one, 0))
    usable = [one for one in now_days if past[one.weekday()]]
    if not usable:
        return None
    count = sum(counts.get(one, 0) for one in usable)
    expected, spread = 0.0, 0.0
    for one in usable:
        values = past[one.weekday()]
        expected += sum(values) / len(values)
    for weekday, values in past.items():
        days = sum(one.weekday() == weekday for one in usable)
        spread += days * days * sum(values) / len(values) ** 2 if values else 0.0
    # The expected count is itself estimated from a few days: its Poisson variance is added to that of the count.
    wider = sqrt(1 + spread / expected) if expected else 1.0
    return Surge(count, expected, 2 * (sqrt(count) - sqrt(expected)) / wider)
