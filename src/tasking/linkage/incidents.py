"""Pairs -> incidents, without chaining: two groups of reports become one only if they agree as groups.

What a person said comes first and is kept. Incidents of earlier days stay as they are: a report joins one, and two of
them are put together by a person only. A group with a restricted report takes in nothing but the same person, caller or
report.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tasking.linkage.judgement import Judged
from tasking.linkage.stack import Bools, Ints, Stack

_BEST_SHARE: Final = 0.3  # of two groups' score is their best pair, the rest the mean of all
_UNSEEN: Final = -4.0  # log-odds of a pair that was not worth comparing
_SPAN_H: Final = 72.0
_SPAN_M: Final = 600.0

Pair = tuple[int, int]


@dataclass(frozen=True)
class Said:
    """What people said of pairs of rows: one incident, or never one."""

    same: frozenset[Pair] = frozenset()
    different: frozenset[Pair] = frozenset()


@dataclass
class _Groups:
    """Groups of rows while they grow. `of`: row -> group; `known`: groups that were an incident before today."""

    rows: dict[int, list[int]]
    of: list[int]
    known: set[int]
    version: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def settle(stack: Stack, judged: Judged, before: Mapping[int, str], said: Said, merge_above: float) -> list[list[int]]:
    """Every row of the stack in exactly one group, rows in the stack's order, groups by their first row.

    `before`: row -> the incident that it was in before today.
    """
    groups = _started(stack.size, before, said)
    pairs = _Pairs.of(stack, judged, said, merge_above)
    heap: list[tuple[float, int, int, int, int]] = []
    restricted, received = stack.is_restricted.tolist(), stack.received_h.tolist()

    def consider(one: int, two: int) -> None:
        low, high = min(one, two), max(one, two)
        score = _agreement(groups, pairs, low, high, restricted, received)
        if score is not None and score >= merge_above:
            heapq.heappush(heap, (-score, low, high, groups.version[low], groups.version[high]))

    for a, b in pairs.strong:
        one, two = groups.of[a], groups.of[b]
        if one == two:
            continue
        if len(groups.rows[one]) == len(groups.rows[two]) == 1:  # two reports: what `consider` would come to
            is_private = restricted[a] or restricted[b]
            is_near = abs(received[a] - received[b]) <= _SPAN_H or (a, b) in pairs.lasting
            if (
                not is_near
                or (is_private and (a, b) not in pairs.identity)
                or (one in groups.known and two in groups.known)
            ):
                continue
            if len(pairs.near[a]) == len(pairs.near[b]) == 1:  # and nobody else wants either
                _merge(groups, one, two)
            else:
                heap.append((-pairs.log_odds[a, b], one, two, groups.version[one], groups.version[two]))
        else:
            consider(one, two)
    heapq.heapify(heap)
    while heap:
        _, one, two, version_one, version_two = heapq.heappop(heap)
        if (one not in groups.rows or two not in groups.rows) or (
            (groups.version[one], groups.version[two]) != (version_one, version_two)
        ):
            continue
        _merge(groups, one, two)
        near = {groups.of[other] for row in groups.rows[one] for other in pairs.near[row]} - {one}
        for other in sorted(near):
            consider(one, other)
    return sorted((sorted(rows) for rows in groups.rows.values()), key=lambda rows: rows[0])


@dataclass(frozen=True)
class _Pairs:
    """`log_odds` of pairs (of those in one connected part), who is `near` whom, and the doors by pair."""

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
    def of(cls, stack: Stack, judged: Judged, said: Said, merge_above: float) -> "_Pairs":
        is_strong = (judged.log_odds >= merge_above) & judged.is_sure & ~judged.is_barred
        part = _connected(judged.a, judged.b, is_strong)
        inside = np.flatnonzero(part[judged.a] == part[judged.b]) if len(part) else np.zeros(0, dtype=np.int64)
        a, b = judged.a[inside], judged.b[inside]

        def those(wanted: Bools) -> list[Pair]:
            mine = wanted[inside]
            return list(zip(a[mine].tolist(), b[mine].tolist(), strict=True))

        strong = [pair for pair in those(is_strong) if pair not in said.different]
        near: dict[int, list[int]] = defaultdict(list)
        for one, two in strong:
            near[one].append(two)
            near[two].append(one)

        return cls(
            strong=sorted(strong),
            near=near,
            log_odds=dict(zip(zip(a.tolist(), b.tolist(), strict=True), judged.log_odds[inside].tolist(), strict=True)),
            barred=frozenset(those(judged.is_barred)) | said.different,
            sure=frozenset(those(judged.is_sure)),
            identity=frozenset(those(judged.is_identity)),
            lasting=frozenset(those(judged.is_lasting)),
            spots=stack.spots[np.arange(stack.size), stack.spots[:, :, 3].argmax(axis=1)].tolist(),
        )


def _connected(a: Ints, b: Ints, wanted: Bools) -> Ints:
    """For each row the number of the part that it is in, joined by the wanted pairs."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(a):
        return np.zeros(0, dtype=np.int64)
    size = int(max(a.max(), b.max())) + 1
    graph = coo_array((np.ones(int(wanted.sum())), (a[wanted], b[wanted])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _started(size: int, before: Mapping[int, str], said: Said) -> _Groups:
    groups = _Groups({row: [row] for row in range(size)}, list(range(size)), set())
    first: dict[str, int] = {}
    for row in sorted(before):
        incident = before[row]
        if incident in first:
            _merge(groups, groups.of[first[incident]], groups.of[row])
        else:
            first[incident] = row
    groups.known = {groups.of[row] for row in first.values()}
    for a, b in sorted(said.same):
        if groups.of[a] != groups.of[b]:
            _merge(groups, min(groups.of[a], groups.of[b]), max(groups.of[a], groups.of[b]))
    return groups


def _merge(groups: _Groups, one: int, two: int) -> None:
    moved = groups.rows.pop(two)
    groups.rows[one] += moved
    for row in moved:
        groups.of[row] = one
    groups.version[one] += 1
    if two in groups.known:
        groups.known.discard(two)
        groups.known.add(one)


def _agreement(
    groups: _Groups, pairs: _Pairs, one: int, two: int, restricted: Sequence[bool], received_h: Sequence[float]
) -> float | None:
    """How well two groups agree, in log-odds; None where they may not be one."""
    if one in groups.known and two in groups.known:
        return None
    rows_one, rows_two = groups.rows[one], groups.rows[two]
    total, best = 0.0, float("-inf")
    has_identity = is_lasting = False
    for a in rows_one:
        for b in rows_two:
            key = (a, b) if a < b else (b, a)
            if key in pairs.barred:
                return None
            value = pairs.log_odds.get(key)
            if value is None:
                if pairs.is_elsewhere(a, b):
                    return None
                value = _UNSEEN
            total += value
            if key in pairs.sure:
                best = max(best, value)
            has_identity |= key in pairs.identity
            is_lasting |= key in pairs.lasting
    together = [*rows_one, *rows_two]
    if not has_identity and any(restricted[row] for row in together):
        return None
    if not is_lasting:
        times = [received_h[row] for row in together]
        if max(times) - min(times) > _SPAN_H:
            return None
    return _BEST_SHARE * best + (1 - _BEST_SHARE) * total / (len(rows_one) * len(rows_two))


def agreed(decisions: Sequence[tuple[str, str, bool]], rows: Mapping[str, int]) -> Said:
    """What people said of the rows at hand: `decisions` oldest first, (report, report, is one incident).

    Where words contradict each other the later one counts, and an earlier one that does not go with it is left out.
    """
    parent: dict[str, str] = {}

    def root(report: str) -> str:
        while parent.setdefault(report, report) != report:
            report = parent[report]
        return report

    apart: list[tuple[str, str]] = []
    for one, two, is_same in reversed(decisions):
        first, second = root(one), root(two)
        if first == second:
            continue
        if not is_same:
            apart.append((one, two))
        elif not any({root(a), root(b)} == {first, second} for a, b in apart):
            parent[first] = second
    members: dict[str, list[int]] = defaultdict(list)
    for report, row in rows.items():
        if report in parent:
            members[root(report)].append(row)
    chains = [pair for group in members.values() for pair in zip(sorted(group), sorted(group)[1:], strict=False)]
    parted = [(a, b) for one, two in apart for a in members[root(one)] for b in members[root(two)]]
    return Said(frozenset(chains), frozenset((min(pair), max(pair)) for pair in parted))
