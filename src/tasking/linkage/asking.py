"""Which questions to ask: of two groups whether they are one, and of a report whether it belongs to its group.

Each is worth what its answer is expected to change, counted in pairs of reports.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from tasking.linkage.group_table import GroupEvidence, group_log_odds
from tasking.linkage.number_sets import Floats, Ints
from tasking.linkage.pair_scorer import Scorer
from tasking.model.incident import QuestionKind

_MOST_PAIRS: Final = 6.0  # that one answer counts for: larger groups are not worth more
_LEAST_WORTH: Final = 0.02
Ask = tuple[int, int]


@dataclass(frozen=True)
class Question:
    """`merge`: are the reports `a` and `b`, of two groups, one incident? `part`: does `a` belong with `b`, the report
    of its own group that it is most like?

    `likely`: that they are one; `worth`: pairs that an answer is expected to change.
    """

    kind: QuestionKind
    a: int
    b: int
    likely: float
    worth: float


def questions(
    evidence: GroupEvidence, scorer: Scorer, group: Ints, is_closed: Callable[[int, int], bool]
) -> list[Question]:
    """The questions worth asking about these groups, the best first and one for a pair. `is_closed`: of the rows `a`
    and `b` of a question, whether it is not to be asked."""
    asked = [*_merging(evidence, scorer, group), *_parting(evidence, scorer, group)]
    asked.sort(key=lambda one: (-one.worth, one.a, one.b))
    best: dict[frozenset[int], Question] = {}
    for one in asked:
        if one.worth >= _LEAST_WORTH and not is_closed(one.a, one.b):
            best.setdefault(frozenset((one.a, one.b)), one)
    return list(best.values())


def _merging(evidence: GroupEvidence, scorer: Scorer, group: Ints) -> list[Question]:
    first, second, log_odds, _ = group_log_odds(evidence, scorer, group)
    likely = _probability(log_odds)
    size = np.bincount(group, minlength=len(group))
    worth = likely * np.minimum(size[first] * size[second], _MOST_PAIRS)
    best = _best_pairs(evidence, group, is_between=True)
    return [
        Question("merge", *best[one, other], float(p), float(gain))
        for one, other, p, gain in zip(first.tolist(), second.tolist(), likely, worth, strict=True)
        if gain >= _LEAST_WORTH
    ]


def _parting(evidence: GroupEvidence, scorer: Scorer, group: Ints) -> list[Question]:
    """Each report of a group against the rest of it; of two, the later one."""
    asked = []
    size = np.bincount(group, minlength=len(group))
    inside = np.flatnonzero(group[evidence.a] == group[evidence.b])
    within = evidence.only(inside)
    # The nth member of every group is set apart at once: groups do not touch one another here.
    order = np.lexsort((np.arange(len(group)), group))
    place = np.empty(len(group), dtype=np.int64)
    begins = np.flatnonzero(np.diff(group[order], prepend=-1))
    place[order] = np.arange(len(group)) - np.repeat(begins, np.diff(np.append(begins, len(group))))
    for turn in range(int(place.max()) + 1 if len(place) else 0):
        out = np.flatnonzero((place == turn) & (size[group] > 1) & ((size[group] > 2) | (place == 1)))
        if not len(out):
            continue
        apart = _renamed(group, out)
        first, second, log_odds, _ = group_log_odds(within, scorer, apart)
        best = _best_pairs(within, apart, is_between=True)
        for one, other, odds in zip(first.tolist(), second.tolist(), log_odds, strict=True):
            a, b = best[one, other]
            report, rest = (a, b) if place[a] == turn else (b, a)
            likely = float(_probability(odds))
            worth = (1 - likely) * min(float(size[group[report]] - 1), _MOST_PAIRS)
            asked.append(Question("part", report, rest, likely, worth))
    return asked


def _renamed(group: Ints, out: Ints) -> Ints:
    """The groups with these rows taken out: each is a group of its own, named below the number of rows."""
    apart = group.copy()
    apart[out] = -1 - np.arange(len(out))
    return np.unique(apart, return_inverse=True)[1].astype(np.int64)


def _best_pairs(evidence: GroupEvidence, group: Ints, *, is_between: bool) -> dict[Ask, Ask]:
    """The likeliest pair of rows between each two groups."""
    one, other = group[evidence.a], group[evidence.b]
    wanted = np.flatnonzero((one != other) == is_between)
    wanted = wanted[np.argsort(evidence.log_odds[wanted], kind="stable")]
    low, high = np.minimum(one, other)[wanted], np.maximum(one, other)[wanted]
    pairs = zip(evidence.a[wanted].tolist(), evidence.b[wanted].tolist(), strict=True)
    return dict(zip(zip(low.tolist(), high.tolist(), strict=True), pairs, strict=True))


def _probability(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-log_odds))
