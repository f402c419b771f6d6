"""Scores pairs of reports: the log-odds that they are one incident, and the rules on merging them automatically."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from tasking.linkage.blocking import SPAN_H
from tasking.linkage.comparisons import TERMS, ConceptWeights, compare, names_agree
from tasking.linkage.feature_matrix import SOURCES, FeatureMatrix
from tasking.linkage.match_weights import MatchWeights
from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.place_and_time import CategoryRelations, gap_hours, place_log_odds, time_log_odds
from tasking.linkage.scoring import share_an_identity

_AT: Final = {name: i for i, name in enumerate(TERMS)}
_HOPELESS: Final = -1.0  # where and when together: below it a pair is dropped, unless they share an identity
_OTHER_TIME_H: Final = 18.0  # both give a time, and the times are further apart
_PLACE_AGREES: Final = 0.8
_OTHER_STREET_AGREES: Final = 3.2
_SPECIAL: Final = 2.2  # more in common than the kind of event implies
_ELSEWHERE: Final = -2.5  # both give a place, and it is another one
_SAME_HOURS: Final = 0.3  # log-odds by the time alone
_NOT_ELSEWHERE: Final = -0.5
_NOT_ANOTHER_DAY: Final = -0.1
_MUCH_IN_COMMON: Final = 5.0
_CHUNK: Final = 50_000  # pairs at once: bounds the memory
_THREADS: Final = 2


@dataclass(frozen=True)
class ScoredPairs:
    """Pairs of rows `a` and `b` of a feature matrix. `terms`: shape (pairs, len(TERMS)); `log_odds`: the match weight.

    `is_impossible`: can't be one incident (another time, another person). `needs_person`: only a person may merge them
    (impossible; other house numbers; two reports of a partner that reports an incident once). `is_corroborated`: they
    agree on the place, or on who or which vehicle it was; only such pairs are merged automatically.
    `is_same_identity`: the same person, caller or report. `is_long_lasting`: the same vehicle or reference, which
    counts for weeks.
    """

    a: Ints
    b: Ints
    terms: Floats
    log_odds: Floats
    is_impossible: Bools
    needs_person: Bools
    is_corroborated: Bools
    is_same_identity: Bools
    is_long_lasting: Bools


def score_pairs(
    matrix: FeatureMatrix,
    a: Ints,
    b: Ints,
    relations: CategoryRelations,
    weights: MatchWeights,
    concepts: tuple[str, ...],
) -> ScoredPairs:
    """Scores pairs; those below the review threshold (`ask_above`) are dropped."""
    concept_weights = weights.concept_weights(concepts)
    starts = range(0, max(len(a), 1), _CHUNK)

    def part(start: int) -> ScoredPairs:
        return _scored(
            matrix, a[start : start + _CHUNK], b[start : start + _CHUNK], relations, weights, concept_weights
        )

    with ThreadPoolExecutor(_THREADS) as threads:
        parts = list(threads.map(part, starts))  # numpy releases the interpreter lock in its long loops
    return ScoredPairs(*(np.concatenate([getattr(one, name.name) for one in parts]) for name in fields(ScoredPairs)))


def _scored(
    matrix: FeatureMatrix,
    a: Ints,
    b: Ints,
    relations: CategoryRelations,
    weights: MatchWeights,
    concept_weights: ConceptWeights,
) -> ScoredPairs:
    """Scores pairs in three steps, each costlier than the last; each drops pairs that can't reach the threshold."""
    share_identity = share_an_identity(matrix, a, b)
    where = place_log_odds(matrix, a, b)
    near = np.flatnonzero((where > _ELSEWHERE) | share_identity)
    a, b, where, share_identity = a[near], b[near], where[near], share_identity[near]
    when = time_log_odds(matrix, a, b, relations)
    hopeful = np.flatnonzero((where + when > _HOPELESS) | share_identity)
    a, b = a[hopeful], b[hopeful]
    table = compare(matrix, a, b, relations, concept_weights, where[hopeful])
    log_odds = table @ weights.vector + weights.bias
    kept = np.flatnonzero(log_odds >= weights.ask_above)
    a, b, table = a[kept], b[kept], table[kept]
    rules = _merge_rules(matrix, a, b, table, gap_hours(matrix, a, b, relations))
    return ScoredPairs(a, b, table.astype(np.float32), log_odds[kept], *rules)


def _merge_rules(matrix: FeatureMatrix, a: Ints, b: Ints, table: Floats, gap: Floats) -> tuple[Bools, ...]:
    """`is_impossible` to `is_long_lasting` of ScoredPairs, in that order."""

    def of(name: str) -> Floats:
        return np.asarray(table[:, _AT[name]])

    restricted = matrix.is_restricted[a] | matrix.is_restricted[b]
    near = (of("where") >= _PLACE_AGREES) | (of("same_name") > 0) | (of("corner") > 0)
    born = (matrix.subject.born[a] != 0) & (matrix.subject.born[a] == matrix.subject.born[b])
    someone = (of("subject") > 0) & (near | born | (of("where") == 0))
    somebody = (of("subject_likely") > 0) & near
    identity = someone | somebody | (of("again") > 0) | (of("reference") > 0)
    caller = ((of("caller") > 0) | (of("crossed") > 0)) & near & (of("subject_apart") == 0)
    # Relatives share a surname and a household a telephone: sensitive reports need more than these.
    whole, initial = names_agree(matrix, a, b)
    by_date = (matrix.source[a] == SOURCES.index("day")) | (matrix.source[b] == SOURCES.index("day"))
    same_day = (of("when") >= _NOT_ANOTHER_DAY) & (of("after") == 0) & ~(by_date & (gap > 0))
    certain = same_day & ((whole & (born | near | (of("where") > _NOT_ELSEWHERE))) | (initial & near))
    likely = somebody & (of("when") >= _SAME_HOURS) & (of("after") == 0) & ~by_date
    private = certain | likely | (of("again") > 0) | (of("reference") > 0)
    identity = np.where(restricted, private, identity | caller)
    plates = of("plates") > 0.5
    placed = near & ~((of("other_street") > 0) & (of("where") < _OTHER_STREET_AGREES))
    alike = (of("where") > 0.3) & (of("concepts") >= _MUCH_IN_COMMON) & (of("other_street") == 0)
    lasting = plates | (of("reference") > 0)
    far = np.abs(matrix.received_h[a] - matrix.received_h[b]) > SPAN_H
    corroborated = (placed | alike | plates | identity) & (of("separate") == 0) & (~far | lasting)
    impossible = (gap > _OTHER_TIME_H) & (of("reference") == 0) & (of("again") == 0)
    impossible |= (of("subject_apart") > 0) & restricted & (of("crossed") == 0)
    impossible |= (of("where") < _ELSEWHERE) & (of("same_name") == 0) & ~identity & ~lasting
    # Neither gives a time, and they share only the kind of event and the spot, as any two heaps of one week do.
    assumed = SOURCES.index("assumed")
    is_timeless = (matrix.source[a] == assumed) & (matrix.source[b] == assumed) & (of("what_same") > 0)
    is_special = (of("concepts") >= _SPECIAL) | (of("words") >= 2) | (of("mentioned") > 0) | (of("plates") >= 0.8)
    barred = (is_timeless & ~is_special) | ((of("tells_once") > 0) | (of("numbers_apart") > 0))
    barred &= ~identity & ~lasting
    return tuple(np.asarray(one) for one in (impossible, impossible | barred, corroborated, identity, lasting))
