"""The first form of linkage: the same thing told twice by one partner.

Reports are linked within a feed only: the same caller in nearly the same words, or the same words about the same
place and hour. A sensitive report is linked on identity alone.
"""

import hashlib
from collections.abc import Iterator
from itertools import combinations
from typing import Any, Final

import pandas as pd
from rapidfuzz import fuzz

from tasking.model.incident import Link, Linkage, Membership

VERSION: Final = "near-identical-1"
HORIZON_H: Final = 72
_SAME_CALLER_LIKENESS: Final = 0.6
_SAME_CALLER_APART_H: Final = 3
_SAME_WORDS_LIKENESS: Final = 0.95
_SAME_WORDS_APART_H: Final = 1
_SAME_WORDS_LENGTH: Final = 40  # characters; shorter texts come from many addresses
_WINDOW: Final = 12  # neighbours in time that a report is compared with in a crowded group


def link(reports: pd.DataFrame) -> Linkage:
    """The incident of every report.

    `reports`: report_id, feed, received_at, occurred_from, is_occurred_time_known, caller_key, place_text,
    is_restricted, text, incident_id (null where not yet linked). A report that has an incident keeps it, and an
    incident's id is made of its first report, so that it never changes.
    """
    ordered = reports.sort_values(["received_at", "report_id"], kind="stable").reset_index(drop=True)
    links = _links(ordered)
    incident: dict[str, str] = {}
    memberships = []
    for row in ordered.itertuples():
        if isinstance(row.incident_id, str):
            incident[str(row.report_id)] = row.incident_id
    for row in ordered.itertuples():
        report_id = str(row.report_id)
        found = next((one for one in links.get(report_id, []) if one.report_b in incident), None)
        if report_id not in incident:
            incident[report_id] = incident[found.report_b] if found else _incident_id(report_id, row.received_at)
            memberships.append(Membership(report_id, incident[report_id], found))
    return Linkage(tuple(memberships), VERSION)


def _incident_id(first_report: str, received_at: Any) -> str:
    return f"I{received_at:%y%m%d}-{hashlib.sha256(first_report.encode()).hexdigest()[:8]}"


def _links(ordered: pd.DataFrame) -> dict[str, list[Link]]:
    """For each report its links to others, best first."""
    rows: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in ordered.to_dict("records")]
    found: dict[str, list[Link]] = {}
    for a, b in _candidates(ordered):
        reasons = _why(rows[a], rows[b])
        if reasons:
            score, words = reasons
            for one, other in ((rows[a], rows[b]), (rows[b], rows[a])):
                found.setdefault(one["report_id"], []).append(Link(one["report_id"], other["report_id"], score, words))
    return {key: sorted(links, key=lambda one: (-one.score, one.report_b)) for key, links in found.items()}


def _candidates(ordered: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Pairs worth a look, each once: same feed, and the same caller or the same wording of the place."""
    seen = set()
    for key in ("caller_key", "place_text"):
        shared = ordered[ordered[key].notna()]
        for rows in shared.groupby(["feed", key], sort=False).indices.values():
            members = shared.index[rows]
            for a, b in combinations(range(len(members)), 2):
                if b - a <= _WINDOW and (pair := (int(members[a]), int(members[b]))) not in seen:
                    seen.add(pair)
                    yield pair


def _why(a: dict[str, Any], b: dict[str, Any]) -> tuple[float, tuple[str, ...]] | None:
    if not isinstance(a["text"], str) or not isinstance(b["text"], str):
        return None
    if _hours(a["received_at"], b["received_at"]) > HORIZON_H:
        return None
    likeness = fuzz.token_sort_ratio(a["text"].casefold(), b["text"].casefold()) / 100
    apart_h = _hours(a["occurred_from"], b["occurred_from"])
    alike = f"texts {likeness:.0%} alike"
    if isinstance(a["caller_key"], str) and a["caller_key"] == b["caller_key"]:
        if likeness >= _SAME_CALLER_LIKENESS and apart_h <= _SAME_CALLER_APART_H:
            return round(likeness, 3), ("same caller", alike, _apart(apart_h))
        return None
    if a["is_restricted"] or b["is_restricted"] or a["place_text"] != b["place_text"]:
        return None
    if likeness >= _SAME_WORDS_LIKENESS and apart_h <= _SAME_WORDS_APART_H and len(a["text"]) >= _SAME_WORDS_LENGTH:
        return round(likeness, 3), ("same place", alike, _apart(apart_h))
    return None


def _hours(a: Any, b: Any) -> float:
    """Hours between two times; a time that is not known is taken as no distance."""
    if pd.isna(a) or pd.isna(b):
        return 0.0
    return float(abs((a - b).total_seconds()) / 3600)


def _apart(hours: float) -> str:
    return "same time" if hours < 1 / 60 else f"{hours * 60:.0f} minutes apart"
