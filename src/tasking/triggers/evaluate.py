"""Turns the rows of a rule's query into findings: counts them, compares them with what is usual, removes overlaps."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from tasking.config.rule import Rule
from tasking.model.trigger import CELL_M, CountedReport, Finding
from tasking.triggers.inputs import RuleInputs
from tasking.triggers.shared_means import shared_means
from tasking.triggers.surge import surges
from tasking.triggers.unusual import tail_probability

_LINK_DAYS: Final = 7  # an incident may have been reported this long before the window that it counts in
_KEY_COLUMNS: Final = frozenset({"subject_key", "report_id", "incident_id", "feed", "complainant", "east_m", "north_m"})


def findings(rule: Rule, inputs: RuleInputs) -> list[Finding]:
    """What the rule finds on the day.

    For places the largest finding comes first, and no incident is in two findings of one theme. Findings about people
    may share incidents.
    """
    found: list[Finding] = []
    for theme in rule.themes:
        rows = inputs.query(rule.rule, **parameters(rule, theme, inputs))
        if rule.test == "surge":
            found += surges(rule, theme, rows, inputs.day, inputs.complete_days)
        elif rule.test == "means":
            shared = (_unless_usual(rule, one, inputs) for one in shared_means(rule, theme, rows, inputs))
            found += _without_overlap([one for one in shared if one is not None])
        else:
            counted = _counted(rule, theme, rows, inputs)
            found += _without_overlap(counted) if rule.is_placed else counted
    return found


def parameters(rule: Rule, theme: str, inputs: RuleInputs) -> dict[str, Any]:
    """The bound parameters of the query of a rule's theme: its numbers, and days and hours counted from the day."""
    since = rule.since(inputs.day)
    past = rule.unusual.against_days if rule.unusual else int(rule.numbers.get("against_days", 0))
    usual_until = since - timedelta(days=1)
    whole = {name: int(value) if float(value).is_integer() else value for name, value in rule.numbers.items()}
    return {
        **whole,
        "day": inputs.day,
        "first_day": inputs.first_day,
        "cell_m": CELL_M,
        "since_day": since - timedelta(days=_LINK_DAYS),
        "since_h": inputs.hour_of(since - timedelta(days=1)),
        "window_h": rule.window_days * 24,
        "usual_since_day": usual_until - timedelta(days=past),
        "usual_until_day": usual_until,
        "categories": list(rule.themes[theme]) or list(inputs.public_categories),
        "concept": f"%|{rule.means.get(theme, '')}|%",
        "most_names": inputs.most_names,
        "late_day": inputs.meetings_back(int(rule.numbers.get("meetings", 0))),
        "late_twice_day": inputs.meetings_back(2 * int(rule.numbers.get("meetings", 0))),
    }


def _counted(rule: Rule, theme: str, rows: Sequence[Mapping[str, Any]], inputs: RuleInputs) -> list[Finding]:
    by_subject: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_subject[row["subject_key"]].append(row)
    counted = (_finding(rule, theme, key, of_subject, inputs) for key, of_subject in by_subject.items())
    return [one for one in counted if one is not None]


def _finding(rule: Rule, theme: str, key: str, rows: Sequence[Mapping[str, Any]], inputs: RuleInputs) -> Finding | None:
    reports = tuple(
        CountedReport(row["report_id"], row["incident_id"], row["feed"], row["complainant"])
        for row in rows
        if row["report_id"]
    )
    counts: dict[str, float] = {
        "reports": len({one.report_id for one in reports}),
        "incidents": len({one.incident_id for one in reports}),
        "complainants": len({one.complainant for one in reports if one.complainant}),
        "partners": len({inputs.partners.get(one.feed, one.feed) for one in reports}),
        **{name: value for name, value in rows[0].items() if name not in _KEY_COLUMNS and value is not None},
    }
    missed = [group for group in rule.needs if not any(counts[name] >= rule.numbers[name] for name in group)]
    if missed and "warn_at" not in rule.numbers:
        return None
    first = rows[0]
    east, north = (round(at) if (at := first.get(name)) is not None else None for name in ("east_m", "north_m"))
    finding = Finding(theme, key, reports, counts, east, north, is_warning=bool(missed))
    return _unless_usual(rule, finding, inputs)


def _unless_usual(rule: Rule, finding: Finding, inputs: RuleInputs) -> Finding | None:
    if rule.unusual is None:
        return finding
    until = rule.since(inputs.day) - timedelta(days=1)
    since = until - timedelta(days=rule.unusual.against_days)
    days = sum(since <= day < until for day in inputs.complete_days)
    past = int(finding.counts["usual_incidents"])
    if days < rule.unusual.needs_days:
        return replace(
            finding, measures={**finding.measures, "complete_days": days, "needs_days": rule.unusual.needs_days}
        )
    chance = tail_probability(int(finding.counts["incidents"]), past, rule.window_days / days)
    if chance >= rule.unusual.below_p:
        return None
    usual = past * rule.window_days / days
    compared = {"complete_days": days, "usual": round(usual, 2), "chance": round(chance, 6)}
    return replace(finding, measures={**finding.measures, **compared})


def _without_overlap(found: Sequence[Finding]) -> list[Finding]:
    """The largest findings; a smaller one that shares an incident with a larger one is dropped."""
    kept: list[Finding] = []
    taken: set[str] = set()
    for one in sorted(found, key=lambda one: (-one.counts["incidents"], -one.counts["reports"], one.subject_key)):
        if not taken & one.incident_ids:
            kept.append(one)
            taken |= one.incident_ids
    return kept
