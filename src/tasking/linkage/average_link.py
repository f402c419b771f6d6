"""Clusters pairs by average link: two clusters are merged where the mean of all pairs between them is high enough.

Pairs that were not compared count as unlike, so no chain forms. A merge can be forbidden; the order of the reports
does not matter beyond ties.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tasking.linkage.number_sets import Floats, Ints

FLOOR: Final = -4.0  # the least that a pair can count, and what one counts that was not compared
CEILING: Final = 6.0
Allowed = Callable[[Sequence[int], Sequence[int]], bool]


@dataclass
class Links:
    """Clusters while they grow. `rows` by cluster; `between`: cluster -> other cluster -> (sum of log-odds, pairs)."""

    rows: dict[int, list[int]]
    between: dict[int, dict[int, tuple[float, int]]]
    version: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, groups: Sequence[Sequence[int]], a: Ints, b: Ints, log_odds: Floats) -> "Links":
        """Clusters that begin as `groups`, each named by its first row."""
        rows = {min(group): sorted(group) for group in groups}
        of = {row: name for name, members in rows.items() for row in members}
        links = cls(rows, {name: {} for name in rows}, dict.fromkeys(rows, 0))
        value = np.clip(log_odds, FLOOR, CEILING).tolist()
        for one, two, odds in zip(a.tolist(), b.tolist(), value, strict=True):
            links._add(of[one], of[two], odds, 1)
        return links

    def _add(self, one: int, two: int, odds: float, pairs: int) -> None:
        if one == two:
            return
        for x, y in ((one, two), (two, one)):
            total, count = self.between[x].get(y, (0.0, 0))
            self.between[x][y] = total + odds, count + pairs

    def mean(self, one: int, two: int, floor: float = FLOOR) -> float:
        """The mean log-odds of all the pairs between two clusters."""
        total, count = self.between[one].get(two, (0.0, 0))
        pairs = len(self.rows[one]) * len(self.rows[two])
        return (total + (pairs - count) * floor) / pairs

    def merge(self, one: int, two: int) -> int:
        """Makes two clusters one. Returns its name, the lower of the two."""
        keep, gone = min(one, two), max(one, two)
        self.rows[keep] = sorted(self.rows[keep] + self.rows.pop(gone))
        for other, (total, count) in self.between.pop(gone).items():
            del self.between[other][gone]
            if other != keep:
                self._add(keep, other, total, count)
        self.version[keep] += 1
        return keep


def average_link(links: Links, merge_above: float, is_allowed: Allowed, floor: float = FLOOR) -> list[list[int]]:
    """Merges the clusters of `links`, best first, down to `merge_above`. Returns them in the order of their rows."""
    heap: list[tuple[float, int, int, int, int]] = []

    def consider(one: int, two: int) -> None:
        low, high = min(one, two), max(one, two)
        mean = links.mean(low, high, floor)
        if mean >= merge_above:
            heapq.heappush(heap, (-mean, low, high, links.version[low], links.version[high]))

    for one, others in links.between.items():
        for two in others:
            if one < two:
                consider(one, two)
    while heap:
        _, one, two, version_one, version_two = heapq.heappop(heap)
        is_current = one in links.rows and two in links.rows
        if not is_current or (links.version[one], links.version[two]) != (version_one, version_two):
            continue
        if not is_allowed(links.rows[one], links.rows[two]):
            continue
        kept = links.merge(one, two)
        for other in list(links.between[kept]):
            consider(kept, other)
    return sorted(links.rows.values(), key=lambda rows: rows[0])
