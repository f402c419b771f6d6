"""The links of an incident: a spanning tree of the best pairs in its cluster."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from tasking.linkage.scoring import ScoredPairs


def pairs_inside(scored: ScoredPairs, clusters: Sequence[Sequence[int]]) -> Mapping[int, list[int]]:
    """Row -> its scored pairs inside its cluster."""
    of: dict[int, int] = {}
    for number, group in enumerate(clusters):
        if len(group) > 1:
            of.update(dict.fromkeys(group, number))
    if not of:
        return {}
    size = max(of) + 1
    numbers = np.full(size, -1)
    numbers[list(of)] = list(of.values())
    inside = np.flatnonzero((scored.a < size) & (scored.b < size))
    inside = inside[(numbers[scored.a[inside]] >= 0) & (numbers[scored.a[inside]] == numbers[scored.b[inside]])]
    found: dict[int, list[int]] = defaultdict(list)
    for pair in inside.tolist():
        found[int(scored.a[pair])].append(pair)
        found[int(scored.b[pair])].append(pair)
    return found


def spanning_tree(
    group: Sequence[int], scored: ScoredPairs, pairs: Mapping[int, list[int]]
) -> list[tuple[int, int | None]]:
    """The rows of a cluster from its first on, each with the best pair that links it to those before it; None where
    only a person's decision does."""
    if len(group) == 1:
        return [(group[0], None)]
    inside = {group[0]}
    tree: list[tuple[int, int | None]] = [(group[0], None)]
    while len(inside) < len(group):
        best: tuple[float, int] | None = None
        for row in inside:
            for pair in pairs.get(row, ()):
                other = int(scored.a[pair] + scored.b[pair] - row)
                if other not in inside:
                    rank = (float(scored.log_odds[pair]), -pair)
                    best = max(best, rank) if best else rank
        if best is None:
            row = next(row for row in group if row not in inside)
            tree.append((row, None))
        else:
            pair = -best[1]
            row = int(scored.a[pair]) if int(scored.b[pair]) in inside else int(scored.b[pair])
            tree.append((row, pair))
        inside.add(row)
    return tree
