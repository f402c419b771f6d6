"""Groups reports by the evidence of whole groups: in rounds, each two groups that are each other's best become one.

A report joins an incident for what it shares with all of its reports together, and never along a chain of likenesses
between single ones. The outcome does not depend on the order or the batches that reports came in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tasking.linkage.group_table import GroupEvidence, group_log_odds
from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.pair_scorer import Scorer

_STEP: Final = 0.25
_FIRST: Final = 4.0  # log-odds at which merging begins
_LEAST_PAIR: Final = -5.0  # two groups without a likelier pair are not looked at
IsAllowed = Callable[[Sequence[int], Sequence[int]], bool]


def levels(merge_above: float) -> list[float]:
    """The thresholds, from the highest to `merge_above`: what is sure is merged before what is not."""
    steps = np.arange(_FIRST, merge_above, -_STEP)
    return [*steps.round(2).tolist(), merge_above]


@dataclass
class Grouping:
    """Groups while they grow: `group` gives each row's, named by its lowest row."""

    evidence: GroupEvidence
    scorer: Scorer
    is_allowed: IsAllowed
    group: Ints
    _rows: dict[int, list[int]] = field(init=False)
    _refused: set[tuple[int, int]] = field(init=False, default_factory=set)
    _first: Ints = field(init=False)
    _second: Ints = field(init=False)
    _score: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._rows = {}
        for row, name in enumerate(self.group.tolist()):
            self._rows.setdefault(name, []).append(row)
        self._first, self._second, self._score = self._scored(np.ones(len(self.evidence.a), dtype=bool))

    def merge_down_to(self, threshold: float) -> None:
        """Merges what is at the threshold or above, best first, in rounds until nothing changes."""
        while pairs := self._mutual_bests(threshold):
            changed = np.zeros(len(self.group), dtype=bool)
            for one, other in pairs:
                self._rows[one] = sorted(self._rows[one] + self._rows.pop(other))
                self.group[self._rows[one]] = one
                changed[[one, other]] = True
            self._refused = {pair for pair in self._refused if not changed[list(pair)].any()}
            stale = changed[self._first] | changed[self._second]
            touched = changed[self.group[self.evidence.a]] | changed[self.group[self.evidence.b]]
            first, second, score = self._scored(touched)
            self._first = np.concatenate([self._first[~stale], first])
            self._second = np.concatenate([self._second[~stale], second])
            self._score = np.concatenate([self._score[~stale], score])

    def between(self) -> tuple[Ints, Ints, Floats]:
        """Every two groups that have been compared, and the log-odds that they are one incident."""
        return self._first, self._second, self._score

    def groups(self) -> list[list[int]]:
        """The rows of each group, in the order of their first."""
        return [self._rows[name] for name in sorted(self._rows)]

    def _scored(self, wanted: Bools) -> tuple[Ints, Ints, Floats]:
        """The groups between which the marked pairs of rows lie, with their log-odds."""
        some = self.evidence.only(np.flatnonzero(wanted))
        first, second, log_odds, values = group_log_odds(some, self.scorer, self.group)
        kept = np.flatnonzero(values[:, 0] > _LEAST_PAIR) if len(values) else np.zeros(0, dtype=np.int64)
        return first[kept], second[kept], log_odds[kept]

    def _mutual_bests(self, threshold: float) -> list[tuple[int, int]]:
        """Pairs of groups, each the other's best among those that may be merged."""
        at = np.flatnonzero(self._score >= threshold)
        at = at[np.lexsort((self._second[at], self._first[at], -self._score[at]))]
        best: dict[int, int] = {}
        for one, other in zip(self._first[at].tolist(), self._second[at].tolist(), strict=True):
            if (one in best and other in best) or (one, other) in self._refused:
                continue
            if not self.is_allowed(self._rows[one], self._rows[other]):
                self._refused.add((one, other))
                continue
            best.setdefault(one, other)
            best.setdefault(other, one)
        return sorted((one, other) for one, other in best.items() if one < other and best[other] == one)
