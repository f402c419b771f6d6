"""The first form of linkage: the same thing told twice by one partner.

Reports are linked within a feed only: the same caller in nearly the same words, or a text told again (whole, or with
more added) about the same place and hour. A sensitive report is linked only to its own caller, or to a text that holds
it word for word.
"""

import hashlib
import re
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
_TOLD_AGAIN_LIKENESS: Final = 0.85
_WORD_FOR_WORD: Final = 0.98
_TOLD_AGAIN_APART_H: Final = 0.25
_TOLD_AGAIN_LENGTH: Final = 40  # characters; shorter texts come from many addresses
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
    """Pairs worth a look, each once: same feed, and the same caller or a place that begins with the same words."""
    seen = set()
    begins = ordered["place_text"].str.casefold().str.extract(r"^(\W*\w+\W+\w+|\W*\w+)", expand=False)
    ordered = ordered.assign(place_begins=begins)
    for key in ("caller_key", "place_begins"):
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
    text_a, text_b = a["text"].casefold(), b["text"].casefold()
    apart_h = _hours(a["occurred_from"], b["occurred_from"])
    # What is cheap to see comes first: likeness of texts is most of the work on a day with many reports.
    if isinstance(a["caller_key"], str) and a["caller_key"] == b["caller_key"]:
        if apart_h > _SAME_CALLER_APART_H:
            return None
        likeness = fuzz.token_sort_ratio(text_a, text_b) / 100
        reasons = ("same caller", f"texts {likeness:.0%} alike", _apart(apart_h))
        return (round(likeness, 3), reasons) if likeness >= _SAME_CALLER_LIKENESS else None
    is_long = min(len(text_a), len(text_b)) >= _TOLD_AGAIN_LENGTH
    if apart_h > _TOLD_AGAIN_APART_H or not is_long or not _is_same_place(a, b):
        return None
    enough = _WORD_FOR_WORD if a["is_restricted"] or b["is_restricted"] else _TOLD_AGAIN_LIKENESS
    held_in = fuzz.partial_ratio(text_a, text_b) / 100
    reasons = ("same place", f"one text holds {held_in:.0%} of the other", _apart(apart_h))
    return (round(held_in, 3), reasons) if held_in >= enough else None


def _is_same_place(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """The same wording, or one that only adds to the other: `Manse Way` and `Manse Way, Swanley`."""
    if not isinstance(a["place_text"], str) or not isinstance(b["place_text"], str):
        return False
    words_a, words_b = (set(re.findall(r"\w+", one["place_text"].casefold())) for one in (a, b))
    return words_a <= words_b or words_b <= words_a


def _hours(a: Any, b: Any) -> float:
    """Hours between two times; a time that is not known is taken as no distance."""
    if pd.isna(a) or pd.isna(b):
        return 0.0
    return float(abs((a - b).total_seconds()) / 3600)


def _apart(hours: float) -> str:
    return "same time" if hours < 1 / 60 else f"{hours * 60:.0f} minutes apart"
