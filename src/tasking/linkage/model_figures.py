"""What a model makes of labelled reports: groups at each threshold, counted against the truth; and the thresholds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tasking.linkage.group_table import GroupEvidence
from tasking.linkage.grouping import Grouping, IsAllowed
from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.pair_model import ModelPairs
from tasking.linkage.pair_scorer import Scorer
from tasking.linkage.pair_table import PairTable

_TOO_CAUTIOUS: Final = 0.5  # log-odds; by the eight labelled sets, each left out
LEVELS: Final = tuple(round(float(level), 2) for level in np.arange(4.0, -2.1, -0.25))


@dataclass(frozen=True)
class TrainingWindow:
    """The reports of a few days, as linking sees them.

    `a`, `b`: the candidate pairs, and `part` of `candidate_parts` that each is in; `table` without the column of
    related words; `incident` of each row, by number;
    `documents`: the words of each row; `rules`: log-odds of the pairs -> which groups may be merged unasked.
    """

    size: int
    a: Ints
    b: Ints
    part: Ints
    table: PairTable
    incident: Ints
    received_h: Floats
    documents: Sequence[frozenset[str]]
    rules: Callable[[Floats], IsAllowed]
    is_sensitive: Bools

    @property
    def is_one(self) -> Bools:
        return np.asarray(self.incident[self.a] == self.incident[self.b])


def evidence_of(pairs: ModelPairs, received_h: Floats) -> GroupEvidence:
    return GroupEvidence.of(pairs.a, pairs.b, pairs.log_odds, pairs.firm, pairs.table, received_h)


def partitions(
    pairs: ModelPairs, one: TrainingWindow, group: Scorer, merge_levels: Sequence[float] = LEVELS
) -> dict[float, Ints]:
    """The groups of a set at each threshold: threshold -> the group of each row."""
    growing = Grouping(evidence_of(pairs, one.received_h), group, one.rules(pairs.log_odds), np.arange(one.size))
    found = {}
    for level in merge_levels:
        growing.merge_down_to(level)
        found[level] = growing.group.copy()
    return found


@dataclass(frozen=True)
class Counts:
    """Pairs of a partition: made, right, true."""

    made: int
    right: int
    true: int
    wrong_sensitive: int

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.made + other.made, self.right + other.right, self.true + other.true,
            self.wrong_sensitive + other.wrong_sensitive,
        )  # fmt: skip

    @property
    def figures(self) -> dict[str, Any]:
        precision = self.right / self.made if self.made else 1.0
        recall = self.right / self.true if self.true else 1.0
        f1 = 2 * precision * recall / (precision + recall) if self.right else 0.0
        return {
            "P": precision,
            "R": recall,
            "F1": f1,
            "wrong": self.made - self.right,
            "sensitive": self.wrong_sensitive,
        }


def counted(group: Ints, one: TrainingWindow) -> Counts:
    """How a partition compares with the truth."""
    i, j = np.triu_indices(one.size, 1)
    together, true = group[i] == group[j], one.incident[i] == one.incident[j]
    wrong = together & ~true
    sensitive = one.is_sensitive[i] | one.is_sensitive[j]
    return Counts(int(together.sum()), int((together & true).sum()), int(true.sum()), int((wrong & sensitive).sum()))


def thresholds(by_set: Sequence[Mapping[float, Counts]], wanted: Sequence[float]) -> dict[str, float]:
    """For each wanted precision the lowest threshold at which the mean precision over the sets reaches it, less what
    such a threshold is too cautious by.

    Precision is smoothed so that it never falls as the threshold rises: with few pairs it goes up and down by chance.
    It is too cautious because the parts that a set is held out from were fitted to fewer sets than those in force.
    """
    ascending = sorted(by_set[0])
    means = [float(np.mean([counts[level].figures["P"] for counts in by_set])) for level in ascending]
    smoothed = _never_falling(means)
    found = {}
    for precision in wanted:
        reached = [level for level, mean in zip(ascending, smoothed, strict=True) if mean >= precision]
        level = reached[0] if reached else ascending[-1]
        found[f"{precision:.2f}"] = max(level - _TOO_CAUTIOUS, ascending[0])
    return found


def _never_falling(values: Sequence[float]) -> list[float]:
    """The nearest sequence that never falls (pooling adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (high, many), (low, few) = blocks[-2:]
            blocks[-2:] = [((high * many + low * few) / (many + few), many + few)]
    return [mean for mean, count in blocks for _ in range(count)]
