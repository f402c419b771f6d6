"""Clusters scored pairs into incidents: groups that agree as a whole become one, without chaining.

People's decisions are constraints. Incidents of earlier days are kept: a report may join one, and only a person merges
two of them. A cluster with a restricted report takes in only reports of the same identity.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from tasking.linkage.components import component_of
from tasking.linkage.constraints import Pair, PairConstraints
from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.group_table import GroupEvidence
from tasking.linkage.grouping import Grouping, levels
from tasking.linkage.number_sets import Bools, Ints
from tasking.linkage.pair_scorer import Scorer
from tasking.linkage.scoring import ScoredPairs

_SPAN_H: Final = 72.0
_SPAN_M: Final = 600.0
_NOT_UNLIKELY: Final = -2.0  # log-odds of a pair from which what it says outweighs its distance


def cluster(
    matrix: FeatureMatrix,
    scored: ScoredPairs,
    incidents_before: Mapping[int, str],
    constraints: PairConstraints,
    scorer: Scorer,
    merge_above: float,
) -> list[list[int]]:
    """Every row of the matrix in exactly one cluster; rows in the matrix's order, clusters in that of their first rows.

    `incidents_before`: row -> the incident that it was in before the day; `scorer`: of two groups; `merge_above`: the
    log-odds from which groups are merged.
    """
    group = initial_groups(matrix.size, incidents_before, constraints)
    rules = MergeRules(matrix, scored, constraints, frozenset(incidents_before))
    evidence = evidence_of(matrix, scored)
    growing = Grouping(evidence, scorer, rules.is_allowed, group)
    for level in levels(merge_above):
        growing.merge_down_to(level)
    return growing.groups()


def evidence_of(matrix: FeatureMatrix, scored: ScoredPairs) -> GroupEvidence:
    """What groups of these rows are compared by."""
    return GroupEvidence.of(
        scored.a, scored.b, scored.log_odds, scored.pairs.firm, scored.pairs.table, matrix.received_h
    )


def initial_groups(size: int, incidents_before: Mapping[int, str], constraints: PairConstraints) -> Ints:
    """The group of each row before any merging, named by its lowest row: incidents that there were, and what people
    decided to be one."""
    first: dict[str, int] = {}
    pairs = [(first.setdefault(incidents_before[row], row), row) for row in sorted(incidents_before)]
    pairs += sorted(constraints.must_link)
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    component = component_of(one, other, size)
    _, lowest = np.unique(component, return_index=True)
    return lowest[component].astype(np.int64)


class MergeRules:
    """Which groups may be merged without a person."""

    def __init__(
        self, matrix: FeatureMatrix, scored: ScoredPairs, constraints: PairConstraints, existing: frozenset[int]
    ) -> None:
        self._existing_rows = existing
        self._restricted: list[bool] = matrix.is_restricted.tolist()
        self._received: list[float] = matrix.received_h.tolist()
        self._barred = _by_row(scored, scored.is_barred)
        self._constraints = constraints
        for one, other in constraints.cannot_link:
            self._barred[one].add(other)
            self._barred[other].add(one)
        self._identity = _by_row(scored, scored.is_same_identity)
        self._lasting = _by_row(scored, scored.is_long_lasting)
        self._likely = _by_row(scored, np.asarray(scored.log_odds >= _NOT_UNLIKELY))
        likeliest = matrix.spots[:, :, 3].argmax(axis=1)
        self._spots: list[list[float]] = matrix.spots[np.arange(matrix.size), likeliest].tolist()

    def is_allowed(self, one: Sequence[int], other: Sequence[int]) -> bool:
        """True where nothing keeps these groups of rows from being merged."""
        if any(not self._barred[row].isdisjoint(other) for row in one):
            return False
        if self._constraints.keep_alone(one, other):
            return False
        if not self._existing_rows.isdisjoint(one) and not self._existing_rows.isdisjoint(other):
            return False
        together = [*one, *other]
        is_identified = any(not self._identity[row].isdisjoint(other) for row in one)
        if not is_identified and any(self._restricted[row] for row in together):
            return False
        if any(not self._lasting[row].isdisjoint(other) for row in one):
            return True
        times = [self._received[row] for row in together]
        if max(times) - min(times) > _SPAN_H:
            return False
        return not any(self._is_elsewhere(a, b) for a in one for b in other)

    def _is_elsewhere(self, a: int, b: int) -> bool:
        """True where both rows have a spot, these are further apart than an incident is wide, and the rest of what they
        say does not outweigh it."""
        here, there = self._spots[a], self._spots[b]
        if not here[3] or not there[3] or b in self._likely[a]:
            return False
        return math.hypot(here[0] - there[0], here[1] - there[1]) > _SPAN_M + 2 * (here[2] + there[2])


def _by_row(scored: ScoredPairs, wanted: Bools) -> dict[int, set[int]]:
    """Row -> the rows that it has such a pair with."""
    found: dict[int, set[int]] = defaultdict(set)
    pairs: list[Pair] = list(zip(scored.a[wanted].tolist(), scored.b[wanted].tolist(), strict=True))
    for one, other in pairs:
        found[one].add(other)
        found[other].add(one)
    return found
