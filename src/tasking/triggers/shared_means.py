"""A rare means that incidents of different kinds share: counted in a stretch of days, around an incident."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from math import hypot
from typing import Any, Final

from tasking.config.rule import Rule
from tasking.model.trigger import CountedReport, Finding
from tasking.triggers.inputs import RuleInputs

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - hours on the wall's clock
_KM: Final = 1000


@dataclass(frozen=True)
class _Incident:
    """An incident whose means is known. `kinds`: the categories that its reports were filed under."""

    incident_id: str
    east_m: float
    north_m: float
    happened_h: float
    first_day: date
    last_day: date
    kinds: frozenset[str]
    reports: tuple[CountedReport, ...]

    def distance_m(self, other: "_Incident") -> float:
        return hypot(self.east_m - other.east_m, self.north_m - other.north_m)


def shared_means(rule: Rule, theme: str, rows: Sequence[Mapping[str, Any]], inputs: RuleInputs) -> list[Finding]:
    """The findings of a theme, one for each placed incident: the fullest stretch of the rule's days around it.

    `rows`: a report each, with category, on_day, happened_h, east_m and north_m, of the window and of the past that it
    is compared with. Findings may overlap.
    """
    placed = [one for one in _incidents(rows) if one is not None]
    found = []
    for middle in placed:
        near = [one for one in placed if one.distance_m(middle) <= rule.numbers["radius_m"]]
        stretch = _fullest_stretch(rule, near, inputs.first_day)
        if stretch:
            found.append(_finding(rule, theme, middle, stretch, near, inputs))
    return [one for one in found if all(any(one.counts[n] >= rule.numbers[n] for n in group) for group in rule.needs)]


def _incidents(rows: Sequence[Mapping[str, Any]]) -> list[_Incident | None]:
    by_incident: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_incident[row["incident_id"]].append(row)
    return [_incident(incident_id, some) for incident_id, some in sorted(by_incident.items())]


def _incident(incident_id: str, rows: Sequence[Mapping[str, Any]]) -> _Incident | None:
    """An incident at the middle of its placed reports; None where none is placed."""
    placed = [row for row in rows if row["east_m"] is not None]
    if not placed:
        return None
    return _Incident(
        incident_id=incident_id,
        east_m=sum(row["east_m"] for row in placed) / len(placed),
        north_m=sum(row["north_m"] for row in placed) / len(placed),
        happened_h=min(row["happened_h"] for row in rows),
        first_day=min(row["on_day"] for row in rows),
        last_day=max(row["on_day"] for row in rows),
        kinds=frozenset(row["category"] for row in rows),
        reports=tuple(CountedReport(row["report_id"], incident_id, row["feed"], row["complainant"]) for row in rows),
    )


def _fullest_stretch(rule: Rule, near: Sequence[_Incident], first_day: date) -> list[_Incident]:
    """The most incidents of a window that ends with one of them, the latest of several; something in it is new."""
    best: list[_Incident] = []
    for last in sorted(near, key=lambda one: (one.happened_h, one.incident_id)):
        since_h = last.happened_h - rule.window_days * 24
        stretch = [one for one in near if since_h < one.happened_h <= last.happened_h]
        if len(stretch) >= len(best) and max(one.last_day for one in stretch) >= first_day:
            best = stretch
    return best


def _finding(
    rule: Rule,
    theme: str,
    middle: _Incident,
    stretch: Sequence[_Incident],
    near: Sequence[_Incident],
    inputs: RuleInputs,
) -> Finding:
    reports = tuple(report for one in stretch for report in one.reports)
    until = rule.since(inputs.day) - timedelta(days=1)
    since = until - timedelta(days=rule.unusual.against_days if rule.unusual else 0)
    inside = {one.incident_id for one in stretch}
    counts: dict[str, float] = {
        "reports": len(reports),
        "incidents": len(stretch),
        "complainants": len({one.complainant for one in reports if one.complainant}),
        "partners": len({inputs.partners.get(one.feed, one.feed) for one in reports}),
        "kinds": len(frozenset().union(*(one.kinds for one in stretch))),
        "usual_incidents": sum(since <= one.first_day < until and one.incident_id not in inside for one in near),
    }
    first = _EPOCH + timedelta(hours=min(one.happened_h for one in stretch))
    apart = max((one.distance_m(other) for one, other in combinations(stretch, 2)), default=0.0)
    measures = {"span": _span_words(apart), "first_on": f"{first:%a} {first.day} {first:%b}"}
    return Finding(
        theme, middle.incident_id, reports, counts, round(middle.east_m), round(middle.north_m), measures=measures
    )


def _span_words(distance_m: float) -> str:
    """`400 m` or `1.2 km`: a distance as it is said, rounded up."""
    hundreds = max(1, -(-round(distance_m) // 100))
    return f"{hundreds * 100} m" if hundreds * 100 < _KM else f"{hundreds / 10:g} km"
