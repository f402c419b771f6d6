"""What a pair's score means beside those of the other pairs of its two reports: the second stage of the pair model.

A report belongs to one incident. A pair is less likely where either report has a better partner that the other does not
share, and more likely where both are like the same third report.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from tasking.linkage.number_sets import Bools, Floats, Ints

_UNSEEN: Final = -12.0  # log-odds of a pair that was not compared
_LEAST: Final = 0.01  # probability below which a pair is nobody's neighbour
_CLEAR: Final = 0.3
Columns = dict[str, npt.NDArray[np.float32] | Floats]


def rival_columns(a: Ints, b: Ints, log_odds: Floats, size: int) -> Columns:
    """Columns of each pair from the first stage's log-odds of all the pairs; `size` reports, each pair once."""
    log_odds = np.clip(log_odds, _UNSEEN, -_UNSEEN)
    likely = 1 / (1 + np.exp(-log_odds))
    graph = _Graph(a, b, likely, log_odds, size)
    rank_a, rank_b = graph.ranks()
    rival_a, rival_b = graph.rivals(a, likely), graph.rivals(b, likely)
    degree = graph.degrees()
    return {
        "score": log_odds,
        "likely": likely,
        "rival": np.maximum(rival_a, rival_b),
        "rival_of_other": np.minimum(rival_a, rival_b),
        "is_mutual": ((rank_a == 0) & (rank_b == 0)).astype(float),
        "rank": np.log1p(np.minimum(rank_a, rank_b)),
        "rank_of_other": np.log1p(np.maximum(rank_a, rank_b)),
        "degree": np.minimum(degree[a], degree[b]),
        "degree_of_other": np.maximum(degree[a], degree[b]),
    } | graph.shared(a, b)  # fmt: skip


class _Graph:
    """The pairs from each report's side: report, other, probability."""

    def __init__(self, a: Ints, b: Ints, likely: Floats, log_odds: Floats, size: int) -> None:
        self.size, self.pairs = size, len(a)
        self.report, self.other = np.concatenate([a, b]), np.concatenate([b, a])
        self.likely, self.log_odds = np.tile(likely, 2), np.tile(log_odds, 2)
        order = np.lexsort((self.other, -self.likely, self.report))
        self._order = order
        begins = np.searchsorted(self.report[order], np.arange(size + 1))
        self._begins = begins
        place = np.arange(len(order)) - begins[self.report[order]]
        self._rank = np.zeros(len(order), dtype=np.int64)
        self._rank[order] = place

    def ranks(self) -> tuple[Ints, Ints]:
        """The place of each pair among those of its first report, and of its second, from 0 on."""
        return self._rank[: self.pairs], self._rank[self.pairs :]

    def degrees(self) -> Floats:
        return np.asarray(np.bincount(self.report, self.likely, minlength=self.size), dtype=np.float64)

    def rivals(self, side: Ints, likely: Floats) -> Floats:
        """The probability of the best other pair of each pair's report on this side."""
        best, second = self._nth(0), self._nth(1)
        return np.where(best[side] > likely, best[side], second[side])

    def _nth(self, place: int) -> Floats:
        at = self._begins[:-1] + place
        out = np.zeros(self.size)
        has = np.flatnonzero(at < self._begins[1:])
        out[has] = self.likely[self._order[at[has]]]
        return out

    def shared(self, a: Ints, b: Ints) -> Columns:
        """What third reports say: `common` likeness to the same, `support` of the best of them, `conflict` of one that
        is like only one of the two, and the mean log-odds of the `neighbours`."""
        near = np.flatnonzero(self.likely >= _LEAST)
        near = near[np.lexsort((self.other[near], self.report[near]))]
        report, other = self.report[near], self.other[near]
        likely, odds = self.likely[near], self.log_odds[near]
        begins = np.searchsorted(report, np.arange(self.size + 1))
        keys = report * self.size + other
        columns: dict[str, Floats] = {
            name: np.zeros(self.pairs) for name in ("common", "support", "conflict", "_sum", "_weight")
        }
        for one, two, is_first in ((a, b, True), (b, a, False)):
            counts = begins[one + 1] - begins[one]
            pair = np.repeat(np.arange(self.pairs), counts)
            entry = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts) + begins[one][pair]
            third = other[entry]
            kept = third != two[pair]
            pair, entry, third = pair[kept], entry[kept], third[kept]
            at, has = _found(keys, two[pair] * self.size + third)
            mine, theirs = likely[entry], np.where(has, likely[at], 0.0)
            theirs_odds = np.where(has, odds[at], _UNSEEN)
            _collect(columns, pair, mine, theirs, np.minimum(odds[entry], theirs_odds), has, is_first=is_first)
        columns["neighbours"] = np.where(
            columns["_weight"] > 0, columns["_sum"] / np.maximum(columns["_weight"], 1e-9), _UNSEEN
        )
        return {name: column for name, column in columns.items() if not name.startswith("_")}


def _collect(
    columns: dict[str, Floats], pair: Ints, mine: Floats, theirs: Floats, odds: Floats, both: Bools, *, is_first: bool
) -> None:
    """Adds what the third reports say; those of both reports are counted from the first one's side only."""
    size = len(columns["common"])
    if is_first:
        columns["common"] += np.bincount(pair, mine * theirs, minlength=size)
        np.maximum.at(columns["support"], pair, np.minimum(mine, theirs))
    gap = np.where(np.maximum(mine, theirs) > _CLEAR, np.abs(mine - theirs), 0.0)
    np.maximum.at(columns["conflict"], pair, gap)
    counted = np.ones(len(pair), dtype=bool) if is_first else ~both
    weight = np.where(counted, np.maximum(mine, theirs), 0.0)
    columns["_sum"] += np.bincount(pair, weight * odds, minlength=size)
    columns["_weight"] += np.bincount(pair, weight, minlength=size)


def _found(keys: Ints, wanted: Ints) -> tuple[Ints, Bools]:
    """The place of each wanted key among ascending keys, and whether it is one of them."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return at, np.asarray(keys[at] == wanted)
