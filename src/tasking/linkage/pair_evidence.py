"""The evidence of a pair: what each group of comparisons found, in words, and its share of the score.

It holds no name, number or rare word of a report.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from tasking.linkage.comparisons import TERMS
from tasking.linkage.feature_matrix import SOURCES, FeatureMatrix
from tasking.linkage.pair_table import GROUPS, PairTable, groups_of
from tasking.linkage.scoring import ScoredPairs
from tasking.model.incident import Evidence

_MOST_CONCEPTS: Final = 4
_ELSEWHERE: Final = "elsewhere"
_EITHER: Final = frozenset({"when", "received_apart"})  # terms whose words may count for one incident or against
_ONE_SPOT_M: Final = 10
_SAME_SPOT_M: Final = 120
_NEAR_M: Final = 600
_WORDS: Final = {
    "corner": "the same part of it",
    "what_same": "same kind of event",
    "other_name": "differently named places",
    "other_street": "different streets",
    "place_weak": "no place in common",
    "after": "one was told before the other happened",
    "what_kin": "kinds of event that go together",
    "what_apart": "different kinds of event",
    "nothing_shared": "nothing said in common",
    "caller": "same caller",
    "subject": "same person concerned",
    "subject_likely": "same first name of the person concerned",
    "subject_apart": "different people concerned",
    "crossed": "the caller of one is the person concerned of the other",
    "mentioned": "one names the other's caller or person concerned",
    "plates_apart": "different registration marks",
    "makes_apart": "different makes of vehicle",
    "things_apart": "different things",
    "heaps_apart": "something else lies there",
    "sums": "same sum of money",
    "count": "same number of people or vehicles",
    "count_apart": "different numbers of people or vehicles",
    "numbers": "same house number",
    "numbers_apart": "different house numbers",
    "reference": "one gives the other's reference",
    "again": "told again by the same partner",
    "tells_once": "the partner tells of an incident once",
    "same_feed": "both from the same partner",
    "separate": "the later one says it is a separate matter",
    "separate_first": "the earlier one says it is a separate matter",
}
# What only the model's own columns find.
_MORE_WORDS: Final = {
    "where_crossed": "one's text names the other's place",
    "who_about_named": "one's text names the other's person concerned",
    "who_age": "same age",
    "who_colours": "same colour",
    "against_age": "people of different ages",
    "against_sex": "a man in one, a woman in the other",
    "against_colours": "different colours",
    "against_door": "different house numbers",
}
# For a group without anything that can be shown in public: the words if it counts for one incident, and against.
_SILENT: Final = {
    "where": ("places that go together", "places that do not agree"),
    "when": ("times that go together", "times that do not agree"),
    "what": ("alike matters", "different matters"),
    "who": ("alike descriptions", "different descriptions"),
    "words": ("alike words", "few words in common"),
    "contradiction": ("little or nothing contradicts", "details that differ"),
    "rivals": ("no other report fits better", "another report fits one of them better"),
}  # fmt: skip
_PLATES: Final = {1.0: "same registration mark", 0.8: "registration marks a character apart"}


def pair_evidence(
    matrix: FeatureMatrix, scored: ScoredPairs, pair: int, shares: Sequence[float], concepts: Sequence[str]
) -> tuple[Evidence, ...]:
    """The evidence of one scored pair, the heaviest first. `shares`: what each of GROUPS gave to its log-odds; the
    weights add up to the same."""
    a, b = int(scored.a[pair]), int(scored.b[pair])
    found = _words_by_group(matrix, scored.pairs.table, pair, a, b, concepts)
    evidence = []
    for group, share in zip(GROUPS, shares, strict=True):
        # Evidence that counts the other way within a group is outweighed in it, and is not shown for its share.
        spoken = [words for words, sense in found.get(group, ()) if sense * share >= 0]
        words = list(dict.fromkeys(spoken)) or [_SILENT[group][share < 0]]
        # A group's share is one number: what is found in it is told once each, and carries its part of it.
        evidence += [Evidence(group, one, round(share / len(words), 2)) for one in words]
    evidence = [one for one in evidence if one.weight]
    evidence.sort(key=lambda one: (-abs(one.weight), one.comparison, one.words))
    return tuple(evidence)


def _words_by_group(
    matrix: FeatureMatrix, table: PairTable, pair: int, a: int, b: int, concepts: Sequence[str]
) -> dict[str, list[tuple[str, int]]]:
    """What the two have in common, or what keeps them apart, by group of evidence: in words, with 1 if these count
    for one incident, -1 if they count against it, and 0 if they may do either."""
    found: dict[str, list[tuple[str, int]]] = {}
    values = table.values[pair].tolist()
    for at, name, words, groups in _worded_columns(table.columns):
        if values[at] and (name in TERMS or values[at] > 0):
            told = words or _described(name, values[at], matrix, a, b, concepts)
            sense = 0 if name in _EITHER else -1 if "contradiction" in groups or told.startswith(_ELSEWHERE) else 1
            for group in groups:
                found.setdefault(group, []).append((told, sense))
    return found


@lru_cache(maxsize=8)
def _worded_columns(columns: tuple[str, ...]) -> list[tuple[int, str, str | None, tuple[str, ...]]]:
    """The columns that are told in words: number, name, its words unless they depend on its value, and its groups."""
    terms = [(f"term_{name}", name, _WORDS.get(name)) for name in TERMS]
    more = [(name, name, words) for name, words in _MORE_WORDS.items()]
    return [(columns.index(column), name, words, groups_of(column)) for column, name, words in [*terms, *more]]


def _described(name: str, value: float, matrix: FeatureMatrix, a: int, b: int, concepts: Sequence[str]) -> str:
    """The words of a term whose value is part of them."""
    match name:
        case "where":
            return _distance(matrix.spots[a].tolist(), matrix.spots[b].tolist())
        case "same_name":
            return _place(matrix.shown[a], matrix.shown[b])
        case "when":
            return _time(matrix, a, b)
        case "received_apart":
            return f"received {_hours(abs(float(matrix.received_h[a] - matrix.received_h[b])))} apart"
        case "concepts":
            return "both say " + ", ".join(_shared_concepts(matrix, a, b, concepts))
        case "words":
            return f"{value:.0f} rare word{'s' if value > 1 else ''} in both"
        case _:
            return _PLATES.get(round(value, 1), "half a registration mark in both")


def score_of(log_odds: float) -> float:
    """Log-odds as a probability, between 0 and 1."""
    return round(1 / (1 + math.exp(-float(log_odds))), 3)


def _distance(spots_a: list[list[float]], spots_b: list[list[float]]) -> str:
    likeliest, metres = -1.0, 0.0
    for one in spots_a:
        for other in spots_b:
            if not one[3] or not other[3]:
                continue
            variance = one[2] ** 2 + other[2] ** 2
            apart = math.hypot(one[0] - other[0], one[1] - other[1])
            likelihood = one[3] * other[3] * math.exp(-0.5 * apart**2 / variance) / variance
            if likelihood > likeliest:
                likeliest, metres = likelihood, apart
    if metres < _ONE_SPOT_M:
        return "same spot"
    if metres <= _SAME_SPOT_M:
        return f"same spot, {_metres(metres)} apart"
    return f"{'near' if metres <= _NEAR_M else _ELSEWHERE}, {_metres(metres)} apart"


def _metres(metres: float) -> str:
    return f"{round(metres, -1):.0f} m" if metres < 1000 else f"{metres / 1000:.1f} km"


def _place(a: Sequence[str], b: Sequence[str]) -> str:
    shared = sorted(set(a) & set(b))
    return f"both at {shared[0]}" if shared else "both name the same place"


def _time(matrix: FeatureMatrix, a: int, b: int) -> str:
    if SOURCES.index("assumed") in (matrix.source[a], matrix.source[b]):
        return "one says no time" if matrix.source[a] != matrix.source[b] else "neither says a time"
    gap = max(matrix.first_h[a] - matrix.last_h[b], matrix.first_h[b] - matrix.last_h[a])
    if gap > 1 / 60:
        return f"{_hours(gap)} apart"
    is_exact = max(matrix.last_h[a] - matrix.first_h[a], matrix.last_h[b] - matrix.first_h[b]) < 1 / 60
    return "same time" if is_exact else "the same hours"


def _hours(hours: float) -> str:
    if hours < 1.5:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


def _shared_concepts(matrix: FeatureMatrix, a: int, b: int, concepts: Sequence[str]) -> list[str]:
    names = [concepts[number].partition(":")[2] for number in matrix.concepts.both(a, b) if number < len(concepts)]
    return list(dict.fromkeys(names))[:_MOST_CONCEPTS]
