"""Clusters scored pairs into incidents without chaining: two clusters are merged only if they agree as a whole.

People's decisions are constraints. Incidents of earlier days are kept: a report may join one, and only a person merges
two of them. A cluster with a restricted report takes in only reports of the same identity.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from hand_weights.scoring import ScoredPairs
from tasking.linkage.constraints import Pair, PairConstraints
from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.number_sets import Bools, Ints

_BEST_SHARE: Final = 0.3  # the weight of the best pair in the score of two clusters; the rest is the mean of all pairs
_NOT_SCORED: Final = -4.0  # log-odds of a pair that blocking or scoring left out
_SPAN_H: Final = 72.0
_SPAN_M: Final = 600.0


@dataclass
class _Clusters:
    """Clusters of rows while they grow. `of`: row -> cluster; `existing`: those that were an incident before the
    day."""

    rows: dict[int, list[int]]
    of: list[int]
    existing: set[int]
    version: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def cluster(
    matrix: FeatureMatrix,
    scored: ScoredPairs,
    incidents_before: Mapping[int, str],
    constraints: PairConstraints,
    merge_above: float,
) -> list[list[int]]:
    """Every row of the matrix in exactly one cluster; rows in the matrix's order, clusters in that of their first rows.

    `incidents_before`: row -> the incident that it was in before the day.
    """
    clusters = _initial_clusters(matrix.size, incidents_before, constraints)
    pairs = _Pairs.of(matrix, scored, constraints, merge_above)
    heap: list[tuple[float, int, int, int, int]] = []
    restricted, received = matrix.is_restricted.tolist(), matrix.received_h.tolist()

    def consider(one: int, two: int) -> None:
        low, high = min(one, two), max(one, two)
        score = _agreement(clusters, pairs, low, high, restricted, received)
        if score is not None and score >= merge_above:
            heapq.heappush(heap, (-score, low, high, clusters.version[low], clusters.version[high]))

    for a, b in pairs.strong:
        one, two = clusters.of[a], clusters.of[b]
        if one == two:
            continue
        if (
            len(clusters.rows[one]) == len(clusters.rows[two]) == 1
        ):  # two single reports: a shorter way to what `consider` does
            is_private = restricted[a] or restricted[b]
            is_near = abs(received[a] - received[b]) <= _SPAN_H or (a, b) in pairs.lasting
            if (
                not is_near
                or (is_private and (a, b) not in pairs.identity)
                or (one in clusters.existing and two in clusters.existing)
            ):
                continue
            if len(pairs.near[a]) == len(pairs.near[b]) == 1:  # neither has another pair
                _merge(clusters, one, two)
            else:
                heap.append((-pairs.log_odds[a, b], one, two, clusters.version[one], clusters.version[two]))
        else:
            consider(one, two)
    heapq.heapify(heap)
    while heap:
        _, one, two, version_one, version_two = heapq.heappop(heap)
        if (one not in clusters.rows or two not in clusters.rows) or (
            (clusters.version[one], clusters.version[two]) != (version_one, version_two)
        ):
            continue
        _merge(clusters, one, two)
        near = {clusters.of[other] for row in clusters.rows[one] for other in pairs.near[row]} - {one}
        for other in sorted(near):
            consider(one, other)
    return sorted((sorted(rows) for rows in clusters.rows.values()), key=lambda rows: rows[0])


@dataclass(frozen=True)
class _Pairs:
    """Log-odds and merge rules by pair, for the pairs inside one connected component. `strong`: pairs that may be
    merged automatically; `near`: row -> the rows that it has a strong pair with."""

    strong: list[Pair]
    near: Mapping[int, list[int]]
    log_odds: Mapping[Pair, float]
    barred: frozenset[Pair]
    sure: frozenset[Pair]
    identity: frozenset[Pair]
    lasting: frozenset[Pair]
    spots: Sequence[Sequence[float]]  # of each row the likeliest: easting, northing, standard deviation, weight

    def is_elsewhere(self, a: int, b: int) -> bool:
        """True where both rows have a spot and these are further apart than an incident is wide."""
        one, other = self.spots[a], self.spots[b]
        if not one[3] or not other[3]:
            return False
        return math.hypot(one[0] - other[0], one[1] - other[1]) > _SPAN_M + 2 * (one[2] + other[2])

    @classmethod
    def of(
        cls, matrix: FeatureMatrix, scored: ScoredPairs, constraints: PairConstraints, merge_above: float
    ) -> "_Pairs":
        is_strong = (scored.log_odds >= merge_above) & scored.is_corroborated & ~scored.needs_person
        component = _connected(scored.a, scored.b, is_strong)
        inside = (
            np.flatnonzero(component[scored.a] == component[scored.b])
            if len(component)
            else np.zeros(0, dtype=np.int64)
        )
        a, b = scored.a[inside], scored.b[inside]

        def those(wanted: Bools) -> list[Pair]:
            mine = wanted[inside]
            return list(zip(a[mine].tolist(), b[mine].tolist(), strict=True))

        strong = [pair for pair in those(is_strong) if pair not in constraints.cannot_link]
        near: dict[int, list[int]] = defaultdict(list)
        for one, two in strong:
            near[one].append(two)
            near[two].append(one)

        return cls(
            strong=sorted(strong),
            near=near,
            log_odds=dict(zip(zip(a.tolist(), b.tolist(), strict=True), scored.log_odds[inside].tolist(), strict=True)),
            barred=frozenset(those(scored.needs_person)) | constraints.cannot_link,
            sure=frozenset(those(scored.is_corroborated)),
            identity=frozenset(those(scored.is_same_identity)),
            lasting=frozenset(those(scored.is_long_lasting)),
            spots=matrix.spots[np.arange(matrix.size), matrix.spots[:, :, 3].argmax(axis=1)].tolist(),
        )


def _connected(a: Ints, b: Ints, wanted: Bools) -> Ints:
    """For each row the number of its connected component, by the wanted pairs."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(a):
        return np.zeros(0, dtype=np.int64)
    size = int(max(a.max(), b.max())) + 1
    graph = coo_array((np.ones(int(wanted.sum())), (a[wanted], b[wanted])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _initial_clusters(size: int, incidents_before: Mapping[int, str], constraints: PairConstraints) -> _Clusters:
    clusters = _Clusters({row: [row] for row in range(size)}, list(range(size)), set())
    first: dict[str, int] = {}
    for row in sorted(incidents_before):
        incident = incidents_before[row]
        if incident in first:
            _merge(clusters, clusters.of[first[incident]], clusters.of[row])
        else:
            first[incident] = row
    clusters.existing = {clusters.of[row] for row in first.values()}
    for a, b in sorted(constraints.must_link):
        if clusters.of[a] != clusters.of[b]:
            _merge(clusters, min(clusters.of[a], clusters.of[b]), max(clusters.of[a], clusters.of[b]))
    return clusters


def _merge(clusters: _Clusters, one: int, two: int) -> None:
    moved = clusters.rows.pop(two)
    clusters.rows[one] += moved
    for row in moved:
        clusters.of[row] = one
    clusters.version[one] += 1
    if two in clusters.existing:
        clusters.existing.discard(two)
        clusters.existing.add(one)


def _agreement(
    clusters: _Clusters, pairs: _Pairs, one: int, two: int, restricted: Sequence[bool], received_h: Sequence[float]
) -> float | None:
    """How well two clusters agree, in log-odds; None where they may not be merged."""
    if one in clusters.existing and two in clusters.existing:
        return None
    rows_one, rows_two = clusters.rows[one], clusters.rows[two]
    total, best = 0.0, float("-inf")
    has_identity = is_long_lasting = False
    for a in rows_one:
        for b in rows_two:
            key = (a, b) if a < b else (b, a)
            if key in pairs.barred:
                return None
            value = pairs.log_odds.get(key)
            if value is None:
                if pairs.is_elsewhere(a, b):
                    return None
                value = _NOT_SCORED
            total += value
            if key in pairs.sure:
                best = max(best, value)
            has_identity |= key in pairs.identity
            is_long_lasting |= key in pairs.lasting
    together = [*rows_one, *rows_two]
    if not has_identity and any(restricted[row] for row in together):
        return None
    if not is_long_lasting:
        times = [received_h[row] for row in together]
        if max(times) - min(times) > _SPAN_H:
            return None
    return _BEST_SHARE * best + (1 - _BEST_SHARE) * total / (len(rows_one) * len(rows_two))
