"""The evidence of a proposal, stored as it was on the day, and its explanation in plain words."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tasking.config.reserved_rule import BY_HAND
from tasking.config.rule import Rule
from tasking.meeting.thresholds import thresholds_words
from tasking.model.category import category_label
from tasking.model.proposal import PAST, Step, Verb
from tasking.model.trigger import EVIDENCE_SCHEMA, Finding, Proposal

_LATELY = 7  # days: a feed that was silent within them may have had more reports of this
_NOWHERE = "A place without a public name"


def subject_of(rule: Rule, finding: Finding, reports: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> str:
    """What a finding is about, in words that may be public: a place, a category or a reference."""
    if rule.is_placed:
        named = Counter(row["place_name"] for row in reports if row["place_name"])
        if named:
            return str(min(named, key=lambda name: (-named[name], name)))
        around = Counter(name for row in reports for name in (row["ward"], row["town"]) if name)
        return f"A spot in {min(around, key=lambda name: (-around[name], name))}" if around else _NOWHERE
    if finding.subject_key in labels:
        return str(labels[finding.subject_key])
    if rule.reference is None:
        return finding.subject_key
    return f"{rule.reference}-{hashlib.sha256(finding.subject_key.encode()).hexdigest()[:6]}"


def evidence_of(
    rule: Rule,
    finding: Finding,
    reports: Sequence[Mapping[str, Any]],
    feeds: Mapping[str, Sequence[date]],
    parameters: Mapping[str, Any],
    zone: ZoneInfo,
    data_from: Mapping[str, date] | None = None,
) -> dict[str, Any]:
    """The evidence of a finding, as JSON.

    `reports`: its reports as they are on the day. `feeds`: feed -> the days within the rule's window on which nothing
    came from it. `data_from`: feed -> the first day for which it was asked, where that is within the window.
    """
    by_incident: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in reports:
        by_incident[row["incident_id"]].append(row)
    missing = {feed: [str(day) for day in days] for feed, days in feeds.items() if days}
    return {
        "schema": EVIDENCE_SCHEMA,
        "rule": rule.rule,
        "version": rule.version,
        "title": rule.title,
        "why": rule.why,
        "theme": finding.theme,
        "day": str(parameters["day"]),
        "since": str(rule.since(parameters["day"])),
        "numbers": dict(rule.numbers),
        "parameters": {name: _plain(value) for name, value in sorted(parameters.items())},
        "counts": dict(finding.counts),
        "measures": dict(finding.measures),
        "incidents": [
            {
                "incident_id": incident,
                "reports": [row["report_id"] for row in rows],
                "category": rows[0]["category"],
                "place": rows[0]["place_name"],
                "when": _when(rows[0], zone),
                "is_restricted": any(row["is_restricted"] for row in rows),
            }
            for incident, rows in by_incident.items()
        ],
        "feeds_present": sorted(feed for feed, days in feeds.items() if not days),
        "feeds_missing": missing,
        "data_from": {feed: str(day) for feed, day in sorted((data_from or {}).items())},
        "is_partial": any(
            day > str(parameters["day"] - timedelta(days=_LATELY)) for days in missing.values() for day in days
        ),
    }


class _Named(dict[str, Any]):
    """Counts by name; a count that the wording asks for and the evidence does not have is replaced by a note."""

    def __missing__(self, name: str) -> str:
        return f"({name.replace('_', ' ')}: not counted at the time)"


def fill_wording(wording: str, evidence: Mapping[str, Any], subject: str) -> str:
    """A wording of a rule with the counts of some evidence filled in, whichever version of the rule found it."""
    named = {**evidence["numbers"], **evidence["counts"], **evidence["measures"], "theme": evidence["theme"]}
    return wording.format_map(_Named({name: _shown(value) for name, value in named.items()} | {"subject": subject}))


def detail_of(rule: Rule, evidence: Mapping[str, Any], subject: str) -> str:
    """The line that the meeting is shown, marked as partial where a feed was missing lately."""
    wording = rule.wording.warning if is_warning(evidence) else rule.wording.detail
    detail = fill_wording(wording, evidence, subject)
    return f"{detail} · partial" if evidence["is_partial"] else detail


def is_warning(evidence: Mapping[str, Any]) -> bool:
    """True where the evidence is one short of the rule's numbers."""
    return bool(evidence.get("is_warning"))


def explanation_lines(
    proposal: Proposal,
    steps: Iterable[Step],
    labels: Mapping[str, str],
    partners: Mapping[str, str],
    zone: ZoneInfo,
    *,
    has_counts: bool = True,
) -> list[str]:
    """A proposal in plain words, a line each: what was found, by which rule, in which incidents, and the steps since.

    `has_counts`: False leaves the counts out, where they would show how much of the evidence the reader may not see.
    """
    evidence = proposal.evidence
    lines = [f"{proposal.proposal_id}: {proposal.subject} ({proposal.theme})"]
    if evidence["rule"] == BY_HAND.rule:
        lines.append(f"Started by hand on {_long(proposal.raised_on)}: {evidence['why']}")
    else:
        lines += _found_lines(proposal, partners, has_counts=has_counts)
    lines += _incident_lines(evidence["incidents"], labels)
    return lines + _history_lines(evidence, list(steps), labels, zone)


def _history_lines(
    evidence: Mapping[str, Any], history: Sequence[Step], labels: Mapping[str, str], zone: ZoneInfo
) -> list[str]:
    """A line for each step, with what was agreed and who took it back, and the incidents that it added."""
    lines = list[str]()
    seen = {report for one in evidence["incidents"] for report in one["reports"]}
    undone = {step.undoes: step for step in history if step.undoes is not None}
    for step in history:
        if step.undoes is not None:  # it is shown beside the step that it takes back
            continue
        at = step.at.astimezone(zone)
        by_rule = step.details.get("rule", evidence["rule"])
        what = {
            Verb.GROW: f"more incidents were added (by {by_rule})", Verb.REACH: "the threshold was reached",
            Verb.EXPIRE: "expired",
        }.get(step.verb) or f"{PAST.get(step.verb, step.verb).lower()} by {step.actor} at {at:%H:%M}"  # fmt: skip
        parts = (f"{_long(step.day)}: {what}", step.agreed, step.reason)
        lines.append(": ".join(filter(None, parts)) + _back_words(undone.get(step.number), zone))
        if step.verb in (Verb.GROW, Verb.REACH):
            fresh = [one for one in step.details["incidents"] if not seen.issuperset(one["reports"])]
            lines += _incident_lines(fresh, labels)
            seen |= {report for one in fresh for report in one["reports"]}
    return lines


def _found_lines(proposal: Proposal, partners: Mapping[str, str], *, has_counts: bool) -> list[str]:
    """What a rule found, why it looks for that, what is usual, and which feeds were missing."""
    evidence = proposal.evidence
    return [
        f"Raised on {_long(proposal.raised_on)} by the rule {evidence['rule']}, version {evidence['version']}: "
        f"{evidence['title'].lower()}.",
        f"Why the rule exists: {evidence['why']}",
        f"Counted: what happened from {_long(date.fromisoformat(evidence['since']))} to "
        f"{_long(date.fromisoformat(evidence['day']))}"
        + (f". Found: {_counts_words(evidence['counts'])}." if has_counts else "."),
        f"Thresholds: {thresholds_words(evidence['numbers'])}.",
        *(_usual_words(evidence) if has_counts else []),
        *_data_lines(evidence, partners),
    ]


def _data_lines(evidence: Mapping[str, Any], partners: Mapping[str, str]) -> list[str]:
    """From when there is data, and which feeds brought nothing on some days since then."""
    lines = []
    by_day: dict[str, list[str]] = defaultdict(list)
    for feed, day in evidence["data_from"].items():
        by_day[day].append(partners.get(feed, feed))
    asked = {*evidence["feeds_present"], *evidence["feeds_missing"]}
    for day, names in sorted(by_day.items()):
        whose = "" if len(evidence["data_from"]) == len(asked) and len(by_day) == 1 else f" from {', '.join(names)}"
        lines.append(f"There is no data{whose} before {_long(date.fromisoformat(day))}.")
    if not asked:
        return lines
    if evidence["feeds_missing"]:
        missing = "; ".join(
            f"{partners.get(feed, feed)} on {len(days)} day{'s' if len(days) != 1 else ''} "
            f"(last {_long(date.fromisoformat(days[-1]))})"
            for feed, days in sorted(evidence["feeds_missing"].items())
        )
        word = "Partial: nothing" if evidence["is_partial"] else "Nothing"
        lines.append(f"{word} came from {missing}. There may have been more.")
    else:
        since = "since then" if by_day else "in that time"
        lines.append(f"Every feed delivered on every day {since}.")
    return lines


def _back_words(back: Step | None, zone: ZoneInfo) -> str:
    """` (undone by Sgt Hale at 08:12)`, or nothing for a step that counts."""
    if back is None:
        return ""
    when = f"at {back.at.astimezone(zone):%H:%M}" if back.verb == Verb.UNDO else f"on {_long(back.day)}"
    reason = f": {back.reason}" if back.reason else ""
    return f" ({PAST.get(back.verb, back.verb).lower()} by {back.actor} {when}{reason})"


def _incident_lines(incidents: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> list[str]:
    return [
        f"  {one['when']}: {category_label(one['category'], labels)}, {one['place'] or 'place not named'} "
        f"({', '.join(one['reports'])})"
        for one in incidents
    ]


def _usual_words(evidence: Mapping[str, Any]) -> list[str]:
    measures = evidence["measures"]
    if "chance" in measures:
        return [
            f"Usual there: {measures['usual']} in the same length of time, from {measures['complete_days']} complete "
            f"days before. By chance, this many would happen {_chance(measures['chance'])}."
        ]
    if "z" in measures:
        percent = f" ({measures['percent']:+d} %)" if measures["percent"] is not None else ""
        return [
            f"Expected on those weekdays: {measures['usual']}{percent}. Counted on {measures['complete_days']} "
            f"complete days, compared with {measures['past_days']} before. The change is {measures['z']} times the "
            "usual variation."
        ]
    if "needs_days" in measures:
        return [
            f"We do not know what is usual there yet: there are {measures['complete_days']} complete days before it, "
            f"and {measures['needs_days']} are needed."
        ]
    return []


def _counts_words(counts: Mapping[str, float]) -> str:
    order = ["incidents", "reports", "complainants", "partners", *sorted(set(counts) - {"usual_incidents"})]
    shown = dict.fromkeys(name for name in order if counts.get(name))
    words = {name: name.replace("_", " ") for name in shown}
    return ", ".join(
        f"{_shown(counts[name])} {words[name].removesuffix('s') if counts[name] == 1 else words[name]}"
        for name in shown
    )


def _chance(chance: float) -> str:
    return "less than once in 10,000 times" if chance < 0.0001 else f"once in {round(1 / chance):,} times"


def _when(row: Mapping[str, Any], zone: ZoneInfo) -> str:
    """`Thu 22 Oct 20:15`; `reported Thu 22 Oct 20:15` where only that is known."""
    moment: datetime | None = row["occurred_from"] or row["received_at"]
    if moment is None:
        return "time not known"
    local = moment.astimezone(zone)
    if row["occurred_from"] is None:
        return f"reported {local:%a} {local.day} {local:%b} {local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b}" + (f" {local:%H:%M}" if row["is_occurred_time_known"] else "")


def _long(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _shown(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value
