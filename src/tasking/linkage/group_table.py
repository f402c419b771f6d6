"""The evidence of two groups of reports, read as a whole: the best of each thing that any of their reports share."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tasking.linkage.number_sets import Floats, Ints
from tasking.linkage.pair_scorer import Scorer
from tasking.linkage.pair_table import PairTable, Table

_UNSEEN: Final = -6.0
_BEST: Final = (
    "when_any_1h", "when_any_8h", "when_any_30h", "when_near_1h", "when_near_6h", "when_clock", "where_mixture",
    "where_least_0.2", "where_least_0.6", "where_least_2.0", "where_named_300m", "where_named_1km", "where_told_300m",
    "where_words", "where_words_share", "where_word", "where_crossed", "where_local", "words_alike", "words_all",
    "words_rare", "words_rarest", "words_related", "what_themes", "what_best", "what_shared", "who_caller", "who_about",
    "who_crossed", "who_about_in_text", "who_capitals", "who_plate", "both_where_when_what", "both_where_when",
    "term_concepts", "term_where", "term_when", "term_same_name",
)  # fmt: skip
_MEAN: Final = (
    "against_about", "against_door", "against_sex", "against_count", "against_colours", "against_separate",
    "against_log", "what_apart", "who_same_feed", "when_told_apart", "where_log_named", "when_log_gap_any",
    "what_themes", "words_alike", "words_related", "where_mixture", "term_what_apart", "term_other_street", "term_when",
)  # fmt: skip
_WORST: Final = ("where_log_named", "when_log_gap_any", "when_told_apart", "where_mixture", "term_when")
_SCORES: Final = (
    "best", "worst", "mean", "mean_seen", "second", "seen", "smaller", "larger", "likely", "mean_likely", "span",
)  # fmt: skip
COLUMNS: Final = (*_SCORES, *(f"best_{name}" for name in _BEST), *(f"mean_{name}" for name in _MEAN),
                  *(f"worst_{name}" for name in _WORST))  # fmt: skip
DIRECTIONS: Final = [
    1 if name in {"best", "worst", "mean", "mean_seen", "second", "likely", "mean_likely"} else 0 for name in COLUMNS
]


@dataclass(frozen=True)
class GroupEvidence:
    """What groups are compared by: pairs of rows with their log-odds and columns, and when each row was received."""

    a: Ints
    b: Ints
    log_odds: Floats
    firm: Floats
    best: Table
    mean: Table
    worst: Table
    received_h: Floats

    @classmethod
    def of(
        cls, a: Ints, b: Ints, log_odds: Floats, firm: Floats, table: PairTable, received_h: Floats
    ) -> "GroupEvidence":
        at = {name: number for number, name in enumerate(table.columns)}
        best, mean, worst = (table.values[:, [at[name] for name in names]] for names in (_BEST, _MEAN, _WORST))
        return cls(a, b, np.clip(log_odds, _UNSEEN, -_UNSEEN), firm, best, mean, worst, received_h)

    def only(self, at: Ints) -> "GroupEvidence":
        """The evidence of some of the pairs."""
        return GroupEvidence(
            self.a[at], self.b[at], self.log_odds[at], self.firm[at], self.best[at], self.mean[at], self.worst[at],
            self.received_h,
        )  # fmt: skip


def group_table(evidence: GroupEvidence, group: Ints) -> tuple[Ints, Ints, Table]:
    """Every two groups with a pair between them, the lower first, and the columns of each two. `group`: of each row,
    by a number below the number of rows."""
    size = len(group)
    one, other = group[evidence.a], group[evidence.b]
    between = np.flatnonzero(one != other)
    low, high = np.minimum(one, other)[between], np.maximum(one, other)[between]
    key = low * size + high
    order = np.argsort(key, kind="stable")
    key, at = key[order], between[order]
    begins = np.flatnonzero(np.diff(key, prepend=-1))
    count = np.diff(np.append(begins, len(key)))
    first, second = key[begins] // size, key[begins] % size
    if not len(begins):
        return first, second, np.zeros((0, len(COLUMNS)), dtype=np.float32)
    members = np.bincount(group, minlength=size)
    scores = _scores(evidence.log_odds[at], begins, count, members[first], members[second])
    begin = np.full(size, np.inf)
    end = np.full(size, -np.inf)
    np.minimum.at(begin, group, evidence.received_h)
    np.maximum.at(end, group, evidence.received_h)
    span = np.maximum(end[first], end[second]) - np.minimum(begin[first], begin[second])
    values = np.column_stack([
        *scores, span,
        np.maximum.reduceat(evidence.best[at], begins, axis=0),
        np.add.reduceat(evidence.mean[at].astype(np.float64), begins, axis=0) / count[:, None],
        np.minimum.reduceat(evidence.worst[at], begins, axis=0),
    ])  # fmt: skip
    return first, second, values.astype(np.float32)


def group_log_odds(evidence: GroupEvidence, scorer: Scorer, group: Ints) -> tuple[Ints, Ints, Floats, Table]:
    """As `group_table`, with the log-odds that the two groups are one incident before the columns."""
    first, second, values = group_table(evidence, group)
    if not len(first):
        return first, second, np.zeros(0), values
    firm = np.zeros(len(first))
    at = np.flatnonzero(evidence.firm > 0)
    one, other = group[evidence.a[at]], group[evidence.b[at]]
    size = len(group)
    keys = np.minimum(one, other) * size + np.maximum(one, other)
    place = np.minimum(np.searchsorted(first * size + second, keys), len(first) - 1)
    is_between = (first * size + second)[place] == keys
    np.maximum.at(firm, place[is_between], evidence.firm[at][is_between])
    return first, second, scorer.log_odds(values) + firm, values


def _scores(log_odds: Floats, begins: Ints, count: Ints, one: Ints, other: Ints) -> list[Floats]:
    """The columns of _SCORES but for the last, from the log-odds of the pairs between each two groups."""
    pairs = one * other
    best = np.maximum.reduceat(log_odds, begins)
    total = np.add.reduceat(log_odds, begins)
    of_two = np.repeat(np.arange(len(begins)), count)
    second = np.maximum.reduceat(np.where(log_odds == best[of_two], _UNSEEN, log_odds), begins)
    likely = np.add.reduceat(1 / (1 + np.exp(-log_odds)), begins)
    worst = np.minimum.reduceat(log_odds, begins)
    return [
        best, np.where(count < pairs, _UNSEEN, worst), (total + _UNSEEN * (pairs - count)) / pairs, total / count,
        second, count / pairs, np.log(np.minimum(one, other)), np.log(np.maximum(one, other)), likely / np.sqrt(pairs),
        likely / pairs,
    ]  # fmt: skip
