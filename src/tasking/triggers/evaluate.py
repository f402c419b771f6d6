"""Rows of a rule's query -> findings: counted, tested against what is usual, and none of them twice."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from tasking.config.rule import Rule
from tasking.model.trigger import CELL_M, Finding, Spoke
from tasking.triggers.surge import surges
from tasking.triggers.unusual import tail_probability

_LINK_DAYS: Final = 7  # an incident may have been told of this long before what it gathers with
_GIVEN: Final = frozenset({"subject_key", "report_id", "incident_id", "feed", "complainant", "east_m", "north_m"})
Ask = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True)
class Asked:
    """What a rule is asked with: the day, the first day that is new, and what the partnership knows.

    `ask(name, **parameters)` gives the rows of include/sql/rules/<name>.sql. `partners`: feed -> partner.
    `complete_days` are those on which every feed landed. `hour_of` gives the wall-clock hour at which a day ends.
    `meetings_back` gives the meeting day that lies so many meetings back. A number with more than `most_names` surnames
    is a switchboard's.
    """

    ask: Ask
    day: date
    first_day: date
    partners: Mapping[str, str]
    complete_days: frozenset[date]
    hour_of: Callable[[date], float]
    meetings_back: Callable[[int], date]
    public_categories: Sequence[str]
    most_names: int


def findings(rule: Rule, asked: Asked) -> list[Finding]:
    """What the rule finds on the day. Of places, what gathers most comes first and no incident is in two of one theme;
    people are found each on their own, whatever they have in common."""
    found: list[Finding] = []
    for theme, categories in rule.themes.items():
        rows = asked.ask(rule.rule, **parameters(rule, categories, asked))
        if rule.test == "surge":
            found += surges(rule, theme, rows, asked.day, asked.complete_days)
        else:
            counted = _counted(rule, theme, rows, asked)
            found += _without_overlap(counted) if rule.is_placed else counted
    return found


def parameters(rule: Rule, categories: Sequence[str], asked: Asked) -> dict[str, Any]:
    """What the query of a rule may name: its numbers, and times counted from the day."""
    since = rule.since(asked.day)
    past = rule.unusual.against_days if rule.unusual else int(rule.numbers.get("against_days", 0))
    usual_until = since - timedelta(days=1)
    whole = {name: int(value) if float(value).is_integer() else value for name, value in rule.numbers.items()}
    return {
        **whole,
        "day": asked.day,
        "first_day": asked.first_day,
        "cell_m": CELL_M,
        "since_day": since - timedelta(days=_LINK_DAYS),
        "since_h": asked.hour_of(since - timedelta(days=1)),
        "window_h": rule.window_days * 24,
        "usual_since_day": usual_until - timedelta(days=past),
        "usual_until_day": usual_until,
        "categories": list(categories) or list(asked.public_categories),
        "most_names": asked.most_names,
        "late_day": asked.meetings_back(int(rule.numbers.get("meetings", 0))),
        "late_twice_day": asked.meetings_back(2 * int(rule.numbers.get("meetings", 0))),
    }


def _counted(rule: Rule, theme: str, rows: Sequence[Mapping[str, Any]], asked: Asked) -> list[Finding]:
    by_subject: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_subject[row["subject_key"]].append(row)
    counted = (_one(rule, theme, key, of_it, asked) for key, of_it in by_subject.items())
    return [one for one in counted if one is not None]


def _one(rule: Rule, theme: str, key: str, rows: Sequence[Mapping[str, Any]], asked: Asked) -> Finding | None:
    spoke = tuple(
        Spoke(row["report_id"], row["incident_id"], row["feed"], row["complainant"]) for row in rows if row["report_id"]
    )
    counts: dict[str, float] = {
        "reports": len({one.report_id for one in spoke}),
        "incidents": len({one.incident_id for one in spoke}),
        "complainants": len({one.complainant for one in spoke if one.complainant}),
        "partners": len({asked.partners.get(one.feed, one.feed) for one in spoke}),
        **{name: value for name, value in rows[0].items() if name not in _GIVEN and value is not None},
    }
    missed = [group for group in rule.needs if not any(counts[name] >= rule.numbers[name] for name in group)]
    if missed and "warn_at" not in rule.numbers:
        return None
    first = rows[0]
    east, north = (round(at) if (at := first.get(name)) is not None else None for name in ("east_m", "north_m"))
    finding = Finding(theme, key, spoke, counts, east, north, is_warning=bool(missed))
    return _unless_usual(rule, finding, asked)


def _unless_usual(rule: Rule, finding: Finding, asked: Asked) -> Finding | None:
    if rule.unusual is None:
        return finding
    until = rule.since(asked.day) - timedelta(days=1)
    since = until - timedelta(days=rule.unusual.against_days)
    days = sum(since <= day < until for day in asked.complete_days)
    past = int(finding.counts["usual_incidents"])
    if days < rule.unusual.needs_days:
        return replace(finding, measures={"complete_days": days, "needs_days": rule.unusual.needs_days})
    chance = tail_probability(int(finding.counts["incidents"]), past, rule.window_days / days)
    if chance >= rule.unusual.below_p:
        return None
    usual = past * rule.window_days / days
    return replace(finding, measures={"complete_days": days, "usual": round(usual, 2), "chance": round(chance, 6)})


def _without_overlap(found: Sequence[Finding]) -> list[Finding]:
    """Those that gather most; a smaller one that shares an incident with it is the same thing seen from its edge."""
    kept: list[Finding] = []
    taken: set[str] = set()
    for one in sorted(found, key=lambda one: (-one.counts["incidents"], -one.counts["reports"], one.subject_key)):
        if not taken & one.incident_ids:
            kept.append(one)
            taken |= one.incident_ids
    return kept
