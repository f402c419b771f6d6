"""The ids of incidents: kept where a cluster was an incident before, else made from its first report."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any


def incident_ids(
    clusters: Sequence[Sequence[int]],
    before: Mapping[int, str],
    reports: Sequence[str],
    received_at: Sequence[Any],
    stored: Mapping[str, str],
) -> list[str]:
    """The id of each cluster: that of the incident it was before, else the one that most of its reports had in an
    earlier run, else a new one made from its first report. No two clusters have the same."""
    names: list[str | None] = []
    wishes: list[tuple[int, int, str]] = []
    taken: set[str] = set()
    for number, group in enumerate(clusters):
        name = next((before[row] for row in group if row in before and before[row] not in taken), None)
        names.append(name)
        if name:
            taken.add(name)
        elif stored:
            had = Counter(stored[reports[row]] for row in group if reports[row] in stored)
            wishes += [(-count, number, one) for one, count in had.items()]
    for _, number, wish in sorted(wishes):
        if names[number] is None and wish not in taken:
            names[number] = wish
            taken.add(wish)
    out = []
    for name, group in zip(names, clusters, strict=True):
        # The id made from its first report may be in use: that report may have left the incident it was the first of.
        first = group[0]
        fresh = (new_incident_id(reports[first] + "'" * number, received_at[first]) for number in count())
        out.append(name or next(one for one in fresh if one not in taken))
        taken.add(out[-1])
    return out


def new_incident_id(first_report: str, received_at: Any) -> str:
    """The id of a new incident, made from its first report."""
    return f"I{received_at:%y%m%d}-{hashlib.sha256(first_report.encode()).hexdigest()[:8]}"
